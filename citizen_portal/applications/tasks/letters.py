"""What the journal keeps of a task: our letter, and the citizen's answer."""

from collections.abc import Sequence
from datetime import date
from typing import Final

from babel.dates import format_date

from citizen_portal.applications.correspondence import Letter
from citizen_portal.applications.definitions import Text
from citizen_portal.applications.tasks.models import Slot
from citizen_portal.documents import Section

REQUEST: Final = Text(nb="Forespørsel om opplysninger", nn="Førespurnad om opplysningar", en="Request for information")
ANSWER: Final = Text(
    nb="Svar på forespørsel om opplysninger",
    nn="Svar på førespurnad om opplysningar",
    en="Answer to a request for information",
)
ADDITION: Final = Text(nb="Tillegg til søknaden", nn="Tillegg til søknaden", en="Addition to the application")
ASKED: Final = Text(nb="Vi ber om", nn="Vi ber om", en="We ask for")
DUE: Final = Text(nb="Frist", nn="Frist", en="Deadline")
MUST_BE_SENT: Final = Text(nb="Må sendes", nn="Må sendast", en="Must be sent")
MAY_BE_SENT: Final = Text(nb="Kan sendes", nn="Kan sendast", en="Can be sent")
HOW: Final = Text(
    nb="Svar på Min side. Svarfristen vår står stille til vi har fått svar fra deg.",
    nn="Svar på Mi side. Svarfristen vår står stille til vi har fått svar frå deg.",
    en="Answer on My page. Our answer time stands still until you have answered.",
)
HAS_NOTHING: Final = Text(
    nb="Avsenderen har ikke det vi ba om.",
    nn="Avsendaren har ikkje det vi bad om.",
    en="The sender does not have what we asked for.",
)
ENCLOSED: Final = Text(nb="Sendt med", nn="Sendt med", en="Enclosed")


def request(language: str, title: str, text: str, slots: Sequence[Slot], due_date: date) -> Letter:
    """What we ask for and by when."""
    required = "\n".join(slot.name for slot in slots if slot.is_required)
    optional = "\n".join(slot.name for slot in slots if not slot.is_required)
    fields = [
        (ASKED.in_language(language), title),
        (MUST_BE_SENT.in_language(language), required),
        (MAY_BE_SENT.in_language(language), optional),
        (DUE.in_language(language), format_date(due_date, "full", locale=language)),
    ]
    return Letter(
        REQUEST,
        (
            Section(heading="", paragraphs=_paragraphs(text)),
            Section(heading="", fields=tuple(field for field in fields if field[1])),
            Section(heading="", paragraphs=(HOW.in_language(language),)),
        ),
    )


def answer(language: str, title: str, text: str, *, has_nothing: bool, filenames: Sequence[str]) -> Letter:
    """What the citizen answers."""
    said = (HAS_NOTHING.in_language(language), *_paragraphs(text)) if has_nothing else _paragraphs(text)
    return Letter(
        ANSWER,
        (
            Section(heading="", fields=((ASKED.in_language(language), title),)),
            Section(heading="", paragraphs=said, fields=_enclosed(language, filenames)),
        ),
    )


def addition(language: str, text: str, filenames: Sequence[str]) -> Letter:
    """What the citizen adds without being asked."""
    return Letter(ADDITION, (Section(heading="", paragraphs=_paragraphs(text), fields=_enclosed(language, filenames)),))


def _paragraphs(text: str) -> tuple[str, ...]:
    return tuple(paragraph for paragraph in text.split("\n\n") if paragraph.strip())


def _enclosed(language: str, filenames: Sequence[str]) -> tuple[tuple[str, str], ...]:
    return ((ENCLOSED.in_language(language), "\n".join(filenames)),) if filenames else ()
