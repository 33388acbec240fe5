"""Every text is there in the languages that the rule asks for (design §4 rule 11)."""

import re
from functools import cache
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

ROOT = Path(__file__).parents[2]
KEYWORDS = {
    "_": None,
    "_l": None,
    "N_": None,
    "gettext": None,
    "lazy_gettext": None,
    "ngettext": (1, 2),
    "_n": (1, 2),
    "lazy_ngettext": (1, 2),
}
METHODS = [("citizen_portal/**.py", "python"), ("templates/**.html", "jinja2.ext:babel_extract")]
OPTIONS = {"templates/**.html": {"silent": "false", "trimmed": "true"}}

IN_SAMI = (
    "templates/base.html",
    "templates/components/",
    "templates/identity/",
    "templates/visits/",
    "templates/errors/",
)
"""Navigation, login, the visits page and errors; notices are checked by their own test."""
STAFF_PARTS = re.compile(r"staff")


@cache
def _messages() -> dict[str, set[str]]:
    """Message id -> the files that say it."""
    found: dict[str, set[str]] = {}
    for name, _line, message, _comments, _context in extract_from_dir(
        ROOT,
        METHODS,
        OPTIONS,
        KEYWORDS,
        directory_filter=lambda path: Path(path).name not in {".venv", "node_modules", "tests"},
    ):
        text = message[0] if isinstance(message, tuple) else message
        if text:
            found.setdefault(text, set()).add(name)
    return found


def _catalogue(language: str) -> Catalog:
    path = ROOT / "translations" / language / "LC_MESSAGES" / "messages.po"
    return read_po(BytesIO(path.read_bytes()), locale=language)


def _is_translated(catalogue: Catalog, text: str) -> bool:
    message = catalogue.get(text)
    if message is None or message.fuzzy:
        return False
    return all(message.string) if isinstance(message.string, tuple | list) else bool(message.string)


@pytest.mark.parametrize("language", ["nb", "nn"])
def test_norwegian_is_complete(language: str) -> None:
    catalogue = _catalogue(language)
    missing = sorted(
        f"{text!r} in {', '.join(sorted(files))}"
        for text, files in _messages().items()
        if not _is_translated(catalogue, text)
    )
    assert missing == []


def test_northern_sami_has_what_the_rule_asks_for() -> None:
    catalogue = _catalogue("se")
    missing = sorted(
        text
        for text, files in _messages().items()
        if any(name.startswith(IN_SAMI) and not STAFF_PARTS.search(name) for name in files)
        and not _is_translated(catalogue, text)
    )
    assert missing == []


@pytest.mark.parametrize("language", ["nb", "nn", "se"])
def test_translations_keep_the_placeholders(language: str) -> None:
    broken = []
    for message in _catalogue(language):
        if not message.id or not message.string:
            continue
        source = message.id if isinstance(message.id, str) else message.id[-1]
        target = message.string if isinstance(message.string, str) else message.string[-1]
        if set(re.findall(r"%\(\w+\)[sd]", source)) != set(re.findall(r"%\(\w+\)[sd]", target)):
            broken.append(source)
    assert broken == []


@pytest.mark.parametrize("language", ["nb", "nn", "se"])
def test_no_translation_outlives_its_text(language: str) -> None:
    used = _messages()
    ids = [
        message.id if isinstance(message.id, str) else message.id[0] for message in _catalogue(language) if message.id
    ]
    assert sorted(set(ids) - set(used)) == []


def test_northern_sami_is_marked_as_unreviewed() -> None:
    unmarked = [
        m.id for m in _catalogue("se") if m.id and not any("unreviewed" in comment for comment in m.user_comments)
    ]
    assert unmarked == []
