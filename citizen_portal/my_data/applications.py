"""The applications of one person, with their answers in words and their timelines."""

from collections.abc import Iterator
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from citizen_portal.applications.answers import in_words, is_asked
from citizen_portal.applications.definitions import CheckboxField
from citizen_portal.applications.events import ApplicationEvent
from citizen_portal.applications.models import Application
from citizen_portal.applications.queries import same_municipality_and_id
from citizen_portal.identity.models import Person
from citizen_portal.journal.models import CaseFile
from citizen_portal.my_data import format as f

AT_ONCE: Final = 50


def applications(session: Session, person: Person) -> Iterator[f.Record]:
    """Her applications and drafts, the first one first."""
    query = (
        select(Application, CaseFile)
        .outerjoin(CaseFile, same_municipality_and_id(CaseFile, Application.case_file_id))
        .where(Application.municipality_id == person.municipality_id, Application.person_id == person.id)
        .options(selectinload(Application.events))
        .order_by(Application.id)
    )
    for application, case_file in session.execute(query.execution_options(yield_per=AT_ONCE)):
        yield f.ApplicationRecord(
            service=application.definition_id,
            title=application.definition.title.in_language(application.language),
            status=application.status.value,
            case_number=case_file.number if application.case_file_id else None,
            started_at=application.started_at,
            saved_at=application.saved_at,
            submitted_at=application.submitted_at,
            answer_by=application.answer_by_date,
            answers=_in_words(application),
            raw_answers=application.answers,
            consents=_consents(application),
            timeline=[_event(event) for event in reversed(application.events)],
        )


def _in_words(application: Application) -> list[f.AnswerRecord]:
    return [
        f.AnswerRecord(question=": ".join(filter(None, (line.heading, line.question))), answer=line.answer)
        for step in (application.definition.steps if application.has_answers else ())
        for line in in_words(application.definition, step, application.answers, application.language)
    ]


def _consents(application: Application) -> list[str]:
    return [
        field.label.in_language(application.language)
        for field in application.definition.fields
        if isinstance(field, CheckboxField)
        and is_asked(application.definition, field, application.answers)
        and application.answers.get(field.name) is True
    ]


def _event(event: ApplicationEvent) -> f.EventRecord:
    return f.EventRecord(
        what=event.kind.value,
        occurred_at=event.occurred_at,
        by=event.actor_name,
        unit=event.unit_name,
        facts=event.facts,
    )
