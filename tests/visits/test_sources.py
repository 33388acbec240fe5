"""IT sees how the sources are doing, and why something was refused; of whom it was about, nothing."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select

from citizen_portal import clock, db
from citizen_portal.auth.actor import Role
from citizen_portal.identity.models import Person, StaffMember
from citizen_portal.tenancy.models import Municipality
from citizen_portal.visits.deviations.watch import watch
from citizen_portal.visits.fhir.profile import LIMITS
from citizen_portal.visits.sources import service
from citizen_portal.visits.sources.models import MOST_REASONS, Rejection, SourceDay
from tests.conftest import give_roles
from tests.reading import StrictClient
from tests.visits.record import CareRecord, appointment, at, encounter

ClientFor = Callable[..., StrictClient]
PAGE = "/ansatt/kilder"


@pytest.fixture
def its_browser(client_for: ClientFor, siri: StaffMember) -> StrictClient:
    """The browser of somebody who looks after the sources."""
    give_roles(siri, Role.SYSTEM_OWNER)
    return client_for(siri)


def _rejections() -> list[Rejection]:
    with db.read_only() as session:
        return list(
            session.scalars(select(Rejection).order_by(Rejection.last_at, Rejection.code, Rejection.expression))
        )


def test_it_sees_when_the_source_was_last_heard_from_and_how_late_it_is(
    its_browser: StrictClient, care_record: CareRecord, borghild: Person
) -> None:
    number = borghild.national_id
    with clock.frozen(at("09:00")):
        care_record.must_push(
            appointment("1", number, at("08:00"), at("09:00")),
            encounter("1", number, at("08:12"), at("08:50")),
            encounter("2", number, at("08:12"), at("08:30")),
            encounter("old", number, at("08:12") - timedelta(days=9), at("08:30") - timedelta(days=9)),
            appointment("held", "21879498012", at("13:00"), at("14:00")),
        )
        care_record.send(b"{")
    with clock.frozen(at("09:30")):
        page = its_browser.page(PAGE)
    assert page.h1 == "Kilder til besøk"
    for words in ("care-record", "I dag 09:00", "20 min i snitt", "30 min på det meste"):
        assert words in page.text
    counts = {
        label: page.all(f"//td[@data-label='{label}']/text()") for label in ("Meldinger", "Holdt tilbake", "Avvist")
    }
    assert counts == {"Meldinger": ["5"], "Holdt tilbake": ["1"], "Avvist": ["1"]}
    assert "1 besøk er holdt tilbake" in page.text
    assert "er taus" not in page.text


def test_a_source_that_says_nothing_for_too_long_raises_the_alarm(
    its_browser: StrictClient, care_record: CareRecord
) -> None:
    assert "Ingen systemer har sendt besøk ennå." in its_browser.page(PAGE).text
    with clock.frozen(clock.now() - timedelta(minutes=60)):
        care_record.must_push()
    assert "er taus" not in its_browser.page(PAGE).text
    with clock.frozen(clock.now() + timedelta(seconds=1)):
        page = its_browser.page(PAGE)
    assert "care-record er taus" in page.text
    assert "Det siste vi tok imot, kom i dag 11:00." in page.text


@pytest.mark.parametrize(("own_limit", "is_silent_after"), [(30, 30), (90, 90), (None, 60)])
def test_the_alarm_is_raised_when_the_unit_says_that_a_source_is_silent(
    its_browser: StrictClient,
    care_record: CareRecord,
    borghild: Person,
    unit_works_by: Callable[..., None],
    own_limit: int | None,
    is_silent_after: int,
) -> None:
    if own_limit is not None:
        unit_works_by(silent_after_minutes=own_limit)
    unit = {"actor": {"type": "Organization", "display": "Hjemmetjenesten"}, "status": "accepted"}
    plan = appointment("1", borghild.national_id, at("13:00"), at("14:00"))
    plan["participant"].append(unit)
    with clock.frozen(clock.now() - timedelta(minutes=is_silent_after)):
        care_record.must_push(plan)
    assert "er taus" not in its_browser.page(PAGE).text
    with clock.frozen(clock.now() + timedelta(seconds=1)):
        assert "care-record er taus" in its_browser.page(PAGE).text


def test_a_limit_of_a_unit_that_the_source_tells_nothing_of_says_nothing(
    its_browser: StrictClient, care_record: CareRecord, borghild: Person, unit_works_by: Callable[..., None]
) -> None:
    unit_works_by(silent_after_minutes=10)
    with clock.frozen(clock.now() - timedelta(minutes=60)):
        care_record.must_push(appointment("1", borghild.national_id, at("13:00"), at("14:00")))
    assert "er taus" not in its_browser.page(PAGE).text


def test_a_source_whose_every_push_is_refused_stands_there_too(
    its_browser: StrictClient, care_record: CareRecord
) -> None:
    care_record.send(b"{")
    page = its_browser.page(PAGE)
    assert "care-record er taus" in page.text
    assert "Vi har aldri tatt imot noe fra det." in page.text
    assert "The body is not JSON: line 1, column 2." in page.text


def test_reasons_are_counted_and_hold_nothing_of_anybody(
    its_browser: StrictClient, care_record: CareRecord, borghild: Person
) -> None:
    bad = [appointment(str(n), borghild.national_id, at("13:00"), at("14:00"), status="nonsense") for n in range(3)]
    care_record.push(*bad)
    with clock.frozen(at("12:30")):
        care_record.put(bad[0])
        care_record.push(
            appointment("1", "12345678901", at("13:00"), at("14:00")),
            appointment("2", borghild.national_id, at("13:00"), at("14:00"), jonasBerg="x"),
        )
    found = {(r.code, r.expression): (r.occurrences, r.first_at, r.last_at) for r in _rejections()}
    noon, later = at("12:00"), at("12:30")
    assert found == {
        ("code-invalid", "Bundle.entry.resource.status"): (3, noon, noon),
        ("code-invalid", "Appointment.status"): (1, later, later),
        ("structure", "Bundle.entry.resource"): (1, later, later),
        ("value", "Bundle.entry.resource.participant.actor.identifier.value"): (1, later, later),
    }
    care_record.push(*bad)
    assert next(r for r in _rejections() if r.occurrences == 6)
    page = its_browser.page(PAGE)
    assert "The status must be one of" in page.text
    for secret in ("12345678901", borghild.national_id, "jonasBerg"):
        assert secret not in page.text


def test_a_refused_search_and_a_body_too_large(care_record: CareRecord) -> None:
    care_record.search("Appointment", "patient=1")
    assert _rejections() == []
    care_record.send(b" " * (LIMITS.body_bytes + 1))
    assert [(r.code, r.expression) for r in _rejections()] == [("too-long", "")]


def test_a_source_that_goes_wild_does_not_fill_the_table(
    care_record: CareRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert MOST_REASONS == 200
    monkeypatch.setattr(service, "MOST_REASONS", 3)
    for minute in range(5):
        with clock.frozen(at(f"12:0{minute}")):
            care_record.send(b"\n" * minute + b"{")
    assert [r.last_at for r in _rejections()] == [at("12:02"), at("12:03"), at("12:04")]


def test_days_are_counted_one_by_one(care_record: CareRecord, borghild: Person) -> None:
    care_record.must_push(appointment("1", borghild.national_id, at("13:00"), at("14:00")))
    with clock.frozen(at("23:59") + timedelta(minutes=2)):
        care_record.must_push()
        care_record.must_push()
    with db.read_only() as session:
        days = list(session.scalars(select(SourceDay).order_by(SourceDay.day)))
    assert [(day.pushes, day.reports) for day in days] == [(1, 1), (2, 0)]


def test_the_page_is_for_those_who_look_after_the_sources(
    client_for: ClientFor, jonas: StaffMember, its_browser: StrictClient, statements: list[str]
) -> None:
    client_for(jonas).page(PAGE, status=403)
    its_browser.page(PAGE)
    statements.clear()
    page = its_browser.page(PAGE)
    assert len(statements) <= 6, statements
    assert page.links["Kilder til besøk"] == PAGE


def test_the_neighbours_sources_are_not_seen(
    its_browser: StrictClient, care_record: CareRecord, nord_fron: Municipality
) -> None:
    care_record.client.base_url = "http://nord-fron.localhost"
    care_record.organisation_number = nord_fron.organisation_number
    care_record.must_push()
    care_record.send(b"{")
    page = its_browser.page(PAGE)
    assert "care-record" not in page.text
    assert "Ingenting er avvist" in page.text


def test_names_are_let_be_shown_and_taken_away_again(
    its_browser: StrictClient, client_for: ClientFor, borghild: Person, kari: Person, care_record: CareRecord
) -> None:
    assert "Ingen ansatte vises med navn." in its_browser.page(PAGE).text
    assert its_browser.send(f"{PAGE}/navn", {"choice": "vis"}, of=PAGE).status_code == 303
    her, mine = client_for(borghild), "/min-side/besok/hvem-kommer"
    assert her.page("/min-side/besok").links["Velg om du ser hvem som kommer"] == mine
    assert "Navnene vises ikke." in her.page(mine).text
    assert her.send(mine, {"choice": "vis"}, of=mine).status_code == 303
    page = her.page(mine)
    assert "Valget ditt er lagret." in page.text
    assert "Navnene vises for deg" in page.text
    assert "Navnene vises ikke." in client_for(kari).page(mine).text
    plan = appointment(
        "1", borghild.national_id, at("13:00"), at("14:00"), patientInstruction="Ha <b>nøkkelen</b> klar"
    )
    nurse = {"type": [{"text": "Sykepleier"}], "actor": {"type": "Practitioner", "display": "Jonas Berg"}}
    plan["participant"].append(nurse | {"status": "accepted"})
    care_record.must_push(plan)
    shown = her.page("/min-side/besok").text
    assert "Jonas Berg, sykepleier" in shown
    assert "Beskjed: Ha <b>nøkkelen</b> klar" in shown
    its_browser.send(f"{PAGE}/navn", {"choice": "skjul"}, of=PAGE)
    shown = her.page("/min-side/besok").text
    assert "Sykepleier" in shown
    assert "Jonas Berg" not in shown
    assert "Kommunen viser ikke navn på ansatte nå" in her.page(mine).text


def test_who_looks_after_the_sources_meets_the_alarm_on_the_front_page_for_as_long_as_it_stands(
    its_browser: StrictClient, client_for: ClientFor, jonas: StaffMember, care_record: CareRecord, borghild: Person
) -> None:
    alarm = "care-record er taus"
    with clock.frozen(at("08:30")):
        care_record.must_push(appointment("1", borghild.national_id, at("08:00"), at("09:00")))
    _watched()
    page = its_browser.page("/ansatt")
    assert alarm in page.text
    assert "I dag 08:30" in page.text or "i dag 08:30" in page.text
    assert page.links["Se kildene"] == PAGE
    assert alarm not in client_for(jonas).page("/ansatt").text
    care_record.must_push()
    _watched()
    assert alarm not in its_browser.page("/ansatt").text


def _watched() -> None:
    with db.transaction() as session:
        watch(session)
