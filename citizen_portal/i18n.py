"""Languages: Bokmål, Nynorsk, English and Northern Sami. Message ids are English.

English needs no catalogue. Northern Sami covers navigation, login and some pages; elsewhere the page's content falls
back to Bokmål as a whole, and says so in its own `lang` (design §4 rule 11). Staff pages are in Bokmål and Nynorsk.
"""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Final

from babel import Locale
from babel.support import NullTranslations, Translations
from flask import Flask, g, request
from flask_babel import Babel, Domain, get_locale, refresh

LANGUAGES: Final = ("nb", "nn", "en", "se")
LANGUAGE_NAMES: Final = {"nb": "Bokmål", "nn": "Nynorsk", "en": "English", "se": "Davvisámegiella"}
COOKIE: Final = "language"
TRANSLATIONS: Final = Path(__file__).parent.parent / "translations"

CONTENT_IN_SAMI: Final = frozenset({"following", "held_forms", "identity", "installed", "push", "visits"})
"""Blueprints whose pages are whole in Northern Sami."""
FOR_STAFF: Final = frozenset(
    {
        *("access", "access_report", "archive", "keys", "my_data_staff", "representation_staff", "staff"),
        *("staff_accounts", "quarantine", "application_files_staff", "decisions_staff", "appeals_staff", "form_editor"),
    }
)
"""Blueprints whose pages only staff meet."""
STAFF_LANGUAGES: Final = frozenset({"nb", "nn"})


class PortalDomain(Domain):
    """The catalogue of a language, falling back to Bokmål for what Northern Sami lacks."""

    def get_translations(self) -> NullTranslations:
        """The catalogue of the language in use."""
        locale = get_locale()
        return load_catalogue(locale.language if locale else "en")


@cache
def load_catalogue(language: str) -> NullTranslations:
    """The compiled catalogue of a language; for English one that returns the message ids."""
    catalogue = Translations.load(TRANSLATIONS, [language])
    if language == "se":
        catalogue.add_fallback(Translations.load(TRANSLATIONS, ["nb"]))
    return catalogue


def choose_language() -> str:
    """The language of this request: chosen here, asked for by the browser, or the municipality's first."""
    offered = g.municipality.languages if "municipality" in g else LANGUAGES
    chosen = g.get("language") or request.cookies.get(COOKIE)
    if chosen in offered:
        return str(chosen)
    return _asked_for_by_browser(offered) or str(offered[0])


def _asked_for_by_browser(offered: Sequence[str]) -> str | None:
    aliases = {"no": "nb", "sme": "se"}
    for tag, _quality in request.accept_languages:
        language = tag.replace("_", "-").split("-")[0].lower()
        language = aliases.get(language, language)
        if language in offered:
            return language
    return None


def content_language() -> str:
    """The language in which this page's content can be had; the frame around it is always in the chosen one."""
    language = str(get_locale() or "nb")
    blueprint = request.blueprint or ""
    if blueprint in FOR_STAFF:
        return language if language in STAFF_LANGUAGES else "nb"
    if language == "se" and blueprint not in CONTENT_IN_SAMI:
        return "nb"
    return language


def use_language(language: str) -> str:
    """Go on in another language within this response; returns the empty string so that templates can call it."""
    g.language = language
    refresh()
    return ""


def current_locale() -> Locale:
    """The Babel locale in use; Bokmål outside requests."""
    return get_locale() or Locale("nb")


def init_app(app: Flask) -> None:
    """Set up translation for the application."""
    Babel(
        app,
        default_locale="nb",
        default_timezone="Europe/Oslo",
        default_translation_directories=str(TRANSLATIONS),
        locale_selector=choose_language,
        default_domain="messages",
    )
    app.extensions["babel"].instance.domain_instance = PortalDomain(str(TRANSLATIONS))
    app.context_processor(
        lambda: {
            "locale": str(current_locale()),
            "content_language": content_language(),
            "language_names": LANGUAGE_NAMES,
            "use_language": use_language,
        }
    )
