"""What notices say: that something waits and where to read it, never what (design §4 rule 10).

There is no link either: who gets used to logging in from links in messages is easy to deceive.
"""

from dataclasses import dataclass

from citizen_portal.i18n import LANGUAGES, load_catalogue
from citizen_portal.notifications.models import Occasion


@dataclass(frozen=True, slots=True)
class NoticeText:
    """A subject line and the text below it, without line breaks within paragraphs."""

    subject: str
    body: str


def notice_text(occasion: Occasion, language: str, municipality: str) -> NoticeText:
    """The text of a notice in one of LANGUAGES; in Bokmål for any other. `municipality` is its name."""
    gettext = load_catalogue(language if language in LANGUAGES else "nb").gettext
    match occasion:
        case Occasion.NEW_MESSAGE:
            subject = gettext("You have a new message from %(municipality)s")
        case Occasion.APPLICATION_RECEIVED:
            subject = gettext("%(municipality)s has received what you sent")
        case Occasion.APPLICATION_CHANGED:
            subject = gettext("There is news for you from %(municipality)s")
        case Occasion.REPRESENTATION_CHANGED:
            subject = gettext("Something has changed on your page at %(municipality)s")
        case Occasion.MY_DATA_READY:
            subject = gettext("What you asked for is ready at %(municipality)s")
        case Occasion.DATA_REQUEST_ANSWERED:
            subject = gettext("%(municipality)s has answered you")
    where = gettext("Log in to your page at %(municipality)s to read it.")
    warning = gettext("We never send links to log in with. This message cannot be replied to.")
    body = f"{where}\n\n{warning}\n\n%(municipality)s\n"
    name = {"municipality": municipality}
    return NoticeText(subject % name, f"{subject}.\n\n{body}" % name)
