"""Scoped reads for those who handle applications."""

import re
from collections.abc import Sequence
from typing import Final

from sqlalchemy import ColumnElement, ScalarSelect, and_, func, or_, select
from sqlalchemy.orm import Session

from citizen_portal.applications.definitions import Definition, current_definitions
from citizen_portal.applications.handling.models import InternalNote
from citizen_portal.applications.models import Application
from citizen_portal.applications.status import Status
from citizen_portal.applications.work_list import WorkListRow, lines_where
from citizen_portal.auth.actor import Staff
from citizen_portal.clock import today
from citizen_portal.db import current_municipality_id
from citizen_portal.identity import reach
from citizen_portal.identity.models import Person
from citizen_portal.identity.names import contains_words
from citizen_portal.journal.models import CaseFile

MOST_HITS: Final = 50
_CASE_NUMBER: Final = re.compile(r"(?:(\d{4})/)?(\d{1,7})", re.ASCII)


def notes_of(session: Session, application: Application) -> Sequence[InternalNote]:
    """The notes about an application that the caller handles, newest first."""
    return session.scalars(
        select(InternalNote)
        .where(
            InternalNote.municipality_id == application.municipality_id,
            InternalNote.application_id == application.id,
        )
        .order_by(InternalNote.id.desc())
    ).all()


def count_of_notes() -> ScalarSelect[int]:
    """How many notes there are about the `Application` of the enclosing query."""
    return (
        select(func.count())
        .select_from(InternalNote)
        .where(
            InternalNote.municipality_id == Application.municipality_id,
            InternalNote.application_id == Application.id,
        )
        .correlate(Application)
        .scalar_subquery()
    )


def search(session: Session, actor: Staff, wanted: str) -> list[WorkListRow]:
    """Cases of the actor's unit, ended ones too, by case number, citizen's name or service, last sent first.

    One more than `MOST_HITS` where there are more. Nobody with a protected address is found.
    """
    query = (
        lines_where(
            Application.municipality_id == current_municipality_id(),
            Application.unit_id == actor.unit_id,
            Application.status != Status.DRAFT,
            ~reach.is_protected(Application.person_id),
            _matches(session, " ".join(wanted.split())),
        )
        .order_by(Application.id.desc())
        .limit(MOST_HITS + 1)
    )
    return [WorkListRow.of(*row) for row in session.execute(query)]


def _matches(session: Session, wanted: str) -> ColumnElement[bool]:
    number = _CASE_NUMBER.fullmatch(wanted)
    if number:
        year, sequence = number.groups()
        is_year = CaseFile.case_year == int(year) if year else CaseFile.case_year.is_not(None)
        return and_(is_year, CaseFile.case_sequence_number == int(sequence))
    return or_(contains_words(Person.name, wanted), Application.definition_id.in_(_services(session, wanted)))


def _services(session: Session, wanted: str) -> list[str]:
    folded = wanted.casefold()
    return [made.id for made in current_definitions(session, today()) if any(folded in name for name in _names(made))]


def _names(made: Definition) -> tuple[str, ...]:
    return tuple(name.casefold() for name in (made.title.nb, made.title.nn, made.service.nb, made.service.nn))
