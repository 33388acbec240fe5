"""Reading FHIR's elements: where each stands, and the data types that visits are made of."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from citizen_portal import clock
from citizen_portal.identity.errors import InvalidNationalId
from citizen_portal.identity.national_id import NationalId
from citizen_portal.visits.fhir.issues import NO_TIME, Issue
from citizen_portal.visits.fhir.profile import (
    LIMITS,
    NATIONAL_ID_SYSTEMS,
    ORGANISATION_SYSTEM,
    OTHER_PATIENT_SYSTEMS,
)
from citizen_portal.visits.reports import Identifier, Version

_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)", re.ASCII)
_NUMBER_OF_VERSION = re.compile(r"[0-9]{1,18}", re.ASCII)
_ORGANISATION_NUMBER = re.compile(r"[0-9]{9}", re.ASCII)
_ELEVEN_DIGITS = re.compile(r"(?<!\d)\d{6}[ .-]?\d{5}(?!\d)", re.ASCII)


class Findings(list[Issue]):
    """The issues found so far."""

    def add(self, code: str, expression: str, diagnostics: str) -> None:
        """Note one more."""
        self.append(Issue(code, expression, diagnostics))


@dataclass(slots=True)  # not frozen: a push makes tens of thousands, and that would take twice as long
class Element:
    """An element and the FHIRPath where it stands. What is not there is an element too, without a value."""

    value: Any
    path: str

    def __getitem__(self, name: str) -> "Element":
        """The child of that name."""
        return Element(self.value.get(name) if isinstance(self.value, dict) else None, f"{self.path}.{name}")

    def each(self, name: str) -> list["Element"]:
        """The children of a name that may occur many times."""
        child = self[name]
        values = child.value if isinstance(child.value, list) else []
        return [Element(value, f"{child.path}[{index}]") for index, value in enumerate(values)]

    @property
    def text(self) -> str:
        """The value if it is text, else an empty one."""
        return self.value if isinstance(self.value, str) else ""


def read_instant(element: Element, findings: Findings, *, is_required: bool) -> datetime | None:
    """A date with time and zone; FHIR's partial dates do not say when a visit is."""
    if element.value is None:
        if is_required:
            findings.add("required", element.path, "A home visit in this state needs this time.")
        return None
    try:
        if not _INSTANT.fullmatch(element.text):
            raise ValueError
        instant = datetime.fromisoformat(element.text)
    except ValueError:
        findings.add("value", element.path, NO_TIME)
        return None
    if not LIMITS.first_year <= instant.year <= LIMITS.last_year:
        findings.add("value", element.path, f"The year must be {LIMITS.first_year} to {LIMITS.last_year}.")
        return None
    return instant


def read_period(
    start: Element, end: Element, findings: Findings, *, start_required: bool, is_plan: bool
) -> tuple[datetime | None, datetime | None]:
    """Start and end, in that order in time (FHIR invariant per-1). A plan says when a visit is late: it needs both."""
    starts_at = read_instant(start, findings, is_required=start_required)
    ends_at = read_instant(end, findings, is_required=is_plan)
    if ends_at and not starts_at and start.value is None and not start_required:
        findings.add("required", start.path, "An end without a start says nothing.")
    if starts_at and ends_at and ends_at < starts_at:
        findings.add("invariant", end.path, "The end is before the start.")
    elif starts_at and ends_at and is_plan and ends_at - starts_at > timedelta(hours=LIMITS.longest_plan_hours):
        findings.add("business-rule", end.path, f"A visit is planned for at most {LIMITS.longest_plan_hours} hours.")
    return starts_at, ends_at


def read_version(resource: Element, findings: Findings) -> Version:
    """Which version it is, by `meta`. A versionId that is no number tells no order and is read past.

    One from a clock that is years ahead would shut out all that follow until then.
    """
    version_id, element = resource["meta"]["versionId"].text, resource["meta"]["lastUpdated"]
    updated_at = read_instant(element, findings, is_required=False)
    if updated_at and updated_at > clock.now() + timedelta(hours=LIMITS.version_ahead_hours):
        findings.add("business-rule", element.path, "The version is from the future: the sender's clock is wrong.")
    return Version(updated_at, int(version_id) if _NUMBER_OF_VERSION.fullmatch(version_id) else None)


def identifier_of(element: Element) -> Identifier | None:
    """System and value of an Identifier; None when either is missing or beyond the limit."""
    system, value = element["system"].text, element["value"].text
    is_short = len(system) <= LIMITS.identifier_length >= len(value)
    return Identifier(system, value) if system and value and is_short else None


def check_names_no_person(identifier: Identifier, path: str, findings: Findings) -> None:
    """A visit's identifier stands in addresses and is kept as it is: it must not be somebody's number."""
    if identifier.system in NATIONAL_ID_SYSTEMS | OTHER_PATIENT_SYSTEMS:
        findings.add("security", path, "A visit needs an identifier of its own, not that of a person.")


