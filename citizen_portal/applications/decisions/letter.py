"""The decision as a letter, and the desk that it is written at."""

from collections.abc import Mapping
from dataclasses import dataclass

from babel.dates import format_date

from citizen_portal import clock
from citizen_portal.applications.appeals.models import Appeal
from citizen_portal.applications.decisions.models import Decision
from citizen_portal.applications.decisions.terms import Outcome, Part
from citizen_portal.applications.decisions.texts import LANGUAGES, Answered, TextSet, text_set, words_for
from citizen_portal.applications.models import Application
from citizen_portal.applications.status import Status
from citizen_portal.documents import Document, Language, Section
from citizen_portal.identity.models import Person
from citizen_portal.journal.models import CaseFile
from citizen_portal.tenancy.models import Municipality, Unit

_LABELS: Mapping[str, Mapping[Language, str]] = {
    "to": {"nb": "Til", "nn": "Til"},
    "case": {"nb": "Saksnummer", "nn": "Saksnummer"},
    "caseworker": {"nb": "Saksbehandler", "nn": "Saksbehandlar"},
    "approved": {"nb": "Godkjent av", "nn": "Godkjent av"},
}


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything that a decision in a case is written from."""

    application: Application
    case_file: CaseFile
    unit: Unit
    applicant: Person
    municipality: Municipality
    decision: Decision | None
    """The one that is not sent yet."""
    appeal: Appeal | None
    """What it will be the answer to, where that is not the application."""

    @property
    def needs_approval(self) -> bool:
        """Whether a second person must approve it."""
        rule = self.application.definition.decision
        return rule is not None and rule.needs_approval

    @property
    def language(self) -> Language:
        """The language of the draft; before there is one, that in which she wrote, if we write decisions in it."""
        chosen = self.decision.language if self.decision else self.application.language
        return "nn" if chosen == "nn" else "nb"

    @property
    def outcome(self) -> Outcome | None:
        """What is chosen so far."""
        return self.decision.outcome if self.decision else None

    @property
    def outcomes(self) -> tuple[Outcome, ...]:
        """What it can come to. An appeal is not answered with a new refusal: it is dismissed, or goes on."""
        if self.application.status is Status.APPEALED:
            return Outcome.GRANTED, Outcome.PARTLY_GRANTED, Outcome.DISMISSED
        return Outcome.GRANTED, Outcome.PARTLY_GRANTED, Outcome.REFUSED

    @property
    def texts(self) -> dict[Part, str]:
        """What each part says: as it was written, else the standard text."""
        written = self.decision.parts if self.decision else {}
        words = self.words[self.language]
        return {
            part: written.get(part.value, self._set.part(part, self.outcome, self.language, words)) for part in Part
        }

    @property
    def words(self) -> dict[str, dict[str, str]]:
        """What stands for the braces of the standard texts, by language."""
        names = {"unit": self.unit.name, "municipality": self.municipality.name}
        return {language: words_for(self.application.definition, language, **names) for language in LANGUAGES}

    def written(self, said: Mapping[Part, str], shown: Outcome | None) -> dict[Part, str]:
        """What somebody has written herself, of what the page sent that was shown with an outcome."""
        words = self.words
        return {
            part: text for part, text in said.items() if not self._set.is_standard(part, text, shown, words)
        }  # fmt: skip

    @property
    def is_whole(self) -> bool:
        """Whether it is written so far that it could be sent."""
        return self.decision is not None and self.outcome is not None and not self.decision.missing(self.texts)

    @property
    def letter(self) -> Document:
        """The decision as it is sent today."""
        language, texts = self.language, self.texts
        answered: Answered = "appeal" if self.appeal else "application"
        words = {"service": self.application.definition.title.in_language(language), "received": self._received}
        opening = [self._set.background[answered].in_language(language).format_map(words)]
        if self.outcome:
            opening.insert(0, self._set.opening[self.outcome].in_language(language))
        parts = [
            Section(self._set.headings[part].in_language(language), tuple(paragraphs(texts[part])))
            for part in Part
            if texts[part].strip()
        ]
        return Document(
            title=self._set.title[answered].in_language(language).format_map(words),
            language=language,
            municipality_name=self.municipality.name,
            unit=self.unit.name,
            date=clock.today(),
            reference=tuple(self._reference),
            sections=(
                Section("", tuple(opening)),
                *parts,
                Section("", (self._set.closing.in_language(language),)),
            ),
        )

    @property
    def _reference(self) -> list[tuple[str, str]]:
        facts = {"to": self.applicant.name, "case": self.case_file.number}
        if self.decision:
            facts["caseworker"] = self.decision.writer_name
        if self.decision and self.decision.approved_by_name:
            facts["approved"] = self.decision.approved_by_name
        return [(_LABELS[label][self.language], said) for label, said in facts.items()]

    @property
    def _received(self) -> str:
        came = self.appeal.sent_at if self.appeal else self.application.submitted_at
        return format_date(clock.to_oslo(came).date(), "long", locale=self.language) if came else ""

    @property
    def _set(self) -> TextSet:
        return text_set(clock.today())


def paragraphs(said: str) -> list[str]:
    """Blank lines part paragraphs."""
    return [paragraph for paragraph in said.split("\n\n") if paragraph.strip()]
