"""Register what a citizen said on the phone or sent on paper, so that it is a case like any other."""

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from citizen_portal import clock, jobs
from citizen_portal.applications import journaling, record, service
from citizen_portal.applications.definitions import Definition, current_definition
from citizen_portal.applications.models import Application
from citizen_portal.applications.registration.errors import NotRegistrable, NotThatDay
from citizen_portal.applications.status import Channel, Status
from citizen_portal.audit import service as audit
from citizen_portal.audit.models import EventTag
from citizen_portal.auth.actor import Staff
from citizen_portal.db import current_municipality_id
from citizen_portal.errors import NotFound
from citizen_portal.identity import queries as people
from citizen_portal.identity import reach
from citizen_portal.identity import service as identity
from citizen_portal.identity.models import Person
from citizen_portal.journal.enclosures import Enclosure, record_language
from citizen_portal.journal.entries import JournalDocument
from citizen_portal.journal.scans import service as scans
from citizen_portal.notifications import service as notifications
from citizen_portal.notifications.models import Occasion
from citizen_portal.tenancy.models import Municipality, Unit

LONGEST_AGO: Final = timedelta(days=365)
_NOON: Final = time(12)


@dataclass(frozen=True, slots=True)
class Registration:
    """What the employee has written down. `id` is chosen by the form, so that sending it twice counts once.

    On the phone there are words; on paper there is a scan, and words where the paper needs some.
    """

    id: UUID
    definition_id: str
    channel: Channel
    received_date: date
    told: str
    scan: Enclosure | None = None


def citizen_by_number(session: Session, actor: Staff, national_id: str, name: str) -> Person:
    """Whom the employee names, made known under the name if she is not. Noted in the log.

    Raises InvalidNationalId; NotRegistrable for somebody out of the employee's reach, or dead; ReasonNeeded where a
    reason is what lacks.
    """
    known = people.person_by_national_id(session, national_id)
    audit.record(session, actor, EventTag.PERSON_SEARCHED, about_person_id=known.id if known else None)
    if known is None:
        return identity.register_person(session, national_id=national_id, name=name)
    reach.demand_reason(session, actor, known.id)
    if known.death_date or not _is_reached(session, actor, known.id):
        raise NotRegistrable
    return known


def citizen_with_leave(session: Session, actor: Staff, person_id: UUID) -> Person:
    """Somebody whom the employee has leave to look at now. Raises NotFound."""
    found = session.scalar(
        select(Person).where(
            Person.municipality_id == current_municipality_id(),
            Person.id == person_id,
            Person.id.in_(reach.granted_to(actor)),
            reach.reason_was_given(actor, Person.id),
        )
    )
    if found is None:
        raise NotFound
    return found


def register(session: Session, actor: Staff, citizen: Person, registration: Registration) -> Application:
    """Make the case, received on the day when it came; the same registration again is the same case.

    Raises NotFound for no service, ServiceNotOffered, NotThatDay.
    """
    session.refresh(citizen, with_for_update=True)  # two tabs, one after the other
    already = session.get(Application, (current_municipality_id(), registration.id))
    if already is not None:
        return already
    if not clock.today() - LONGEST_AGO <= registration.received_date <= clock.today():
        raise NotThatDay
    definition = current_definition(session, registration.definition_id, clock.today())
    unit = service.responsible_unit(session, definition)
    application = _application(session, actor, citizen, definition, registration)
    received_at = _received_at(registration.received_date)
    document = _document(session, application, citizen, unit, registration)
    case_file, entry = journaling.register_received(session, actor, application, citizen, unit, document, received_at)
    event = application.receive(
        received_at=received_at,
        answer_by=definition.answer_by(registration.received_date),
        unit=unit,
        case_file_id=case_file.id,
        registry_entry_id=entry.id,
        facts=_facts(application, registration),
    )
    session.add(application)
    session.flush()
    session.add(event)
    facts: dict[str, Any] = {"about_person_id": citizen.id, "service": definition.id, "case_number": case_file.number}
    audit.record(session, actor, EventTag.APPLICATION_REGISTERED, subject=application, **facts)
    notifications.enqueue(session, Occasion.APPLICATION_RECEIVED, citizen.id)
    return application


def _is_reached(session: Session, actor: Staff, person_id: UUID) -> bool:
    reached = select(Person.id).where(
        Person.municipality_id == current_municipality_id(),
        Person.id == person_id,
        reach.reason_was_given(actor, Person.id),
    )
    return session.scalar(reached) is not None


def _application(
    session: Session, actor: Staff, citizen: Person, definition: Definition, registration: Registration
) -> Application:
    now = clock.now()
    return Application(
        municipality_id=current_municipality_id(),
        id=registration.id,
        person_id=citizen.id,
        channel=registration.channel,
        registered_by_name=f"{actor.name}, {actor.unit_name}",
        definition_id=definition.id,
        definition_version=definition.version,
        area=definition.area,
        language=record_language(session.get_one(Municipality, current_municipality_id())),
        answers={},
        revision=0,
        status=Status.DRAFT,
        status_changed_at=now,
        started_at=now,
        saved_at=now,
        escalation=0,
    )


def _received_at(day: date) -> datetime:
    """Nobody has written down the hour: now for today, noon for a day before."""
    return clock.now() if day == clock.today() else clock.from_oslo(datetime.combine(day, _NOON))


def _facts(application: Application, registration: Registration) -> dict[str, str]:
    said = {"note": registration.told} if registration.told else {}
    return {"channel": registration.channel.value, "by": application.registered_by_name or "", **said}


def _document(
    session: Session, application: Application, citizen: Person, unit: Unit, registration: Registration
) -> JournalDocument:
    """The paper itself; what was said on the phone is written on one."""
    rule = application.definition.journal
    if registration.scan is not None:
        scan = registration.scan
        if scans.note(session, scan.original.sha256, scan.verdict, [scan.archived.sha256]):
            jobs.defer(session, scans.scan, sha256=scan.original.sha256)
        title = application.definition.title.in_language(application.language)
        return replace(registration.scan, filename=title).as_document(rule.document_type)
    municipality = session.get_one(Municipality, current_municipality_id())
    written = record.told_by_phone(
        application,
        citizen,
        registration.told,
        municipality_name=municipality.name,
        unit=unit,
        received=registration.received_date,
    )
    return journaling.stored(written, rule.document_type)
