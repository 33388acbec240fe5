"""Any valid definition, with every kind of field, conditions upon conditions and groups; and anything posted to it."""

from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

from citizen_portal.applications.answers import SELF, Offered, shown_among
from citizen_portal.applications.definitions import (
    FOLDER,
    AddressField,
    CheckboxField,
    ChoiceField,
    Definition,
    FormField,
    GroupField,
    NumberField,
    PersonField,
    read_definition,
)
from citizen_portal.applications.definitions.linting import faults_of

EMMA = "0192f0c1-0000-7000-8000-000000000001"
OFFERED = Offered("Kari Moen", children={EMMA: "Emma Moen"}, represented={})
ODD = [
    "<script>alert(1)</script>",
    "👵🏽",
    "שלום",
    "x\x00y",
    "\ud800",
    "linje\r\nlinje",
    " ",
    "−5",
    "12 500,50 kr",
    "add:f1",
]

Choices = dict[str, list[str]]
"""The choices asked so far, and what they can be answered with."""

_ALARM = read_definition(FOLDER / "trygghetsalarm.yaml").model_dump(mode="json")
_WORDS = st.sampled_from(["Hva heter du?", "<b>Navn</b> & «slikt»", "Når?", "Barn", "اسم"]) | st.text(
    st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=12
)
TEXTS = st.fixed_dictionaries({"nb": _WORDS, "nn": _WORDS, "en": _WORDS})
_MAYBE_TEXT = st.none() | TEXTS


@st.composite
def definitions(draw: st.DrawFn) -> Definition:
    """A definition that hangs together: the safety alarm's with other questions."""
    asked: Choices = {}
    steps = []
    for number in range(draw(st.integers(1, 4))):
        condition = draw(_conditions(asked))
        fields = [draw(_fields(f"f{number}_{place}", asked)) for place in range(draw(st.integers(1, 4)))]
        steps.append({"id": f"s{number}", "title": draw(TEXTS), "fields": fields, "show_if": condition})
    whole = _ALARM | {"id": "hva-som-helst", "steps": steps}
    whole["journal"]["concerns"] = draw(
        st.none() | st.sampled_from([one["name"] for s in steps for one in s["fields"]])
    )
    made = Definition.model_validate(whole)
    assert not list(faults_of(made))
    return made


def _conditions(asked: Choices) -> st.SearchStrategy[dict[str, Any] | None]:
    if not asked:
        return st.none()
    return st.none() | st.sampled_from(sorted(asked)).flatmap(
        lambda name: st.fixed_dictionaries(
            {
                "field": st.just(name),
                "equals": st.sampled_from(asked[name])
                | st.lists(st.sampled_from(asked[name]), min_size=1, max_size=2, unique=True),
            }
        )
    )


_NUMBERS: dict[str, Any] = {
    "minimum": st.integers(-5, 5),
    "maximum": st.integers(6, 90),
    "decimals": st.integers(0, 2),
    "unit": _MAYBE_TEXT,
}
_KINDS: dict[str, dict[str, Any]] = {
    "text": {},
    "textarea": {"max_length": st.integers(1, 300)},
    "phone": {},
    "email": {},
    "date": {"prefill": st.sampled_from([None, "birth_date"])},
    "number": _NUMBERS,
    "money": {},
    "checkbox": {},
    "address": {"prefill": st.sampled_from([None, "address"])},
}
_ALONE: dict[str, dict[str, Any]] = {
    "person": {
        "among": st.lists(st.sampled_from(["self", "child", "represented"]), min_size=1, max_size=3, unique=True)
    },
    "file": {},
}


@st.composite
def _fields(draw: st.DrawFn, name: str, asked: Choices, *, in_group: bool = False) -> dict[str, Any]:
    """A field; a choice is noted among those that later conditions can ask about."""
    kinds = [*_KINDS, "choice", "choice", "choice"] + ([] if in_group else [*_ALONE, "group"])
    kind = draw(st.sampled_from(kinds))
    made = {"name": name, "type": kind, "label": draw(TEXTS), "help": draw(_MAYBE_TEXT), "required": draw(_MAYBE_TEXT)}
    made["show_if"] = draw(_conditions(asked))
    if kind == "choice":
        values = [f"v{number}" for number in range(draw(st.integers(2, 4)))]
        made["choices"] = [{"value": value, "label": draw(TEXTS), "help": draw(_MAYBE_TEXT)} for value in values]
        asked[name] = values
    elif kind == "group":
        within: Choices = {}
        made["fields"] = [draw(_fields(f"i{n}", within, in_group=True)) for n in range(draw(st.integers(1, 3)))]
        made |= {"item": draw(TEXTS), "least": draw(st.integers(0, 2)), "most": draw(st.integers(2, 4))}
    else:
        made |= draw(st.fixed_dictionaries((_KINDS | _ALONE)[kind]))
    return made


@st.composite
def posts(draw: st.DrawFn, definition: Definition) -> dict[str, str]:
    """What somebody, or something, posts to the form: often likely, sometimes anything under any name."""
    posted = {name: draw(values) for name, values in _inputs(definition.fields) if draw(st.integers(0, 3))}
    names = st.sampled_from(["", "f0_0", "f0_0-", "f0_0-0", "f0_0-999999999", "f0_0-1-i0", "action", "__proto__"])
    return posted | draw(st.dictionaries(names, _ANYTHING, max_size=3))


_ANYTHING = st.sampled_from(ODD) | st.text(max_size=30)


def _inputs(fields: Any, prefix: str = "") -> Iterator[tuple[str, st.SearchStrategy[str]]]:
    for field in fields:
        name = f"{prefix}{field.name}"
        match field:
            case ChoiceField():
                yield name, st.sampled_from([choice.value for choice in field.choices]) | _ANYTHING
            case PersonField():
                yield name, st.sampled_from([SELF, EMMA, "0192f0c1-0000-7000-8000-00000000dead"]) | _ANYTHING
            case AddressField():
                for part in ("street", "postal_code", "city"):
                    yield f"{name}-{part}", st.sampled_from(["Storgata 1", "2630", "Ringebu"]) | _ANYTHING
            case GroupField():
                for row in range(3):
                    yield f"{name}-{row}", st.just("1")
                    yield from _inputs(field.fields, f"{name}-{row}-")
            case _:
                yield name, st.sampled_from(["12", "24.11.2026", "90000000", "kari@example.no"]) | _ANYTHING


def right_answers(fields: Any, prefix: str = "") -> Iterator[tuple[str, str]]:
    """What a careful person posts to a page that shows the fields."""
    for field in fields:
        name = f"{prefix}{field.name}"
        match field:
            case GroupField():
                for row in range(max(field.least, 1)):
                    yield f"{name}-{row}", "1"
                    yield from right_answers([one.field for one in shown_among(field.fields, {})], f"{name}-{row}-")
            case AddressField():
                yield from zip(
                    (f"{name}-{part}" for part in ("street", "postal_code", "city")),
                    ("Vegen 1", "2630", "By"),
                    strict=True,
                )
            case _:
                yield name, _right_text(field)


def _right_text(field: FormField) -> str:
    match field:
        case ChoiceField():
            return field.choices[0].value
        case PersonField():
            return next(iter(OFFERED.choices(field)), "")
        case NumberField():
            return str(field.maximum).replace(".", ",")
        case CheckboxField():
            return "y"
        case _:
            return {"phone": "90000000", "email": "a@example.no", "date": "1.2.2026"}.get(field.type, "x")
