"""What registers know that can stand in a field before anything is typed.

It is asked for when the page is made and kept nowhere: the draft has it once the citizen has saved the step.

Only for the applicant herself: whoever fills in for another gets her name and nothing that leads to her.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from citizen_portal import clock
from citizen_portal.applications.answers import Answer
from citizen_portal.applications.definitions import AddressField, FormField, Source, WrittenField
from citizen_portal.applications.models import Application
from citizen_portal.auth.actor import Citizen
from citizen_portal.db import current_municipality_id, read_only
from citizen_portal.identity import queries as identity
from citizen_portal.identity import registers
from citizen_portal.identity.models import Person
from citizen_portal.identity.registers import prefill as addresses
from citizen_portal.identity.registers.errors import RegisterError
from citizen_portal.identity.registers.http import Deadline
from citizen_portal.identity.registers.judgement import Judgement, judge
from citizen_portal.tenancy.models import Municipality

SECONDS: Final = 2.0
"""How long a page waits for the contact register."""

_CORRECTED_AT: Final[Mapping[Source, str]] = {
    Source.NAME: "https://www.skatteetaten.no/person/folkeregister/endre/",
    Source.BIRTH_DATE: "https://www.skatteetaten.no/person/folkeregister/endre/",
    Source.ADDRESS: "https://www.skatteetaten.no/person/folkeregister/flytte/",
    Source.PHONE: "https://minprofil.kontaktregisteret.no/",
    Source.EMAIL: "https://minprofil.kontaktregisteret.no/",
}
"""Where the citizen corrects what a register says: at the Tax Administration, and in her own contact profile."""


class Origin(StrEnum):
    """Where something that stands in a field comes from."""

    POPULATION = "population"
    CONTACT = "contact"


@dataclass(frozen=True, slots=True)
class Prefilled:
    """What stands in a field already, and what a register was asked that said so."""

    answer: Answer
    source: Source

    @property
    def origin(self) -> Origin:
        """The register."""
        return Origin.CONTACT if self.source in (Source.PHONE, Source.EMAIL) else Origin.POPULATION

    @property
    def corrected_at(self) -> str:
        """Where the citizen corrects it."""
        return _CORRECTED_AT[self.source]


def prefilled(actor: Citizen, application: Application, fields: Iterable[FormField]) -> dict[str, Prefilled]:
    """By name, what registers say for those of the fields that nothing was saved of yet.

    Registers that do not answer leave a field empty. Ask outside every transaction.
    """
    wanted = {
        field.name: field.prefill
        for field in fields
        if isinstance(field, WrittenField | AddressField) and field.prefill and field.name not in application.answers
    }
    if application.person_id != actor.person_id:
        wanted = {name: source for name, source in wanted.items() if source is Source.NAME}
    if not wanted:
        return {}
    with read_only() as session:
        municipality = session.get_one(Municipality, current_municipality_id())
        person = identity.person(session, application.person_id)
    known = _known(municipality, person, set(wanted.values()))
    return {name: known[source] for name, source in wanted.items() if source in known}


def _known(municipality: Municipality, person: Person, wanted: set[Source]) -> Mapping[Source, Prefilled]:
    said = {Source.NAME: person.name, Source.BIRTH_DATE: person.birth_date and f"{person.birth_date:%d.%m.%Y}"}
    known = {source: Prefilled(answer, source) for source, answer in said.items() if answer}
    if Source.ADDRESS in wanted and (address := _address(municipality, person)):
        known[Source.ADDRESS] = Prefilled(address, Source.ADDRESS)
    if wanted & {Source.PHONE, Source.EMAIL} and (contact := _contact(municipality, person)):
        reached = {Source.PHONE: contact.mobile, Source.EMAIL: contact.email}
        known |= {source: Prefilled(answer, source) for source, answer in reached.items() if answer}
    return known


def _address(municipality: Municipality, person: Person) -> Answer | None:
    found = addresses.prefill(municipality, person)
    if found is None:
        return None
    return {"street": ", ".join(found.lines), "postal_code": found.postal_code, "city": found.place}


def _contact(municipality: Municipality, person: Person) -> Judgement | None:
    contacts = registers.contact_register()
    if contacts is None:
        return None
    national_id = person.national_id
    try:
        found = contacts.contacts(municipality, [national_id], Deadline(SECONDS)).get(national_id)
    except RegisterError:
        return None
    return judge(found, clock.today())
