"""Use cases of those who share the work, each in the caller's transaction."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from citizen_portal import clock
from citizen_portal.applications import correspondence, queries
from citizen_portal.applications import service as applications
from citizen_portal.applications.errors import NotPossibleNow
from citizen_portal.applications.handling import letters
from citizen_portal.applications.handling.models import InternalNote
from citizen_portal.applications.journaling import case_file_of, municipality_of
from citizen_portal.applications.models import Application
from citizen_portal.applications.status import EventKind, Status
from citizen_portal.audit import service as audit
from citizen_portal.audit.models import EventTag
from citizen_portal.auth.actor import Staff
from citizen_portal.errors import NotFound
from citizen_portal.journal import queries as journal_queries
from citizen_portal.journal import service as journal
from citizen_portal.notifications import service as notifications
from citizen_portal.notifications.models import Occasion
from citizen_portal.tenancy import queries as tenancy


def write_note(
    session: Session, actor: Staff, application_id: UUID, note_id: UUID, body: str, *, is_open_to_party: bool
) -> InternalNote:
    """Note something down beside the case. The page chooses `note_id`: sent twice it is one note. Raises NotFound."""
    application = queries.application_for(session, actor, application_id, lock=True)
    same = select(InternalNote).where(
        InternalNote.municipality_id == application.municipality_id, InternalNote.id == note_id
    )
    written = session.scalar(same)
    if written is not None:
        if written.staff_id != actor.staff_id or written.application_id != application.id:
            raise NotFound
        return written
    note = InternalNote(
        id=note_id,
        application_id=application.id,
        staff_id=actor.staff_id,
        author_name=actor.name,
        body=body,
        is_open_to_party=is_open_to_party,
        written_at=clock.now(),
    )
    session.add(note)
    session.flush()
    audit.record(
        session,
        actor,
        EventTag.NOTE_WRITTEN,
        subject=application,
        about_person_id=application.person_id,
        note=str(note_id),
    )
    return note


def hand_over(
    session: Session, actor: Staff, application_id: UUID, staff_id: UUID, note: tuple[UUID, str] | None = None
) -> Application:
    """Let a colleague of the unit go on, with an internal note (its id and words) for her.

    Raises NotFound or NotPossibleNow.
    """
    application = applications.assign(session, actor, application_id, staff_id)
    if note is not None:
        write_note(session, actor, application_id, *note, is_open_to_party=False)
    return application


def assign_many(session: Session, actor: Staff, application_ids: Sequence[UUID], staff_id: UUID) -> tuple[int, int]:
    """Give several applications to one colleague: how many she has now, and how many could not be given.

    What is out of reach, ended meanwhile or hers already does not stop the others. Raises NotFound when she does not
    work in the unit.
    """
    given = refused = 0
    for application_id in sorted(set(application_ids)):  # always locked in the same order: two such never wait for ever
        try:
            applications.assign(session, actor, application_id, staff_id)
            given += 1
        except (NotFound, NotPossibleNow):
            refused += 1
    if not given:
        applications.demand_colleague(session, actor, staff_id)
    return given, refused


def move_to_unit(session: Session, actor: Staff, application_id: UUID, unit_id: UUID) -> Application:
    """Let another unit of the municipality have it: the citizen sees whom to reach. Raises NotFound or NotPossibleNow.

    The conversation goes along; see `staff.service`.
    """
    application = queries.application_for(session, actor, application_id, lock=True)
    unit = tenancy.unit(session, unit_id)
    if not application.is_under_way or unit.id == application.unit_id:
        raise NotPossibleNow
    event = application.move_to_unit(actor, unit, clock.now())
    session.add(event)
    session.flush()
    _record_move(session, actor, application, unit.name)
    journal.move_case_file(session, actor, case_file_of(session, application), unit)
    notifications.enqueue(session, Occasion.APPLICATION_CHANGED, application.person_id)
    return application


def forward(session: Session, actor: Staff, application_id: UUID, to: str, contact: str, why: str) -> Application:
    """Send it on to the body that decides it, and tell the citizen whom to reach (forvaltningslovforskriften § 4).

    Raises NotFound or NotPossibleNow.
    """
    application = queries.application_for(session, actor, application_id, lock=True)
    event = application.go_on(
        EventKind.FORWARDED, Status.FORWARDED, clock.now(), actor=actor, note=why, facts={"to": to, "contact": contact}
    )
    session.add(event)
    session.flush()
    municipality = municipality_of(session)
    language = correspondence.letter_language(application, municipality)
    letter = letters.forwarding(application, language, to=to, contact=contact, why=why)
    assert application.registry_entry_id is not None  # noqa: S101  only drafts have none
    answered = journal_queries.registry_entry(session, application.registry_entry_id)
    correspondence.send(session, actor, application, letter, answers=answered)
    _record_move(session, actor, application, to)
    notifications.enqueue(session, Occasion.APPLICATION_CHANGED, application.person_id)
    return application


def _record_move(session: Session, actor: Staff, application: Application, to: str) -> None:
    audit.record(
        session,
        actor,
        EventTag.APPLICATION_MOVED,
        subject=application,
        about_person_id=application.person_id,
        to=to,
    )
