"""Documents for the record: the application, with what was asked and answered, by whom and when, and its withdrawal."""

from datetime import datetime
from typing import Final

from babel.dates import format_date, format_datetime

from citizen_portal import clock
from citizen_portal.applications.answers import in_words, under_headings
from citizen_portal.applications.definitions import Text
from citizen_portal.applications.models import Application
from citizen_portal.documents import Document, Language, Section
from citizen_portal.identity.models import Person
from citizen_portal.journal.models import CaseFile
from citizen_portal.tenancy.models import Unit

APPLICANT: Final = Text(nb="Søker", nn="Søkjar", en="Applicant")
BORN: Final = Text(nb="Fødselsdato", nn="Fødselsdato", en="Date of birth")
APPLIED_BY: Final = Text(nb="Fylt ut av", nn="Fylt ut av", en="Filled in by")
ON_BEHALF: Final = Text(nb="{by} på vegne av {name}", nn="{by} på vegner av {name}", en="{by} on behalf of {name}")
RECEIVED: Final = Text(nb="Mottatt", nn="Motteke", en="Received")
CASE_NUMBER: Final = Text(nb="Saksnummer", nn="Saksnummer", en="Case number")
WITHDRAWN: Final = Text(nb="Trukket søknad", nn="Trekt søknad", en="Withdrawn application")
HAS_WITHDRAWN: Final = Text(
    nb="{name} har trukket «{title}», som ble mottatt {received}.",
    nn="{name} har trekt «{title}», som blei motteken {received}.",
    en="{name} has withdrawn “{title}”, which was received on {received}.",
)
NOT_ANSWERED: Final = Text(nb="Ikke besvart", nn="Ikkje svara på", en="Not answered")


def as_document(
    application: Application, applicant: Person, *, municipality_name: str, unit: Unit, received_at: datetime
) -> Document:
    """The application as it is archived, in the language in which it was filled in, without the national id."""
    language = application.language
    return Document(
        title=application.definition.title.in_language(language),
        language=_document_language(language),
        municipality_name=municipality_name,
        unit=unit.name,
        date=clock.to_oslo(received_at).date(),
        reference=_reference(applicant, received_at, language, application.representative_name),
        sections=_sections(application),
    )


def withdrawal(
    application: Application,
    applicant: Person,
    case_file: CaseFile,
    *,
    by: str | None,
    municipality_name: str,
    received_at: datetime,
) -> Document:
    """That the applicant takes the application back, in the application's language and without the national id.

    `by` is the name of who did it for her.
    """
    language, sent_at = application.language, application.submitted_at or received_at
    said = HAS_WITHDRAWN.in_language(language).format(
        name=ON_BEHALF.in_language(language).format(by=by, name=applicant.name) if by else applicant.name,
        title=application.definition.title.in_language(language),
        received=format_date(clock.to_oslo(sent_at), "long", locale=language),
    )
    return Document(
        title=WITHDRAWN.in_language(language),
        language=_document_language(language),
        municipality_name=municipality_name,
        unit=case_file.unit_name,
        date=clock.to_oslo(received_at).date(),
        reference=(
            (CASE_NUMBER.in_language(language), case_file.number),
            *_reference(applicant, received_at, language),
        ),
        sections=(Section(heading="", paragraphs=(said,)),),
    )


def _reference(
    applicant: Person, received_at: datetime, language: str, by: str | None = None
) -> tuple[tuple[str, str], ...]:
    facts = [(APPLICANT.in_language(language), applicant.name)]
    if by:
        said = ON_BEHALF.in_language(language).format(by=by, name=applicant.name)
        facts.append((APPLIED_BY.in_language(language), said))
    if applicant.birth_date:
        facts.append((BORN.in_language(language), format_date(applicant.birth_date, "long", locale=language)))
    return (*facts, (RECEIVED.in_language(language), _moment(received_at, language)))


def _sections(application: Application) -> tuple[Section, ...]:
    definition, language = application.definition, application.language
    unanswered = NOT_ANSWERED.in_language(language)
    return tuple(
        Section(
            heading=": ".join(filter(None, (step.title.in_language(language), heading))),
            fields=tuple((line.question, line.answer or unanswered) for line in lines),
        )
        for step in definition.steps
        for heading, lines in under_headings(in_words(definition, step, application.answers, language))
    )


def _document_language(language: str) -> Language:
    return "nn" if language == "nn" else "en" if language == "en" else "nb"


def _moment(instant: datetime, language: str) -> str:
    return format_datetime(
        clock.to_oslo(instant), "d. MMMM y HH:mm" if language != "en" else "d MMMM y HH:mm", locale=language
    )
