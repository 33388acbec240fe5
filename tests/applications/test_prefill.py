"""What the registers know stands in Kari's form before she types, and she is shown where to have it corrected."""

from datetime import date
from typing import Any

import pytest
import yaml
from sqlalchemy import func, select, update

from citizen_portal import clock, db
from citizen_portal.applications import service
from citizen_portal.applications.definitions import FOLDER, AddressField, Definition, Source, WrittenField
from citizen_portal.applications.models import Application
from citizen_portal.applications.prefill import Origin, Prefilled, prefilled
from citizen_portal.auth.actor import Citizen
from citizen_portal.identity import service as identity
from citizen_portal.identity.models import Area, Basis, Person, Protection
from tests.applications.conftest import archive
from tests.conftest import ActorFor
from tests.identity.registers.fake_registers import FREG, KRR, FakeRegisters, error
from tests.identity.registers.fixtures import KARI, freg, register_key, with_registers

__all__ = ["archive", "freg", "register_key", "with_registers"]

FREG_CHANGES = "https://www.skatteetaten.no/person/folkeregister/endre/"
FREG_MOVES = "https://www.skatteetaten.no/person/folkeregister/flytte/"
OWN_PROFILE = "https://minprofil.kontaktregisteret.no/"


def _field(name: str, kind: str, source: str) -> dict[str, Any]:
    return {"name": name, "type": kind, "label": {"nb": name, "nn": name, "en": name}, "prefill": source}


def _asks_for_all() -> Definition:
    whole = yaml.safe_load((FOLDER / "trygghetsalarm.yaml").read_text("utf-8"))
    fields = [
        _field("name", "text", "name"),
        _field("born", "date", "birth_date"),
        _field("home", "address", "address"),
        _field("phone", "phone", "phone"),
        _field("email", "email", "email"),
    ]
    whole["steps"] = [{"id": "you", "title": {"nb": "Deg", "nn": "Deg", "en": "You"}, "fields": fields}]
    whole["journal"]["concerns"] = None
    return Definition.model_validate(whole)


FIELDS = [field for field in _asks_for_all().fields if isinstance(field, WrittenField | AddressField)]


@pytest.fixture
def kari_acts(actor_for: ActorFor, kari: Person) -> Citizen:
    """Kari, logged in; the register has answered about her."""
    with db.transaction() as session:
        known = {"register_checked_at": clock.now(), "protection": Protection.NONE, "birth_date": date(1978, 4, 13)}
        session.execute(update(Person).where(Person.id == kari.id).values(known))
    actor = actor_for(kari)
    assert isinstance(actor, Citizen)
    return actor


@pytest.fixture
def draft(archive: None, kari_acts: Citizen) -> Application:
    """What Kari has just started."""
    with db.transaction() as session:
        return service.start_draft(session, kari_acts, "trygghetsalarm", "nb")


@pytest.fixture
def in_contact_register(freg: FakeRegisters) -> FakeRegisters:
    """The registers, where Kari can be reached."""
    today = f"{clock.today().isoformat()}T08:00:00+02:00"
    freg.contacts[KARI] = {
        "personidentifikator": KARI,
        "reservasjon": "NEI",
        "status": "AKTIV",
        "varslingsstatus": "KAN_VARSLES",
        "kontaktinformasjon": {
            "epostadresse": "kari@example.no", "epostadresse_oppdatert": today,
            "mobiltelefonnummer": "+4790000000", "mobiltelefonnummer_oppdatert": today,
        },
    }  # fmt: skip
    return freg


def test_everything_that_is_known_stands_there_with_its_register(
    with_registers: object, in_contact_register: FakeRegisters, kari_acts: Citizen, draft: Application
) -> None:
    known = prefilled(kari_acts, draft, FIELDS)
    assert {name: one.answer for name, one in known.items()} == {
        "name": "Kari Moen",
        "born": "13.04.1978",
        "home": {"street": "Testveien 1B", "postal_code": "2630", "city": "RINGEBU"},
        "phone": "+4790000000",
        "email": "kari@example.no",
    }
    assert {name for name, one in known.items() if one.origin is Origin.CONTACT} == {"phone", "email"}


@pytest.mark.parametrize(
    ("source", "where"),
    [
        (Source.NAME, FREG_CHANGES),
        (Source.BIRTH_DATE, FREG_CHANGES),
        (Source.ADDRESS, FREG_MOVES),
        (Source.PHONE, OWN_PROFILE),
        (Source.EMAIL, OWN_PROFILE),
    ],
)
def test_what_is_wrong_is_corrected_where_the_register_is_kept(source: Source, where: str) -> None:
    assert Prefilled("x", source).corrected_at == where


def test_what_kari_has_saved_is_not_asked_for_again(
    with_registers: object, in_contact_register: FakeRegisters, kari_acts: Citizen, draft: Application
) -> None:
    draft.answers = {field.name: "" for field in FIELDS}
    before = len(in_contact_register.requests)
    assert prefilled(kari_acts, draft, FIELDS) == {}
    assert len(in_contact_register.requests) == before


@pytest.mark.parametrize("away", [FREG, KRR])
def test_a_register_that_is_away_leaves_its_fields_empty(
    with_registers: object, in_contact_register: FakeRegisters, kari_acts: Citizen, draft: Application, away: str
) -> None:
    in_contact_register.answers[away] = error(503)
    left = {FREG: {"name", "born", "phone", "email"}, KRR: {"name", "born", "home"}}
    assert set(prefilled(kari_acts, draft, FIELDS)) == left[away]


def test_without_registers_only_what_we_know_stands_there(kari_acts: Citizen, draft: Application) -> None:
    assert set(prefilled(kari_acts, draft, FIELDS)) == {"name", "born"}


def test_whoever_fills_in_for_kari_gets_her_name_and_nothing_that_leads_to_her(
    with_registers: object,
    in_contact_register: FakeRegisters,
    draft: Application,
    kari: Person,
    ola: Person,
    actor_for: ActorFor,
) -> None:
    with db.transaction() as session:
        identity.register_representation(
            session,
            actor_for(kari),
            principal=session.merge(kari),
            representative=session.merge(ola),
            basis=Basis.NEXT_OF_KIN,
            areas=[Area.HEALTH],
        )
    actor = actor_for(ola)
    assert isinstance(actor, Citizen)
    assert set(prefilled(actor, draft, FIELDS)) == {"name"}
    assert in_contact_register.count(KRR) == in_contact_register.count(FREG) == 0


def test_nothing_of_it_is_kept(
    with_registers: object, in_contact_register: FakeRegisters, kari_acts: Citizen, draft: Application
) -> None:
    prefilled(kari_acts, draft, FIELDS)
    with db.read_only() as session:
        kept = select(func.count()).select_from(Application).where(Application.answers != {})
        assert session.scalar(kept) == 0
