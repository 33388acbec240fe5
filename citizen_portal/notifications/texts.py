"""What notices say: that something waits and where to read it, never what (design §4 rule 10).

There is no link either: who gets used to logging in from links in messages is easy to deceive.
"""

from dataclasses import dataclass
from typing import Final

from citizen_portal.i18n import LANGUAGES, load_catalogue
from citizen_portal.notifications.models import Occasion


def N_(text: str) -> str:  # noqa: N802  the name by which Babel knows a text that is translated later
    """The text itself."""
    return text


_SUBJECTS: Final = {
    Occasion.NEW_MESSAGE: N_("You have a new message from %(municipality)s"),
    Occasion.APPLICATION_RECEIVED: N_("%(municipality)s has received what you sent"),
    Occasion.APPLICATION_CHANGED: N_("There is news for you from %(municipality)s"),
    Occasion.REPRESENTATION_CHANGED: N_("Something has changed on your page at %(municipality)s"),
    Occasion.MY_DATA_READY: N_("What you asked for is ready at %(municipality)s"),
    Occasion.DATA_REQUEST_ANSWERED: N_("%(municipality)s has answered you"),
    Occasion.TASK_GIVEN: N_("%(municipality)s needs something from you"),
    Occasion.TASK_DUE: N_("%(municipality)s still waits for something from you"),
    Occasion.DECISION_SENT: N_("There is a letter for you from %(municipality)s"),
    Occasion.SIGNATURE_ASKED: N_("Somebody asks you for something at %(municipality)s"),
    Occasion.DRAFT_ENDING: N_("Something that you began at %(municipality)s will soon be deleted"),
    Occasion.VISIT_CHANGE_ANSWERED: N_("%(municipality)s has an answer for you"),
    Occasion.FOLLOWED_CONCERN: N_("There is something to read about somebody you follow at %(municipality)s"),
    Occasion.FOLLOWED_SETTLED: N_("What we told you about has come right, says %(municipality)s"),
    Occasion.FOLLOWED_PARTLY_SETTLED: N_(
        "Some of what we told you about has come right, but not all, says %(municipality)s"
    ),
    Occasion.FOLLOWED_UPDATE: N_("An update from %(municipality)s about somebody you follow"),
}


@dataclass(frozen=True, slots=True)
class NoticeText:
    """A subject line and the text below it, without line breaks within paragraphs."""

    subject: str
    body: str


def notice_text(occasion: Occasion, language: str, municipality: str) -> NoticeText:
    """The text of a notice in one of LANGUAGES; in Bokmål for any other. `municipality` is its name."""
    gettext = load_catalogue(language if language in LANGUAGES else "nb").gettext
    subject = gettext(_SUBJECTS[occasion])
    where = gettext("Log in to your page at %(municipality)s to read it.")
    warning = gettext("We never send links to log in with. This message cannot be replied to.")
    body = f"{where}\n\n{warning}\n\n%(municipality)s\n"
    name = {"municipality": municipality}
    return NoticeText(subject % name, f"{subject}.\n\n{body}" % name)
