"""What happens at the housing office and in the schools: loans that two must decide, and a place for Emma."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final

from sqlalchemy.orm import Session

from citizen_portal import clock
from citizen_portal.applications import service as applications
from citizen_portal.applications.decisions.terms import Outcome, Part
from citizen_portal.applications.models import Application
from citizen_portal.applications.signatures import service as signatures
from citizen_portal.auth.actor import Citizen, Staff, System
from citizen_portal.db import transaction
from citizen_portal.demo.people import DemoPerson
from citizen_portal.demo.registers.population import families
from citizen_portal.demo.seed import decisions
from citizen_portal.demo.seed.stories import fill_in, send
from citizen_portal.demo.seed.timeline import Story, any_hour, office_hours
from citizen_portal.identity.models import Area, Basis, Person, Protection
from citizen_portal.identity.registers.freg_person import SOURCE
from citizen_portal.identity.registers.representations import RELATION_OF_CHILD
from citizen_portal.identity.service import register_person, register_representation

LOAN: Final = "startlan"
AFTER_SCHOOL: Final = "sfo"
_LOAN_GRANTED: Final[Mapping[Part, str]] = {
    Part.DECIDED: "Du får startlån på 2 100 000 kroner til å kjøpe bolig. Tilsagnet gjelder i seks måneder.",
    Part.FACTS: "Du leier en leilighet med to rom for deg og to barn. Leiekontrakten går ut til sommeren.",
    Part.REASONS: "Du kan betjene lånet, og du får ikke lån i en vanlig bank. Boligen gir barna et varig hjem.",
    Part.CONDITIONS: "Vi må godkjenne boligen før du legger inn bud.",
}
_LOAN_PARTLY: Final[Mapping[Part, str]] = {
    Part.DECIDED: "Du får startlån på 1 400 000 kroner. Du får ikke de 1 900 000 kronene du søkte om.",
    Part.FACTS: "Du har fast lønn og et billån. Banken har sagt nei.",
    Part.REASONS: "Med et større lån ville du ikke hatt nok å leve av når de andre utgiftene er betalt.",
}
_PLACE_GRANTED: Final[Mapping[Part, str]] = {
    Part.DECIDED: "Emma får hel plass i SFO ved Ringebu skule fra den dagen du søkte om.",
    Part.FACTS: "Emma går på fjerde trinn ved Ringebu skule.",
}


def loan(citizen: Citizen, person: Person, start: datetime, randomness: Random) -> Story:
    """Somebody asks for a loan that nobody has looked at yet."""
    yield any_hour(start, randomness)
    send(citizen, _about_loan(person, together="no"), LOAN)


def loan_that_waits_for_approval(
    citizen: Citizen, person: Person, caseworker: Staff, start: datetime, randomness: Random
) -> Story:
    """Henrik would grant it, and Solveig must approve that first."""
    yield any_hour(start, randomness)
    sent = send(citizen, _about_loan(person, together="no"), LOAN)
    yield office_hours(start + timedelta(days=1), randomness)
    _pick_up(caseworker, sent)
    yield office_hours(start + timedelta(days=3), randomness)
    decisions.ask_for_approval(caseworker, sent, Outcome.GRANTED, _LOAN_GRANTED)


def loan_that_two_decided(
    citizen: Citizen, person: Person, caseworker: Staff, manager: Staff, start: datetime, randomness: Random
) -> Story:
    """It was granted in part, approved and sent, and the citizen has read it."""
    yield any_hour(start, randomness)
    sent = send(citizen, _about_loan(person, together="no"), LOAN)
    yield office_hours(start + timedelta(days=1), randomness)
    _pick_up(caseworker, sent)
    decided = office_hours(start + timedelta(days=9), randomness)
    yield decided
    decisions.ask_for_approval(caseworker, sent, Outcome.PARTLY_GRANTED, _LOAN_PARTLY)
    decisions.approve(manager, caseworker, sent)
    yield any_hour(decided + timedelta(days=1), randomness)
    decisions.read(citizen, sent)


def loan_that_two_must_sign(citizen: Citizen, person: Person, other: DemoPerson, at: datetime) -> Story:
    """Kari has filled in for the two of them, and Per has not signed yet."""
    yield at
    with transaction() as session:
        made = fill_in(session, citizen, _about_loan(person, together="yes"), LOAN)
        number, name = other.national_id, other.family_name
        signatures.ask_by_number(session, citizen, made.id, made.revision, number, name)


def place_after_school(
    citizen: Citizen, parents: tuple[Person, Person], caseworker: Staff, start: datetime, randomness: Random
) -> Story:
    """The register tells that Emma is Kari's and Per's; Kari asks for a place for her and gets it."""
    yield any_hour(start, randomness)
    with transaction() as session:
        child = _register_child(session, parents)
    sent = send(citizen, _about_place(parents[0], child), AFTER_SCHOOL)
    yield office_hours(start + timedelta(days=2), randomness)
    _pick_up(caseworker, sent)
    decided = office_hours(start + timedelta(days=6), randomness)
    yield decided
    decisions.decide(caseworker, sent, Outcome.GRANTED, _PLACE_GRANTED)
    yield any_hour(decided + timedelta(days=1), randomness)
    decisions.read(citizen, sent)


def _register_child(session: Session, parents: tuple[Person, Person]) -> Person:
    """As the population register tells of her: both have parental responsibility."""
    born = families().child
    child = register_person(session, national_id=born.national_id, name=born.name, birth_date=born.birth_date)
    child.protection, child.register_checked_at = Protection.NONE, clock.now()
    for parent in parents:
        made = register_representation(
            session,
            System(child.municipality_id, SOURCE),
            principal=child,
            representative=parent,
            basis=Basis.PARENTAL_RESPONSIBILITY,
            areas=frozenset(Area),
            relation=RELATION_OF_CHILD,
        )
        made.confirmed_at = clock.now()
    return child


def _pick_up(caseworker: Staff, sent: Application) -> None:
    with transaction() as session:
        applications.pick_up(session, caseworker, sent.id)


def _about_loan(person: Person, *, together: str) -> list[dict[str, Any]]:
    return [
        {"together": together, "children": "2"},
        {"purpose": "buy", "lives_in": "rented", "situation": "Leiekontrakten går ut til sommeren, og det er trangt."},
        {"incomes-0": "1", "incomes-0-kind": "wages", "incomes-0-amount": "45 000", "savings": "60 000"},
        {"debts-0": "1", "debts-0-kind": "Billån", "debts-0-remaining": "90 000", "debts-0-monthly": "2 400",
         "bank": "refused"},
        {"contact_phone": person.phone, "declaration": "yes"},
    ]  # fmt: skip


def _about_place(person: Person, child: Person) -> list[dict[str, Any]]:
    start = clock.today() + timedelta(days=30)
    return [
        {"child": str(child.id), "school": "Ringebu skule", "year": "year_4"},
        {"start_date": f"{start:%d.%m.%Y}", "size": "full"},
        {"special_needs": "no"},
        {"contact_phone": person.phone, "declaration": "yes"},
    ]
