"""The application as a document for the record: what was asked and answered, by whom and when."""

from datetime import datetime
from typing import Final

from babel.dates import format_date, format_datetime

from citizen_portal import clock
from citizen_portal.applications.answers import in_words
from citizen_portal.applications.definitions import Text
from citizen_portal.applications.models import Application
from citizen_portal.documents import Document, Language, Section
from citizen_portal.identity.models import Person
from citizen_portal.tenancy.models import Unit

APPLICANT: Final = Text(nb="Søker", nn="Søkjar", en="Applicant")
BORN: Final = Text(nb="Fødselsdato", nn="Fødselsdato", en="Date of birth")
RECEIVED: Final = Text(nb="Mottatt", nn="Motteke", en="Received")
NOT_ANSWERED: Final = Text(nb="Ikke besvart", nn="Ikkje svara på", en="Not answered")


def as_document(
    application: Application, applicant: Person, *, municipality_name: str, unit: Unit, received_at: datetime
) -> Document:
    """The application as it is archived, in the language in which it was filled in, without the national id."""
    language = application.language
    reference = [(APPLICANT.in_language(language), applicant.name)]
    if applicant.birth_date:
        reference.append((BORN.in_language(language), format_date(applicant.birth_date, "long", locale=language)))
    reference.append((RECEIVED.in_language(language), _moment(received_at, language)))
    return Document(
        title=application.definition.title.in_language(language),
        language=_document_language(language),
        municipality_name=municipality_name,
        unit=unit.name,
        date=clock.to_oslo(received_at).date(),
        reference=tuple(reference),
        sections=_sections(application),
    )


def _sections(application: Application) -> tuple[Section, ...]:
    language, unanswered = application.language, NOT_ANSWERED.in_language(application.language)
    return tuple(
        Section(
            heading=step.title.in_language(language),
            fields=tuple(
                (line.question, line.answer or unanswered) for line in in_words(step, application.answers, language)
            ),
        )
        for step in application.definition.steps
    )


def _document_language(language: str) -> Language:
    return "nn" if language == "nn" else "en" if language == "en" else "nb"


def _moment(instant: datetime, language: str) -> str:
    return format_datetime(
        clock.to_oslo(instant), "d. MMMM y HH:mm" if language != "en" else "d MMMM y HH:mm", locale=language
    )