def identifier_in_search(url: str, resource_type: str) -> Identifier | None:
    """The identifier in `Type?identifier=system|value`, FHIR's conditional address; None for any other address."""
    try:
        parts = urlsplit(url)
        query = parse_qsl(parts.query, keep_blank_values=True, strict_parsing=True, errors="strict")
    except ValueError:
        return None
    if parts.scheme or parts.netloc or parts.fragment or parts.path != resource_type or len(query) != 1:
        return None
    name, value = query[0]
    return identifier_in_token(value) if name == "identifier" else None


def identifier_in_token(token: str) -> Identifier | None:
    """The identifier in `system|value`, as searches write it; None for anything else."""
    system, _, value = token.partition("|")
    return identifier_of(Element({"system": system, "value": value}, "")) if "\0" not in token else None


def read_service(concepts: list[Element], findings: Findings) -> str | None:
    """What the visit is for, in the words that a relative will read; None when it is not said."""
    for concept in concepts:
        displays = (coding["display"] for coding in concept.each("coding"))
        said = next((e for e in (concept["text"], *displays) if e.text.strip()), None)
        if said is None:
            continue
        return read_words(said, LIMITS.service_length, findings)
    return None


def read_words(said: Element, longest: int, findings: Findings) -> str | None:
    """Words that a relative will read, on one line; None when there are none."""
    words = " ".join(said.text.split())
    if len(words) > longest or not words.isprintable():
        findings.add("too-long", said.path, f"At most {longest} printable characters, in plain words.")
    elif may_hold_national_id(words):
        findings.add("security", said.path, "These words must not hold what may be a national identity number.")
    else:
        return words or None
    return None


def may_hold_national_id(words: str) -> bool:
    """Whether there are eleven digits in a row, or six and five."""
    return _ELEVEN_DIGITS.search(words) is not None


def is_patient(reference: Element) -> bool:
    """Whether a Reference points to a patient, by its type, its address or its identifier's system."""
    if reference["type"].text:
        return reference["type"].text == "Patient"
    if reference["reference"].text:
        return reference["reference"].text.startswith("Patient")
    return reference["identifier"]["system"].text in NATIONAL_ID_SYSTEMS | OTHER_PATIENT_SYSTEMS


def read_patient(reference: Element, findings: Findings) -> str | None:
    """The patient's national id, or system and value of an identifier that nobody logs in with."""
    identifier = identifier_of(reference["identifier"])
    identifier = identifier or identifier_in_search(reference["reference"].text, "Patient")
    path = reference["identifier"].path
    if identifier is None:
        findings.add("required", path, "The patient must be named by an identifier with system and value.")
        return None
    if identifier.system in OTHER_PATIENT_SYSTEMS:
        return f"{identifier.system}|{identifier.value}"
    if identifier.system not in NATIONAL_ID_SYSTEMS:
        findings.add("not-supported", f"{path}.system", "The patient's identifier must be of a Norwegian system.")
        return None
    try:
        return NationalId.parse(identifier.value).value
    except InvalidNationalId:
        findings.add("value", f"{path}.value", "This is not a Norwegian national identity number.")
        return None


def read_organisation(reference: Element) -> tuple[str | None, str | None]:
    """Organisation number and name of an Organization."""
    identifier = identifier_of(reference["identifier"])
    name = reference["display"].text.strip() or None
    if identifier and identifier.system == ORGANISATION_SYSTEM and _ORGANISATION_NUMBER.fullmatch(identifier.value):
        return identifier.value, name
    return None, name


def organisation_claims(element: Element) -> Iterator[tuple[str, str]]:
    """Every organisation number that is named anywhere in an element, contained resources included, with its path."""
    waiting: list[tuple[Any, _Place]] = [(element.value, None)]
    while waiting:
        value, place = waiting.pop()
        if isinstance(value, list):
            waiting += [(each, (place, index)) for index, each in enumerate(value) if isinstance(each, (dict, list))]
        elif isinstance(value, dict):
            if value.get("system") == ORGANISATION_SYSTEM and isinstance(value.get("value"), str) and value["value"]:
                yield value["value"], element.path + _path_of(place) + ".value"
            waiting += [(each, (place, name)) for name, each in value.items() if isinstance(each, (dict, list))]


_Place = tuple[Any, str | int] | None
"""Where something stands: the place that holds it, and its name or number there. A path is written only when told."""


def _path_of(place: _Place) -> str:
    steps = []
    while place is not None:
        place, step = place
        steps.append(f"[{step}]" if isinstance(step, int) else f".{step}")
    return "".join(reversed(steps))
