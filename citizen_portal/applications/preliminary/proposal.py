"""The text of a preliminary reply as it is proposed: reckoned when it is asked for, not kept until changed."""

from datetime import date
from typing import Final

from babel.dates import format_date

from citizen_portal.applications.definitions import Text
from citizen_portal.applications.models import Application
from citizen_portal.applications.status import Status
from citizen_portal.tenancy.models import Unit

PRELIMINARY: Final = Text(nb="Foreløpig svar", nn="Førebels svar", en="Preliminary reply")
RECEIVED: Final = Text(
    nb="Vi mottok «{title}» {received}. Vi er ikke ferdige med saken ennå, og derfor får du dette foreløpige svaret.",
    nn="Vi fekk «{title}» {received}. Vi er ikkje ferdige med saka enno, og derfor får du dette førebelse svaret.",
    en="We received “{title}” on {received}. We are not done with the case yet; therefore you get this reply.",
)
IN_LINE: Final = Text(
    nb="Vi har ikke begynt på søknaden, fordi vi har flere saker som kom inn før din.",
    nn="Vi har ikkje byrja på søknaden, fordi vi har fleire saker som kom inn før di.",
    en="We have not begun on the application, because other cases came in before yours.",
)
CONSIDERED: Final = Text(
    nb="Vi trenger mer tid til å gå gjennom opplysningene i saken.",
    nn="Vi treng meir tid til å gå gjennom opplysningane i saka.",
    en="We need more time to go through what is known in the case.",
)
WAITS_FOR_CITIZEN: Final = Text(
    nb="Vi venter på det vi har bedt deg om å sende. Svarfristen vår står stille til vi har fått det.",
    nn="Vi ventar på det vi har bede deg om å sende. Svarfristen vår står stille til vi har fått det.",
    en="We wait for what we asked you to send. Our answer time stands still until we have it.",
)
WAITS_FOR_OTHERS: Final = Text(
    nb="Vi venter på opplysninger fra andre før vi kan svare.",
    nn="Vi ventar på opplysningar frå andre før vi kan svare.",
    en="We wait for information from others before we can answer.",
)
EXPECTED: Final = Text(
    nb="Vi regner med at du får svar innen {day}.",
    nn="Vi reknar med at du får svar innan {day}.",
    en="We expect that you get an answer by {day}.",
)
DATE: Final = Text(nb="[dato]", nn="[dato]", en="[date]")
"""What stands where a caseworker must say when the answer can be expected, because the promised day has passed."""
CONTACT: Final = Text(
    nb="Lurer du på noe, kan du skrive til oss på Min side eller ringe {unit} på {phone}.",
    nn="Lurer du på noko, kan du skrive til oss på Mi side eller ringje {unit} på {phone}.",
    en="If you wonder about something, write to us on My page or call {unit} on {phone}.",
)
CASEWORKER: Final = Text(nb="{name} har saken din.", nn="{name} har saka di.", en="{name} has your case.")
_REASONS: Final = {
    Status.RECEIVED: IN_LINE,
    Status.WAITING_FOR_CITIZEN: WAITS_FOR_CITIZEN,
    Status.WAITING_FOR_OTHERS: WAITS_FOR_OTHERS,
}


def proposal(application: Application, unit: Unit, language: str, today: date) -> str:
    """Why it takes longer, when the answer is expected, and whom to reach; in nb or nn."""

    def said(text: Text, **facts: str) -> str:
        return text.in_language(language).format(**facts)

    received, answer_by = application.received_date or today, application.answer_by_date
    expected = DATE.in_language(language)
    if answer_by is not None and answer_by > today:
        expected = format_date(answer_by, "long", locale=language)
    contact = said(CONTACT, unit=unit.name, phone=unit.phone)
    if application.assigned_name:
        contact = f"{said(CASEWORKER, name=application.assigned_name)} {contact}"
    title = application.definition.title.in_language(language)
    return "\n\n".join(
        (
            said(RECEIVED, title=title, received=format_date(received, "long", locale=language)),
            said(_REASONS.get(application.status, CONSIDERED)),
            said(EXPECTED, day=expected),
            contact,
        )
    )


def lacks_date(text: str) -> bool:
    """Whether a caseworker must still say when the answer can be expected."""
    return any(mark in text for mark in (DATE.nb, DATE.nn, DATE.en))
