"""What was decided, as its party reads it on the page of her case."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from citizen_portal import clock
from citizen_portal.applications.appeals.queries import Appealable, appeal_over
from citizen_portal.applications.decisions.letter import paragraphs
from citizen_portal.applications.decisions.models import Decision
from citizen_portal.applications.decisions.queries import SentLetter, letters_of
from citizen_portal.applications.decisions.terms import GROUNDS, Part
from citizen_portal.applications.decisions.texts import text_set
from citizen_portal.applications.models import Application
from citizen_portal.documents import Section


@dataclass(frozen=True, slots=True)
class Decided:
    """The newest decision with what she can do about it, and the other letters of the case."""

    found: Appealable
    letter: SentLetter
    others: list[SentLetter]

    @property
    def decided(self) -> list[str]:
        """What she gets or does not get."""
        return paragraphs(self.found.decision.parts.get(Part.DECIDED.value, ""))

    @property
    def reasons(self) -> list[Section]:
        """Facts, law, considerations and conditions, as far as they are written."""
        return _sections(self.found.decision, (*GROUNDS, Part.CONDITIONS))

    @property
    def rights(self) -> list[Section]:
        """What she can do."""
        said_before = {Part.DECIDED, *GROUNDS, Part.CONDITIONS}
        return _sections(self.found.decision, tuple(part for part in Part if part not in said_before))


def decided(session: Session, application: Application) -> Decided | None:
    """What was decided last in a case that the caller reaches, in two statements; None before that."""
    if application.decided_at is None:
        return None
    letters = letters_of(session, application)
    for letter in letters:
        if letter.decision is not None:
            appeal = appeal_over(session, letter.decision)
            found = Appealable(application, letter.decision, letter.delivery, appeal)
            return Decided(found, letter, [other for other in letters if other is not letter])
    return None


def _sections(decision: Decision, parts: tuple[Part, ...]) -> list[Section]:
    headings = text_set(clock.to_oslo(decision.sent_at or decision.saved_at).date()).headings
    return [
        Section(headings[part].in_language(decision.language), tuple(paragraphs(said)))
        for part in parts
        if (said := decision.parts.get(part.value, "")).strip()
    ]
