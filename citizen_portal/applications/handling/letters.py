"""The letter that tells a citizen who has her application now."""

from typing import Final

from citizen_portal.applications.correspondence import Letter
from citizen_portal.applications.definitions import Text
from citizen_portal.applications.models import Application
from citizen_portal.documents import Language, Section

FORWARDED: Final = Text(nb="Søknaden er sendt videre", nn="Søknaden er send vidare", en="The application is sent on")
TOLD: Final = Text(
    nb="Vi har sendt søknaden din, «{title}», videre til {to}, som avgjør den.",
    nn="Vi har sendt søknaden din, «{title}», vidare til {to}, som avgjer han.",
    en="We have sent your application, “{title}”, on to {to}, who decides it.",
)
REACHED: Final = Text(nb="Slik får du kontakt: {contact}", nn="Slik får du kontakt: {contact}", en="Contact: {contact}")


def forwarding(application: Application, language: Language, *, to: str, contact: str, why: str) -> Letter:
    """That another body decides the application, why, and how to reach it."""
    told = TOLD.in_language(language).format(title=application.definition.title.in_language(language), to=to)
    reached = REACHED.in_language(language).format(contact=contact)
    return Letter(FORWARDED, (Section(heading="", paragraphs=(told, why, reached)),))
