"""Text that somebody types can be wrong in every way, and nothing comes of it but findings."""

import json
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from citizen_portal.applications.definitions import Definition, DefinitionError, Finding, parse_definition
from tests.applications.editor.conftest import SHIPPED

ALARM = parse_definition(SHIPPED, "shipped")
BILLION_LAUGHS = "a: &a [x, x]\n" + "".join(
    f"{n}: &{n} [*{p}, *{p}]\n" for p, n in zip("abcdefgh", "bcdefghi", strict=True)
)


def _said(source: str) -> str:
    with pytest.raises(DefinitionError) as error:
        parse_definition(source, "typed")
    return str(error.value)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (BILLION_LAUGHS, "typed:1: YAML: aliases"),
        ("a: !!python/object/apply:os.system [ls]", "typed:1: YAML: tags"),
        ("[" * 500 + "]" * 500, "too many levels"),
        ("a: 1\na: 2", "typed:2: YAML: a stands here twice"),
        ("valid_from: 2026-13-45", "typed:1: YAML: this is no YAML"),
        ("a: 0b_", "looks like a date or a number and is none"),
        ("version: " + "9" * 5000, "looks like a date or a number and is none"),
        ("a: b\n---\nc: d", "typed:2: YAML: this is no YAML"),
        ("? [a]\n: b", "this is no YAML"),
        ("a: [", "this is no YAML"),
        ("just words", "it must hold lines of its own"),
        ("a: \x00", "U+0000"),
        ("a: \ud800", "U+D800"),
        ("# only a remark", "the text is empty"),
        (" \n", "the text is empty"),
    ],
)
def test_text_that_holds_more_than_data_is_refused_with_its_line(source: str, said: str) -> None:
    assert said in _said(source)


_PIECES = st.sampled_from(
    [
        "&a ",
        "*a",
        "!x ",
        "- ",
        ": ",
        "\n",
        "  ",
        "{",
        "}",
        "[",
        "]",
        "'",
        '"',
        "\x07",
        "\t",
        "#",
        "|",
        "nb",
        "0b_",
        "~",
        "<<",
    ]
)


def _findings(source: str) -> tuple[Finding, ...]:
    try:
        parse_definition(source, "typed")
    except DefinitionError as error:
        return error.findings
    return ()


@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_no_change_of_the_text_ever_crashes(data: st.DataObject) -> None:
    source = SHIPPED
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(source)))
        end = data.draw(st.integers(start, min(len(source), start + 60)))
        source = source[:start] + data.draw(_PIECES | st.text(max_size=5)) + source[end:]
    lines = source.count("\n") + 1
    assert all(1 <= finding.line <= lines and finding.words for finding in _findings(source))


_WORDS = st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S", "Zs"]), min_size=1, max_size=40).filter(
    lambda text: bool(text.strip())
)


@st.composite
def _definitions(draw: st.DrawFn) -> Definition:
    """A definition with other words and numbers in every place that may hold any."""
    data: dict[str, Any] = json.loads(ALARM.model_dump_json(exclude_none=True))
    data["version"] = draw(st.integers(1, 32_000))
    for text in (data["title"], data["service"], data["lead"], *(step["title"] for step in data["steps"])):
        for language in text:
            text[language] = draw(_WORDS)
    data["search_words"] = draw(st.lists(_WORDS, max_size=3))
    steps = draw(st.integers(1, len(data["steps"])))
    data["steps"] = data["steps"][:steps]
    return Definition.model_validate(data)


@given(made=_definitions())
@settings(max_examples=60, deadline=None)
def test_any_definition_that_is_written_out_is_the_same_when_it_is_read_again(made: Definition) -> None:
    written = yaml.safe_dump(made.model_dump(mode="json", exclude_none=True), allow_unicode=True, sort_keys=False)
    assert parse_definition(written, "written") == made
