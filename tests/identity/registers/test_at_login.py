"""When a citizen logs in the population register is asked who she is, in good time, before the session begins."""

import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import select, text, update

from citizen_portal import clock, db, jobs
from citizen_portal.config import Settings
from citizen_portal.identity import queries, registers
from citizen_portal.identity.models import LoginSession, Person, Protection, Representation
from citizen_portal.identity.registers.refresh import refresh_person
from citizen_portal.tenancy.models import Municipality
from tests.conftest import as_new
from tests.identity.registers.fake_registers import FREG, TOKEN, Canned, FakeRegisters, error, freg_person
from tests.identity.registers.fixtures import KARI, OLA, register_settings
from tests.login import Browser, RunningProvider
from tests.reading import Page

OpenBrowser = Callable[..., Browser]
DEAD = {"doedsfall": [{"doedsdato": "2026-11-01", "erGjeldende": True}]}


@pytest.fixture
def trusting_app(
    _one_trusting_app: Flask, connected: None, provider: RunningProvider, freg: FakeRegisters, settings: Settings
) -> Iterator[Flask]:
    """The portal, with the demo's provider for logins and the registers of this test."""
    yield as_new(_one_trusting_app, provider.settings.model_copy(update=register_settings(freg, settings)))
    registers.use(None, None)


def person(number: str = KARI) -> Person | None:
    """Whom the municipality knows by the number."""
    with db.read_only() as session:
        return queries.person_by_national_id(session, number)


def sessions() -> int:
    """How many are logged in."""
    with db.read_only() as session:
        return len(session.scalars(select(LoginSession)).all())


def queued() -> list[str]:
    """The jobs that wait."""
    with db.read_only() as session:
        return list(session.scalars(text("SELECT task_name FROM procrastinate_jobs WHERE status = 'todo'")))


def test_karis_name_and_birth_date_are_the_registers(
    in_ringebu: Municipality, browser: OpenBrowser, freg: FakeRegisters
) -> None:
    freg.people[KARI] = freg_person("Kari Moen Lie", date(1978, 4, 12))
    assert browser().log_in("kari").location == "/min-side"
    kari = person()
    assert kari is not None
    assert (kari.name, kari.birth_date, kari.protection) == ("Kari Moen Lie", date(1978, 4, 12), Protection.NONE)
    assert kari.last_login_at is not None
    assert kari.register_checked_at is not None
    assert queued() == [refresh_person.name]


def test_her_children_are_there_as_soon_as_the_worker_has_asked(
    in_ringebu: Municipality, browser: OpenBrowser, freg: FakeRegisters, settings: Settings
) -> None:
    emma = "13527248013"
    freg.child(emma, "Emma Moen", date(2017, 5, 5), mother=KARI, father=OLA)
    browser().log_in("kari")
    jobs.run_worker(settings, until_idle=True)
    with db.read_only() as session:
        [row] = session.scalars(select(Representation)).all()
    kari, child = person(), person(emma)
    assert kari is not None
    assert child is not None
    assert (row.representative_id, row.principal_id) == (kari.id, child.id)


@pytest.mark.parametrize("path", [FREG, TOKEN])
@pytest.mark.parametrize("answer", [error(500), error(401), Canned(body=b"junk"), Canned(body=b"{}")])
def test_without_an_answer_a_newcomer_comes_in_but_counts_as_protected(
    in_ringebu: Municipality, browser: OpenBrowser, freg: FakeRegisters, path: str, answer: Canned
) -> None:
    freg.answers[path] = answer
    assert browser().log_in("kari").status_code == 303
    kari = person()
    assert kari is not None
    assert (kari.name, kari.protection, kari.register_checked_at) == ("Kari Moen", Protection.UNKNOWN, None)
    assert queued() == [refresh_person.name], "it is asked again soon"


def test_without_an_answer_who_was_checked_before_stays_as_she_was(
    in_ringebu: Municipality, browser: OpenBrowser, freg: FakeRegisters
) -> None:
    browser().log_in("kari")
    freg.answers[FREG] = error(503)
    browser().log_in("kari")
    kari = person()
    assert kari is not None
    assert kari.protection is Protection.NONE
    assert sessions() == 2


def test_a_register_that_sleeps_keeps_nobody_waiting_beyond_three_seconds(
    in_ringebu: Municipality, browser: OpenBrowser, freg: FakeRegisters
) -> None:
    freg.answers[FREG] = Canned(sleep=5)
    karis = browser()
    answer = karis.choose(karis.ask_to_log_in(), "kari")
    begun = time.monotonic()
    assert karis.return_to(answer).status_code == 303
    assert time.monotonic() - begun < 3


def test_nobody_logs_in_as_the_dead(in_ringebu: Municipality, browser: OpenBrowser, freg: FakeRegisters) -> None:
    freg.people[KARI] |= DEAD
    karis = browser()
    response = karis.log_in("kari")
    assert response.status_code == 403
    page = Page(response.text)
    assert page.h1 == "Du kan ikke logge inn som denne personen"
    assert page.all("//form[@id='provider-logout']"), "the browser can log out at the provider"
    assert sessions() == 0
    assert person() is None, "nobody is made known for nothing"


def test_a_death_that_is_known_holds_though_the_register_is_away(
    in_ringebu: Municipality, browser: OpenBrowser, freg: FakeRegisters
) -> None:
    browser().log_in("kari")
    freg.people[KARI] |= DEAD
    assert browser().log_in("kari").status_code == 403
    kari = person()
    assert kari is not None
    assert kari.death_date == date(2026, 11, 1)
    freg.answers[FREG] = error(500)
    assert browser().log_in("kari").status_code == 403
    assert sessions() == 1


def test_a_protected_person_logs_in_and_no_page_tells_that_she_is(
    in_ringebu: Municipality, browser: OpenBrowser, freg: FakeRegisters
) -> None:
    plain, hers = browser(), browser()
    plain.log_in("ola")
    freg.people[KARI] |= {"adressebeskyttelse": [{"graderingsnivaa": "strengtFortrolig", "erGjeldende": True}]}
    hers.log_in("kari")
    kari = person()
    assert kari is not None
    assert kari.protection is Protection.STRICTLY_CONFIDENTIAL
    pages = [one.portal.get("/min-side").text for one in (plain, hers)]
    assert "skjermet" not in pages[1].lower()
    assert [len(Page(page).all("//main//*")) for page in pages][0] == [
        len(Page(page).all("//main//*")) for page in pages
    ][1]


def test_without_registers_logins_are_as_before(
    in_ringebu: Municipality, browser: OpenBrowser, freg: FakeRegisters
) -> None:
    karis = browser()
    registers.use(None, None)
    karis.log_in("kari")
    kari = person()
    assert kari is not None
    assert (kari.protection, kari.register_checked_at) == (Protection.NONE, None)
    assert queued() == []
    assert freg.requests == []


def test_the_staff_door_asks_about_nobody(in_ringebu: Municipality, browser: OpenBrowser, freg: FakeRegisters) -> None:
    browser().log_in("siri", "/ansatt/logg-inn")
    assert freg.requests == []


def test_a_login_stands_when_her_last_check_is_old(
    in_ringebu: Municipality, browser: OpenBrowser, freg: FakeRegisters
) -> None:
    browser().log_in("kari")
    with db.transaction() as session:
        session.execute(update(Person).values(register_checked_at=clock.now() - timedelta(days=400)))
    freg.answers[FREG] = error(500)
    browser().log_in("kari")
    kari = person()
    assert kari is not None
    assert kari.protection is Protection.NONE
