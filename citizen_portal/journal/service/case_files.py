"""Open and close case files."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from citizen_portal import clock
from citizen_portal.audit import service as audit
from citizen_portal.audit.models import EventTag
from citizen_portal.auth.actor import Actor
from citizen_portal.db import current_municipality_id
from citizen_portal.identity.models import Area
from citizen_portal.journal import queries
from citizen_portal.journal.entries import Screening, demand_text
from citizen_portal.journal.errors import (
    ArchiveNotSetUp,
    CaseFileIsClosed,
    ClassHasSubclasses,
    EntriesNotSignedOff,
    UnknownClass,
)
from citizen_portal.journal.models import CaseFile, ClassificationClass, Series, screening_columns
from citizen_portal.journal.numbering import next_case_number
from citizen_portal.journal.screening import mask_national_ids
from citizen_portal.journal.service.changes import change
from citizen_portal.journal.service.sign_offs import sign_off
from citizen_portal.journal.terms import CaseStatus, EntryStatus, SeriesStatus, SignOffMethod
from citizen_portal.tenancy import queries as tenancy
from citizen_portal.tenancy.models import Unit


def open_case_file(
    session: Session,
    actor: Actor,
    *,
    title: str,
    public_title: str,
    unit_id: UUID,
    responsible_name: str,
    classification_code: str,
    screening: Screening | None,
    citizen_id: UUID | None = None,
    area: Area = Area.OTHER,
) -> CaseFile:
    """Open a case file in the active series and give it the year's next number («2026/17»; the year is Norway's).

    `citizen_id` is the person whose case it is, `area` what it is about. A national id in the public title is masked;
    mask names with `screening.screen_title` first.

    Raises:
        ArchiveNotSetUp: there is no active series.
        UnknownClass, ClassHasSubclasses: the code holds no case files.
        NotFound: the unit. BlankText: a title or name without text.
    """
    demand_text(title, public_title, responsible_name)
    series, classification_class = place_of_class(session, classification_code)
    unit = tenancy.unit(session, unit_id)
    case_file = CaseFile(
        series_id=series.id,
        classification_class_id=classification_class.id,
        citizen_id=citizen_id,
        area=None if citizen_id is None else area,
        title=title,
        public_title=mask_national_ids(public_title),
        unit_id=unit.id,
        unit_name=unit.name,
        responsible_name=responsible_name,
        **screening_columns(screening),
    )
    _number(session, actor, case_file)
    return case_file


def _number(session: Session, actor: Actor, case_file: CaseFile) -> None:
    """Give the case file its number and put it down: the number's lock is held from here on."""
    case_file.created_at, case_file.created_by = clock.now(), actor.display_name
    case_file.case_date = clock.today()
    case_file.case_year = case_file.case_date.year
    case_file.case_sequence_number = next_case_number(session, case_file.case_year)
    session.add(case_file)
    session.flush()
    audit.record(session, actor, EventTag.CASE_FILE_OPENED, subject=case_file, number=case_file.number)


def close_case_file(
    session: Session, actor: Actor, case_file: CaseFile, *, sign_off_rest_as: SignOffMethod | None = None
) -> None:
    """Close the case file and archive its entries; each change of status is logged.

    Register what belongs to the case first: numbers are locked before case files, never the other way.

    Raises:
        CaseFileIsClosed: it is closed already.
        EntriesNotSignedOff: incoming entries wait for an answer and `sign_off_rest_as` does not say how to end them.
    """
    session.refresh(case_file, with_for_update=True)
    if not case_file.is_open:
        raise CaseFileIsClosed
    waiting = queries.entries_waiting_for_answer(session, case_file.id)
    if waiting and sign_off_rest_as is None:
        raise EntriesNotSignedOff
    for entry in waiting:
        sign_off(session, actor, entry, sign_off_rest_as or SignOffMethod.NOTED)
    for entry in queries.entries_of_case(session, case_file.id):
        if entry.status in (EntryStatus.JOURNALED, EntryStatus.DISPATCHED):
            change(session, actor, entry, "status", EntryStatus.ARCHIVED)
            entry.archived_at, entry.archived_by = clock.now(), actor.display_name
    change(session, actor, case_file, "status", CaseStatus.CLOSED)
    case_file.closed_at, case_file.closed_by = clock.now(), actor.display_name
    session.flush()
    audit.record(session, actor, EventTag.CASE_FILE_CLOSED, subject=case_file, number=case_file.number)


def move_case_file(session: Session, actor: Actor, case_file: CaseFile, unit: Unit) -> None:
    """Let another unit have the case (administrativ enhet); the former one stands in the change log.

    Raises CaseFileIsClosed.
    """
    session.refresh(case_file, with_for_update=True)
    if not case_file.is_open:
        raise CaseFileIsClosed
    change(session, actor, case_file, "unit_id", unit.id)
    change(session, actor, case_file, "unit_name", unit.name)
    change(session, actor, case_file, "responsible_name", unit.name)
    session.flush()
    audit.record(session, actor, EventTag.ENTRY_CORRECTED, subject=case_file, fields=["unit"])


def place_of_class(session: Session, code: str) -> tuple[Series, ClassificationClass]:
    """The active series and the leaf class with the code, in one query.

    Raises ArchiveNotSetUp; UnknownClass or ClassHasSubclasses where the code holds no case files.
    """
    below = aliased(ClassificationClass)
    has_subclasses = select(below.id).where(
        below.municipality_id == ClassificationClass.municipality_id, below.parent_id == ClassificationClass.id
    )
    found = session.execute(
        select(Series, ClassificationClass, has_subclasses.exists())
        .outerjoin(
            ClassificationClass,
            (ClassificationClass.municipality_id == Series.municipality_id)
            & (ClassificationClass.classification_system_id == Series.classification_system_id)
            & (ClassificationClass.code == code),
        )
        .where(Series.municipality_id == current_municipality_id(), Series.status == SeriesStatus.ACTIVE)
    ).one_or_none()
    if found is None:
        raise ArchiveNotSetUp
    series, classification_class, is_inner = found
    if classification_class is None:
        raise UnknownClass(code)
    if is_inner:
        raise ClassHasSubclasses(code)
    return series, classification_class
