"""Where a notice goes is asked of the contact register when it is sent; the protected are never told electronically."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from citizen_portal import clock, db
from citizen_portal.identity.models import Person, Protection
from citizen_portal.identity.registers.errors import RegisterError, RegisterUnavailable
from citizen_portal.notifications import channels, service
from citizen_portal.notifications.delivery import WAITS_FOR_REGISTERS, send_notice
from citizen_portal.notifications.models import Notice, NoticeStatus, Obstacle, Occasion
from tests.identity.registers.fake_registers import FREG, KRR, Canned, FakeRegisters, error, freg_person
from tests.identity.registers.fixtures import KARI, freg, register_key, with_registers
from tests.notifications.test_delivery import Pigeon, pigeon

__all__ = ["freg", "pigeon", "register_key", "with_registers"]

PROTECTED = {"adressebeskyttelse": [{"graderingsnivaa": "fortrolig", "erGjeldende": True}]}


@pytest.fixture(autouse=True)
def _registers(with_registers: object) -> Iterator[None]:
    """Both registers are asked in these tests."""
    yield
    channels.use(None)


def in_krr(freg: FakeRegisters, age: timedelta = timedelta(days=1), **changes: Any) -> None:
    """Kari in the contact register, who gave her address some time ago."""
    said = (clock.now() - age).isoformat()
    freg.contacts[KARI] = {
        "personidentifikator": KARI,
        "reservasjon": "NEI",
        "status": "AKTIV",
        "varslingsstatus": "KAN_VARSLES",
        "kontaktinformasjon": {"epostadresse": "kari@register.example", "epostadresse_oppdatert": said},
        "spraak": "nn",
        **changes,
    }


def told(person: Person, age: timedelta = timedelta(0)) -> Notice:
    """A notice that was queued some time ago, after the job has run."""
    with clock.frozen(clock.now() - age), db.transaction() as session:
        notice = service.enqueue(session, Occasion.NEW_MESSAGE, person.id)
    send_notice(notice_id=str(notice.id), municipality_id=person.municipality_id)
    return last_notice()


def last_notice() -> Notice:
    """The newest notice as the database has it."""
    with db.read_only() as session:
        return session.scalars(select(Notice).order_by(Notice.id.desc()).limit(1)).one()


def change(person: Person, **values: Any) -> None:
    """Change what we know of somebody."""
    with db.transaction() as session:
        session.execute(update(Person).where(Person.id == person.id).values(values))


def test_kari_is_told_at_the_registers_address_in_the_registers_language(
    pigeon: Pigeon, kari: Person, freg: FakeRegisters
) -> None:
    in_krr(freg)
    change(kari, email="old@example.no", preferred_language="nb")
    notice = told(kari)
    assert pigeon.sent == [("kari@register.example", "Du har fått ei ny melding frå Ringebu kommune")]
    assert (notice.status, notice.contact_outcome) == (NoticeStatus.SENT, "usable")
    assert notice.contact_checked_at is not None
    with db.read_only() as session:
        assert session.get_one(Person, (kari.municipality_id, kari.id)).email == "old@example.no", "nothing is stored"


@pytest.mark.parametrize(
    ("changes", "obstacle"),
    [
        ({"reservasjon": "JA"}, Obstacle.RESERVED),
        ({"varslingsstatus": "KAN_IKKE_VARSLES"}, Obstacle.EXPIRED),
        ({"age": timedelta(days=560)}, Obstacle.EXPIRED),
        ({"status": "SLETTET"}, Obstacle.NO_ADDRESS),
        ({"kontaktinformasjon": {}}, Obstacle.NO_ADDRESS),
    ],
)
def test_a_notice_that_may_not_be_sent_says_why_and_a_letter_is_needed(
    pigeon: Pigeon, kari: Person, freg: FakeRegisters, changes: dict[str, Any], obstacle: Obstacle
) -> None:
    in_krr(freg, **changes)
    change(kari, email="old@example.no")
    notice = told(kari)
    assert (notice.status, notice.obstacle, notice.address) == (NoticeStatus.NOT_SENT, obstacle, None)
    assert notice.contact_outcome == obstacle.value
    assert pigeon.sent == []


@pytest.mark.parametrize("path", [KRR, FREG])
@pytest.mark.parametrize("answer", [error(503), error(403), Canned(body=b"junk")])
def test_a_register_that_is_away_is_waited_for_and_then_it_takes_a_letter(
    pigeon: Pigeon, kari: Person, freg: FakeRegisters, path: str, answer: Canned
) -> None:
    in_krr(freg)
    freg.answers[path] = answer
    with pytest.raises(RegisterError):
        told(kari)
    assert last_notice().status is NoticeStatus.QUEUED
    late = told(kari, age=WAITS_FOR_REGISTERS)
    assert (late.status, late.obstacle) == (NoticeStatus.NOT_SENT, Obstacle.REGISTER_UNAVAILABLE)
    assert (late.contact_outcome, pigeon.sent) == ("register_unavailable", [])


def test_a_notice_goes_out_when_the_register_is_back(pigeon: Pigeon, kari: Person, freg: FakeRegisters) -> None:
    in_krr(freg)
    freg.answers[KRR] = error(503)
    with pytest.raises(RegisterUnavailable):
        told(kari)
    freg.answers.clear()
    send_notice(notice_id=str(last_notice().id), municipality_id=kari.municipality_id)
    assert last_notice().status is NoticeStatus.SENT


@pytest.mark.parametrize("protection", [grade for grade in Protection if grade is not Protection.NONE])
def test_the_protected_are_never_told_electronically_and_never_asked_about(
    pigeon: Pigeon, kari: Person, freg: FakeRegisters, protection: Protection
) -> None:
    in_krr(freg)
    change(kari, protection=protection, register_checked_at=clock.now(), email="kari@example.no")
    notice = told(kari)
    assert (notice.obstacle, notice.contact_outcome) == (Obstacle.PROTECTED_ADDRESS, None)
    assert (pigeon.sent, freg.requests) == ([], [])


def test_who_became_protected_since_the_last_check_is_not_told(
    pigeon: Pigeon, kari: Person, freg: FakeRegisters
) -> None:
    in_krr(freg)
    freg.people[KARI] |= PROTECTED
    change(kari, register_checked_at=clock.now() - timedelta(hours=37))
    assert told(kari).obstacle is Obstacle.PROTECTED_ADDRESS
    assert (pigeon.sent, freg.count(KRR)) == ([], 0)


def test_who_was_asked_about_last_night_is_not_asked_about_again(
    pigeon: Pigeon, kari: Person, freg: FakeRegisters
) -> None:
    in_krr(freg)
    change(kari, register_checked_at=clock.now() - timedelta(hours=20), protection=Protection.NONE)
    assert told(kari).status is NoticeStatus.SENT
    assert freg.count(FREG) == 0


def test_the_dead_are_told_nothing(pigeon: Pigeon, kari: Person, freg: FakeRegisters) -> None:
    in_krr(freg)
    freg.people[KARI] = freg_person("Kari Moen", status=[{"status": "doed", "erGjeldende": True}])
    assert told(kari).obstacle is Obstacle.DECEASED
    assert pigeon.sent == []


def test_an_installation_that_sends_no_mail_says_so(kari: Person, freg: FakeRegisters) -> None:
    in_krr(freg)
    channels.use(None)
    assert told(kari).obstacle is Obstacle.NO_CHANNEL
