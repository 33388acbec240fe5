"""FHIR's search of one's own pushed resources: what the parameters ask for, and a Bundle of what is found.

A patient cannot be searched for: a national identity number must stand in no address.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from citizen_portal import clock
from citizen_portal.visits.fhir.elements import Element, Findings, identifier_in_token, read_instant
from citizen_portal.visits.fhir.issues import Refused
from citizen_portal.visits.fhir.profile import APPOINTMENT_STATUSES, ENCOUNTER_STATUSES, LIMITS
from citizen_portal.visits.fhir.stored import resource_of
from citizen_portal.visits.pushed import Bound, Comparison, Page, Place, ReportSearch
from citizen_portal.visits.reports import Identifier, ReportKind, VisitStatus

PARAMETERS: Final[Mapping[str, tuple[str, str]]] = {
    "identifier": ("token", "system|value"),
    "status": ("token", "One or more of FHIR's statuses, with commas. They are found by the state that we keep."),
    "date": ("date", "When it begins. Prefixes ge, gt, le, lt, eq; a day is a Norwegian day. May be repeated."),
    "_lastUpdated": (
        "date",
        "When it last changed here by a push, as meta.lastUpdated says. What citizens ask of visits is found as "
        "AppointmentResponse. To poll, ask for what is gt the last one seen, less a minute: what two wrote at once may "
        "show out of order.",
    ),
}
"""Name -> type and what it finds."""
_PAGING: Final = ("_count", "_after")
_ONCE: Final = ("identifier", "status", *_PAGING)
_STATUSES: Final = {"Appointment": APPOINTMENT_STATUSES, "Encounter": ENCOUNTER_STATUSES}
_KINDS: Final = {"Appointment": ReportKind.PLAN, "Encounter": ReportKind.EVENT}
_PREFIXES: Final = ("eq", "ge", "gt", "le", "lt")
_OF_DAY: Final[Mapping[str, Sequence[tuple[Comparison, int]]]] = {
    "eq": [("ge", 0), ("lt", 1)],
    "ge": [("ge", 0)],
    "gt": [("ge", 1)],
    "le": [("lt", 1)],
    "lt": [("lt", 0)],
}
"""Prefix -> comparisons with the midnight that begins the day (0) or ends it (1)."""
_OF_INSTANT: Final[Mapping[str, Sequence[Comparison]]] = {
    "eq": ["ge", "le"],
    "ge": ["ge"],
    "gt": ["gt"],
    "le": ["le"],
    "lt": ["lt"],
}


def read_search(resource_type: str, parameters: Mapping[str, Sequence[str]]) -> ReportSearch:
    """What the parameters ask for.

    Raises:
        Refused: one is not known or makes no sense. A parameter that was read past would show what was not asked for.
    """
    findings = Findings()
    for name, values in parameters.items():
        if name not in PARAMETERS and name not in _PAGING:
            findings.add("not-supported", "", f"Search by {', '.join([*PARAMETERS, *_PAGING])}.")
        elif name in _ONCE and len(values) > 1:
            findings.add("not-supported", name, "This parameter is given once.")
    first = {name: values[0] for name, values in parameters.items()}
    search = ReportSearch(
        kind=_KINDS[resource_type],
        identifier=_identifier(first, findings),
        statuses=_statuses(first, _STATUSES[resource_type], findings),
        starts=_bounds("date", parameters, findings),
        changed=_bounds("_lastUpdated", parameters, findings),
        page_size=_page_size(first, findings),
        after=place_in(first, findings),
    )
    if findings:
        raise Refused(findings)
    return search


def searchset(resource_type: str, parameters: Mapping[str, Sequence[str]], address: str, page: Page) -> dict[str, Any]:
    """The Bundle of a page; `address` is that of the search without its parameters."""
    found = [(pushed.report.id, resource_of(resource_type, pushed)) for pushed in page.found]
    return bundle_of(found, parameters, address, page.next_after)


def bundle_of(
    found: Sequence[tuple[UUID, dict[str, Any]]],
    parameters: Mapping[str, Sequence[str]],
    address: str,
    next_after: Place | None,
) -> dict[str, Any]:
    """A searchset of resources, each with its id, and where the next page is."""
    asked = [(name, value) for name, values in parameters.items() if name != "_after" for value in values]
    links = [{"relation": "self", "url": f"{address}?{urlencode(asked)}" if asked else address}]
    if next_after:
        after = ("_after", f"{next_after.changed_at.isoformat()}_{next_after.report_id}")
        links.append({"relation": "next", "url": f"{address}?{urlencode([*asked, after])}"})
    entries = [{"fullUrl": id_.urn, "resource": resource, "search": {"mode": "match"}} for id_, resource in found]
    bundle: dict[str, Any] = {"resourceType": "Bundle", "type": "searchset", "link": links}
    return bundle | ({"entry": entries} if entries else {})  # FHIR knows no empty array


def _identifier(first: Mapping[str, str], findings: Findings) -> Identifier | None:
    if "identifier" not in first:
        return None
    identifier = identifier_in_token(first["identifier"])
    if identifier is None:
        findings.add("value", "identifier", "The identifier is system|value.")
    return identifier


def _statuses(
    first: Mapping[str, str], statuses: Mapping[str, VisitStatus], findings: Findings
) -> frozenset[VisitStatus]:
    codes = first["status"].split(",") if "status" in first else []
    if not all(code in statuses for code in codes):
        findings.add("code-invalid", "status", f"The status must be of: {', '.join(statuses)}.")
        return frozenset()
    return frozenset(statuses[code] for code in codes)


def _bounds(name: str, parameters: Mapping[str, Sequence[str]], findings: Findings) -> list[Bound]:
    found = []
    for value in parameters.get(name, ()):
        prefix = value[:2] if value[:2] in _PREFIXES else ""
        told = value[len(prefix) :].replace(" ", "+")  # a plus sign in an address that is not escaped means a space
        found += _of_day(prefix or "eq", told) or _of_instant(name, prefix or "eq", told, findings)
    return found


def _of_day(prefix: str, told: str) -> list[Bound]:
    """The bounds of a whole Norwegian day; none when it is an instant."""
    if len(told) != len("2026-11-24"):
        return []
    try:
        day = date.fromisoformat(told)
        midnights = [clock.from_oslo(datetime.combine(day + timedelta(days=number), time.min)) for number in (0, 1)]
    except (ValueError, OverflowError):
        return []
    return [Bound(comparison, midnights[number]) for comparison, number in _OF_DAY[prefix]]


def _of_instant(name: str, prefix: str, told: str, findings: Findings) -> list[Bound]:
    instant = read_instant(Element(told, name), findings, is_required=True)
    return [Bound(comparison, instant) for comparison in _OF_INSTANT[prefix]] if instant else []


def _page_size(first: Mapping[str, str], findings: Findings) -> int:
    told = first.get("_count", str(LIMITS.page))
    if not (told.isascii() and told.isdecimal() and len(told) < 6 and int(told)):
        findings.add("value", "_count", "The count is a whole number of at least 1.")
        return LIMITS.page
    return min(int(told), LIMITS.longest_page)


def place_in(first: Mapping[str, str], findings: Findings) -> Place | None:
    """Where the page before ended, as its link says; None for the first page."""
    if "_after" not in first:
        return None
    changed_at, _, report_id = first["_after"].replace(" ", "+").partition("_")
    try:
        place = Place(datetime.fromisoformat(changed_at), UUID(report_id))
        clock.to_oslo(place.changed_at)  # ValueError where the zone is missing
    except (ValueError, OverflowError):
        findings.add("value", "_after", "Follow the next link as it stands.")
        return None
    return place
