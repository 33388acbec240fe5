"""Appointments and Encounters that are put conditionally by identifier: a transaction Bundle of them, or a single one.

What is pushed is read whole or refused whole."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from citizen_portal.visits.fhir.elements import (
    Element,
    Findings,
    check_names_no_person,
    identifier_in_search,
    identifier_of,
    organisation_claims,
)
from citizen_portal.visits.fhir.issues import Issue, Refused
from citizen_portal.visits.fhir.profile import LIMITS
from citizen_portal.visits.fhir.resources import READERS
from citizen_portal.visits.fhir.strict_json import read_object
from citizen_portal.visits.fhir.validation import shape_issues
from citizen_portal.visits.reports import Identifier, Report

_PRECONDITIONS = ("ifMatch", "ifNoneMatch", "ifModifiedSince", "ifNoneExist")


@dataclass(frozen=True, slots=True)
class Transaction:
    """What a push says, entry by entry, and every organisation number that it names, with where."""

    reports: Sequence[Report]
    organisations: Mapping[str, Sequence[str]]

    def issues_about(self, organisation_numbers: Collection[str]) -> list[Issue]:
        """Every element that names one of the organisations, which are other municipalities."""
        told = "This organisation is another municipality than the one of the token."
        return [
            Issue("forbidden", path, told) for number in organisation_numbers for path in self.organisations[number]
        ]


@dataclass(frozen=True, slots=True)
class _Entry:
    """One entry whose address holds."""

    resource_type: str
    resource: Element
    identifier: Identifier
    full_url: Element


def read_transaction(body: bytes) -> Transaction:
    """The transaction in a request's body.

    Raises:
        Refused: anything at all is wrong with it; every issue that was found, each with its place.
    """
    value = read_object(body)
    bundle = Element(value, "Bundle")
    findings = Findings()
    _check_bundle(bundle, findings)
    found = _read_entries(bundle, findings)
    _check_named_once(found, findings)
    appointments = {
        e.full_url.text: e.identifier for e in found if e.resource_type == "Appointment" and e.full_url.text
    }
    reports = []
    for entry in found:
        report = READERS[entry.resource_type](entry.resource, entry.identifier, appointments, findings)
        if report:
            reports.append(report)
    if findings:
        raise Refused(findings)
    return Transaction(reports, _organisations(bundle))


def read_update(body: bytes, resource_type: str, query: str) -> Transaction:
    """The one resource in a request's body, put by the identifier that the query names.

    Raises:
        Refused: anything at all is wrong with it.
    """
    resource = Element(read_object(body), resource_type)
    if resource["resourceType"].text != resource_type:
        raise Refused([Issue("structure", "resourceType", f"This address takes one {resource_type}.")])
    findings = Findings()
    identifier = identifier_in_search(f"{resource_type}?{query}", resource_type)
    if identifier is None:
        findings.add("value", "", f"The address must be {resource_type}?identifier=system|value.")
    _check_resource(resource_type, resource, identifier, findings)
    report = None if findings or not identifier else READERS[resource_type](resource, identifier, {}, findings)
    if report is None:
        raise Refused(findings)
    return Transaction([report], _organisations(resource))


def _organisations(element: Element) -> dict[str, list[str]]:
    """Every organisation number in an element, with where."""
    found: dict[str, list[str]] = {}
    for number, path in organisation_claims(element):
        found.setdefault(number, []).append(path)
    return found


def _check_bundle(bundle: Element, findings: Findings) -> None:
    if bundle["resourceType"].text != "Bundle":
        raise Refused([Issue("structure", "resourceType", "This address takes a Bundle.")])
    if bundle["type"].text != "transaction":
        findings.add("not-supported", bundle["type"].path, "The Bundle's type must be transaction.")
    entries = bundle["entry"].value
    if isinstance(entries, list) and len(entries) > LIMITS.entries:
        too_many = Issue("too-costly", bundle["entry"].path, f"A push has at most {LIMITS.entries} entries.")
        raise Refused([too_many], status=413)
    shells = _without_resources(bundle.value)
    _refuse_larger(bundle, shells, 10 * LIMITS.entries)
    findings += shape_issues("Bundle", shells, "Bundle")


def _without_resources(bundle: dict[str, Any]) -> dict[str, Any]:
    """The bundle itself: its resources are judged one by one, so that each issue names its place."""
    entries = bundle.get("entry")
    if not isinstance(entries, list):
        return bundle
    shells = [
        {name: value for name, value in entry.items() if name != "resource"} if isinstance(entry, dict) else entry
        for entry in entries
    ]
    return {**bundle, "entry": shells} if shells else {k: v for k, v in bundle.items() if k != "entry"}


def _read_entries(bundle: Element, findings: Findings) -> list[_Entry]:
    """Those whose address holds. When so much is wrong that nobody will be told of more, the rest is not read."""
    found = []
    for entry in bundle.each("entry"):
        read = _read_entry(entry, findings)
        found += [read] if read else []
        if len(findings) > 10 * LIMITS.issues:
            break
    return found


def _refuse_larger(element: Element, value: Any, most: int) -> None:
    """Raise Refused (413) for what holds so many values that to judge each would take gigabytes."""
    waiting, held = [value], 0
    while waiting:
        outer = waiting.pop()
        inner = list(outer.values()) if isinstance(outer, dict) else outer if isinstance(outer, list) else []
        held += len(inner)
        if held > most:
            raise Refused([Issue("too-costly", element.path, f"This holds more than {most} values.")], status=413)
        waiting += inner


def _read_entry(entry: Element, findings: Findings) -> _Entry | None:
    before = len(findings)
    request, resource = entry["request"], entry["resource"]
    resource_type = resource["resourceType"].text
    if request["method"].text != "PUT":
        findings.add("not-supported", request["method"].path, "Only PUT by identifier is supported.")
    for name in _PRECONDITIONS:
        if request[name].value is not None:
            findings.add("not-supported", request[name].path, "Preconditions are not supported.")
    if resource_type not in READERS:
        told = f"A resource of one of these types is needed: {', '.join(READERS)}."
        findings.add("not-supported", resource["resourceType"].path, told)
        return None
    identifier = identifier_in_search(request["url"].text, resource_type)
    if identifier is None:
        findings.add("value", request["url"].path, f"The address must be {resource_type}?identifier=system|value.")
    _check_resource(resource_type, resource, identifier, findings)
    if identifier is None or len(findings) > before:
        return None
    return _Entry(resource_type, resource, identifier, entry["fullUrl"])


def _check_resource(resource_type: str, resource: Element, identifier: Identifier | None, findings: Findings) -> None:
    """Is it FHIR R4, and does it carry the identifier that it is put by?"""
    _refuse_larger(resource, resource.value, LIMITS.values)
    if identifier and identifier not in [identifier_of(element) for element in resource.each("identifier")]:
        told = "The resource must carry the identifier that its address names."
        findings.add("required", resource["identifier"].path, told)
    if identifier:
        check_names_no_person(identifier, resource["identifier"].path, findings)
    findings += shape_issues(resource_type, resource.value, resource.path)
    _check_modifiers(resource, findings)


def _check_modifiers(resource: Element, findings: Findings) -> None:
    """FHIR lets nobody read past what changes the meaning of the rest, such as «this did not happen»."""
    if resource["implicitRules"].value is not None:
        findings.add("not-supported", resource["implicitRules"].path, "Rules to read a resource by are not supported.")
    for element in (resource, *resource.each("participant")):
        modifiers = element["modifierExtension"]
        if modifiers.value:
            findings.add("extension", modifiers.path, "Extensions that change the meaning are not supported.")


def _check_named_once(entries: Sequence[_Entry], findings: Findings) -> None:
    """FHIR forbids a transaction to change a resource twice: the order of its entries has no meaning.

    Nor may two entries have one fullUrl (invariant bdl-7): a reference to it would be to either.
    """
    seen: set[tuple[str, Identifier]] = set()
    addresses: set[str] = set()
    for entry in entries:
        key, address = (entry.resource_type, entry.identifier), entry.full_url.text
        if key in seen:
            findings.add("duplicate", entry.resource["identifier"].path, "Another entry has this same identifier.")
        if address in addresses:
            findings.add("duplicate", entry.full_url.path, "Another entry has this same fullUrl.")
        seen.add(key)
        addresses |= {address} - {""}
