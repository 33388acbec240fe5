"""The documents of an appeal: what she wrote, that she takes it back, what we write to the body above us."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Final

from babel.dates import format_date, format_datetime

from citizen_portal import clock
from citizen_portal.applications.appeals.models import Appeal
from citizen_portal.applications.appeals.terms import BodyOutcome
from citizen_portal.applications.decisions.terms import Outcome
from citizen_portal.applications.definitions import Text
from citizen_portal.applications.models import Application
from citizen_portal.documents import Document, Language, Section
from citizen_portal.identity.models import Person
from citizen_portal.journal.enclosures import Enclosure
from citizen_portal.journal.models import CaseFile
from citizen_portal.tenancy.models import Municipality

APPEAL: Final = Text(nb="Klage på vedtak", nn="Klage på vedtak", en="Appeal")
WITHDRAWN: Final = Text(nb="Trukket klage", nn="Trekt klage", en="Withdrawn appeal")
ANSWER: Final = Text(nb="Svar fra klageinstansen", nn="Svar frå klageinstansen", en="Answer to the appeal")
FORWARDING: Final = Text(nb="Oversending av klage", nn="Oversending av klage", en="Appeal sent on")
QUESTIONS: Final[Mapping[str, Text]] = {
    "disagrees_text": Text(
        nb="Hva klageren er uenig i", nn="Kva klagaren er usamd i", en="What the appellant disagrees with"
    ),
    "wants_text": Text(
        nb="Hva klageren vil ha endret", nn="Kva klagaren vil ha endra", en="What the appellant wants changed"
    ),
    "late_text": Text(
        nb="Hvorfor klagen kommer etter fristen",
        nn="Kvifor klaga kjem etter fristen",
        en="Why the appeal comes after the deadline",
    ),
}
ENCLOSED: Final = Text(nb="Sendt med klagen", nn="Sendt med klaga", en="Enclosed with the appeal")
BODY_LETTER: Final = Text(nb="Brev fra {body}", nn="Brev frå {body}", en="Letter from {body}")
_APPELLANT: Final = Text(nb="Klager", nn="Klagar", en="Appellant")
_SENT_BY: Final = Text(nb="Sendt av", nn="Send av", en="Sent by")
_RECEIVED: Final = Text(nb="Mottatt", nn="Motteke", en="Received")
_DEADLINE: Final = Text(nb="Siste dag for å klage", nn="Siste dag for å klage", en="Last day for appealing")
_CASE: Final = Text(nb="Saksnummer", nn="Saksnummer", en="Case number")
_ABOUT: Final = Text(nb="Saken gjelder", nn="Saka gjeld", en="About")
_TO: Final = Text(nb="Til", nn="Til", en="To")
_CASEWORKER: Final = Text(nb="Saksbehandler", nn="Saksbehandlar", en="Caseworker")
_HAS_WITHDRAWN: Final = Text(
    nb="{name} har trukket klagen som kom {received}.",
    nn="{name} har trekt klaga som kom {received}.",
    en="{name} has withdrawn the appeal that came on {received}.",
)
_FORWARDED: Final = Text(
    nb="Vi har sett på vedtaket på nytt og endrer det ikke. Derfor sender vi klagen og dokumentene i saken til dere. "
    "Klageren får kopi av dette brevet og kan uttale seg til dere (forvaltningsloven § 33).",
    nn="Vi har sett på vedtaket på nytt og endrar det ikkje. Difor sender vi klaga og dokumenta i saka til dykk. "
    "Klagaren får kopi av dette brevet og kan uttale seg til dykk (forvaltningslova § 33).",
    en="We have looked at the decision anew and do not change it. So we send you the appeal and the documents.",
)
_DECIDED: Final[Mapping[BodyOutcome, Text]] = {
    BodyOutcome.UPHELD: Text(
        nb="{body} har stadfestet vedtaket vårt.",
        nn="{body} har stadfest vedtaket vårt.",
        en="{body} has upheld our decision.",
    ),
    BodyOutcome.CHANGED: Text(
        nb="{body} har endret vedtaket vårt.",
        nn="{body} har endra vedtaket vårt.",
        en="{body} has changed our decision.",
    ),
    BodyOutcome.SENT_BACK: Text(
        nb="{body} har opphevet vedtaket vårt og sendt saken tilbake til oss.",
        nn="{body} har oppheva vedtaket vårt og sendt saka tilbake til oss.",
        en="{body} has set our decision aside and sent the case back to us.",
    ),
}
_ASSESSMENT: Final = Text(nb="Vurderingen vår", nn="Vurderinga vår", en="Our assessment")


def as_document(
    appeal: Appeal,
    application: Application,
    applicant: Person,
    case_file: CaseFile,
    municipality: Municipality,
    *,
    by: str | None,
    at: datetime,
    enclosed: Sequence[str] = (),
) -> Document:
    """The appeal as it is archived. `by` is the name of who sent it for the applicant; `enclosed` names the papers."""
    language = application.language
    said = [*((QUESTIONS[name], getattr(appeal, name)) for name in QUESTIONS), (ENCLOSED, "\n".join(enclosed))]
    return Document(
        title=APPEAL.in_language(language),
        language=_language(language),
        municipality_name=municipality.name,
        unit=case_file.unit_name,
        date=clock.to_oslo(at).date(),
        reference=_reference(application, applicant, case_file, by=by, at=at, deadline=appeal.deadline_date),
        sections=tuple(
            Section(question.in_language(language), (text,)) for question, text in said if text.strip()
        ),
    )  # fmt: skip


def withdrawal(
    appeal: Appeal,
    application: Application,
    applicant: Person,
    case_file: CaseFile,
    municipality: Municipality,
    *,
    by: str | None,
    at: datetime,
) -> Document:
    """That the appeal is taken back."""
    language, came = application.language, appeal.sent_at or at
    received = format_date(clock.to_oslo(came).date(), "long", locale=language)
    said = _HAS_WITHDRAWN.in_language(language).format(name=by or applicant.name, received=received)
    return Document(
        title=WITHDRAWN.in_language(language),
        language=_language(language),
        municipality_name=municipality.name,
        unit=case_file.unit_name,
        date=clock.to_oslo(at).date(),
        reference=_reference(application, applicant, case_file, by=by, at=at),
        sections=(Section("", (said,)),),
    )


def forwarding(
    application: Application,
    applicant: Person,
    case_file: CaseFile,
    municipality: Municipality,
    *,
    language: Language,
    to: str,
    caseworker: str,
    assessment: str,
    at: datetime,
) -> Document:
    """What goes to the body above us, with a copy to the party."""
    facts = (
        (_TO, to),
        (_CASE, case_file.number),
        (_ABOUT, application.definition.title.in_language(language)),
        (_APPELLANT, applicant.name),
        (_CASEWORKER, caseworker),
    )
    return Document(
        title=FORWARDING.in_language(language),
        language=language,
        municipality_name=municipality.name,
        unit=case_file.unit_name,
        date=clock.to_oslo(at).date(),
        reference=tuple((label.in_language(language), said) for label, said in facts),
        sections=(
            Section("", (_FORWARDED.in_language(language),)),
            Section(_ASSESSMENT.in_language(language), (assessment,)),
        ),
    )


@dataclass(frozen=True, slots=True)
class BodyAnswer:
    """What the body above us decided, as it is registered. `now` is how the application stands where that changed."""

    outcome: BodyOutcome
    received: date
    note: str
    now: Outcome | None = None
    letter: Enclosure | None = None
    """The letter in which they said so, made ready."""

    @property
    def received_at(self) -> datetime:
        """The day as an instant, never ahead of now."""
        return min(clock.from_oslo(datetime.combine(self.received, time(12))), clock.now())


def answer_of_body(
    application: Application,
    case_file: CaseFile,
    municipality: Municipality,
    *,
    language: Language,
    body: str,
    answer: BodyAnswer,
) -> Document:
    """That the body above us has answered, with the caseworker's words about it."""
    said = _DECIDED[answer.outcome].in_language(language).format(body=body)
    facts = ((_CASE, case_file.number), (_ABOUT, application.definition.title.in_language(language)))
    return Document(
        title=ANSWER.in_language(language),
        language=language,
        municipality_name=municipality.name,
        unit=case_file.unit_name,
        date=answer.received,
        reference=tuple((label.in_language(language), text) for label, text in facts),
        sections=(Section("", tuple(text for text in (said, answer.note) if text.strip())),),
    )


def _reference(
    application: Application,
    applicant: Person,
    case_file: CaseFile,
    *,
    by: str | None,
    at: datetime,
    deadline: date | None = None,
) -> tuple[tuple[str, str], ...]:
    language = application.language
    received = format_datetime(clock.to_oslo(at), "d. MMMM y HH:mm", locale=language)
    facts = [
        (_CASE, case_file.number),
        (_ABOUT, application.definition.title.in_language(language)),
        (_APPELLANT, applicant.name),
    ]
    if by:
        facts.append((_SENT_BY, by))
    facts.append((_RECEIVED, received))
    if deadline is not None:
        facts.append((_DEADLINE, format_date(deadline, "long", locale=language)))
    return tuple((label.in_language(language), said) for label, said in facts)


def _language(language: str) -> Language:
    return "nn" if language == "nn" else "en" if language == "en" else "nb"
