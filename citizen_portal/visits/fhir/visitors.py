"""Who comes, read from a visit's participants: what she works as, by a closed list, and her name in the source."""

from typing import NamedTuple

from citizen_portal.visits.fhir.elements import Element, may_hold_national_id
from citizen_portal.visits.fhir.profile import HEALTH_PERSONNEL_SYSTEM, LIMITS, ROLE_CODES, ROLE_WORDS
from citizen_portal.visits.reports import VisitorRole

_PRACTITIONERS = ("Practitioner", "PractitionerRole")


class Visitor(NamedTuple):
    """What a source says of who comes."""

    role: VisitorRole | None
    name: str | None


def read_visitor(resource: Element, reference_name: str) -> Visitor:
    """The first of the participants who is an employee with a role or a name that we know how to read.

    Nothing that is said here is wrong: words that are no role of ours are read past.
    """
    role, name = None, None
    contained = {f"#{each['id'].text}": each for each in resource.each("contained")}
    for participant in resource.each("participant"):
        reference = participant[reference_name]
        held = contained.get(reference["reference"].text)
        if not _is_employee(reference, held):
            continue
        concepts = participant.each("type") + (held.each("code") if held else [])
        role = role or next((known for concept in concepts if (known := _role(concept))), None)
        name = name or _name(reference["display"].text)
    return Visitor(role, name)


def _is_employee(reference: Element, held: Element | None) -> bool:
    if held is not None:
        return held["resourceType"].text in _PRACTITIONERS
    kind = reference["type"].text or reference["reference"].text.partition("/")[0]
    return kind in _PRACTITIONERS


def _role(concept: Element) -> VisitorRole | None:
    codings = concept.each("coding")
    for coding in codings:
        if coding["system"].text == HEALTH_PERSONNEL_SYSTEM and coding["code"].text in ROLE_CODES:
            return ROLE_CODES[coding["code"].text]
    words = (concept["text"], *(coding["display"] for coding in codings))
    return next((ROLE_WORDS[said] for word in words if (said := word.text.strip().casefold()) in ROLE_WORDS), None)


def _name(display: str) -> str | None:
    name = " ".join(display.split())
    is_fit = len(name) <= LIMITS.name_length and name.isprintable() and not may_hold_national_id(name)
    return name if name and is_fit else None
