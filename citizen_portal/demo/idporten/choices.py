"""Whom a visitor of the demo provider can be, and how strongly they log in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from citizen_portal.demo.idporten.config import DemoClient, ProviderConfig
from citizen_portal.demo.people import DemoPerson

LEVELS: Mapping[str, str] = MappingProxyType(
    {"idporten-loa-substantial": "Betydelig (som MinID)", "idporten-loa-high": "Høyt (som BankID)"}
)
_RANK = tuple(LEVELS)
_MOST_SHOWN = 12


@dataclass(frozen=True, slots=True)
class Choice:
    """Somebody to be. `about` says who they are in the demo."""

    key: str
    name: str
    about: str
    number: str | None


def named(config: ProviderConfig, client: DemoClient) -> list[Choice]:
    """The people of the story."""
    if client.kind == "staff":
        return [Choice(member.key, member.person.name, member.title, None) for member in config.staff]
    return [_choice(person) for person in config.citizens if person.role]


def others(config: ProviderConfig, client: DemoClient, text: str) -> list[Choice]:
    """The first dozen other citizens whose name, number or birth year has `text` in it."""
    if client.kind == "staff":
        return []
    wanted = text.casefold()
    choices = (_choice(person) for person in config.citizens if not person.role)
    found = [choice for choice in choices if wanted in f"{choice.name} {choice.about} {choice.number}".casefold()]
    return found[:_MOST_SHOWN]


def find(config: ProviderConfig, client: DemoClient, key: str) -> Choice | None:
    """The choice with that key, among those that this client may have."""
    if client.kind == "staff":
        return next((choice for choice in named(config, client) if choice.key == key), None)
    return next((_choice(person) for person in config.citizens if person.key == key), None)


def levels(acr_values: str | None) -> list[tuple[str, str, bool]]:
    """Every level as (acr, label, whether it is at least what was asked for)."""
    return [(acr, label, is_enough(acr, acr_values)) for acr, label in LEVELS.items()]


def usual_level() -> str:
    """The level chosen beforehand: the highest, because most people log in with BankID whatever is asked for."""
    return _RANK[-1]


def is_enough(acr: str, acr_values: str | None) -> bool:
    """Whether a login at `acr` answers a request for `acr_values`."""
    asked = _asked(acr_values)
    return _RANK.index(acr) >= (min(_RANK.index(level) for level in asked) if asked else 0)


def _asked(acr_values: str | None) -> Sequence[str]:
    return [acr for acr in (acr_values or "").split() if acr in LEVELS]


def _choice(person: DemoPerson) -> Choice:
    about = person.role or f"Født {person.birth_date.year}"
    return Choice(person.key, person.name, about, person.national_id)
