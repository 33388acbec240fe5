"""Jonas signs off at the door: two taps, no JavaScript needed, and the daughter sees it."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from citizen_portal import clock, db
from citizen_portal.audit.models import AuditEvent, EventTag, Purpose
from citizen_portal.auth.actor import Role
from citizen_portal.db import new_id
from citizen_portal.identity.models import Person, StaffMember
from citizen_portal.tenancy.models import Unit
from citizen_portal.visits.models import VisitReceipt
from citizen_portal.visits.rounds.models import VisitSignOff
from tests.conftest import give_roles
from tests.protection import GRADES, protect
from tests.reading import Page, StrictClient, words
from tests.statements import count_statements
from tests.visits.conftest import NOON, Follow
from tests.visits.record import CareRecord, at, encounter, meta
from tests.visits.rounds.conftest import Plan, planned

ClientFor = Callable[..., StrictClient]
PAGE = "/ansatt/runde"


@pytest.fixture
def browser(client_for: ClientFor, jonas: StaffMember) -> StrictClient:
    """Jonas' phone."""
    return client_for(jonas)


def told(page: Page, visit_id: UUID, what: str) -> dict[str, str]:
    """The fields of the visit's form with the button that says `what`."""
    (form,) = page.all(f"//form[@action='{PAGE}/{visit_id}/kvitter'][.//*[@name='told'][@value='{what}']]")
    fields = {e.get("name"): e.get("value") for e in form.iter("input") if e.get("name")}
    return {**fields, "told": what}


def sign_off(browser: StrictClient, visit_id: UUID, what: str = "done", **changes: str) -> dict[str, str]:
    """Tap twice; the fields that were sent."""
    fields = told(browser.page(PAGE), visit_id, what) | changes
    assert browser.post(f"{PAGE}/{visit_id}/kvitter", data=fields).status_code == 303
    return fields


def names(page: Page) -> list[str]:
    """The care recipients that are still to be visited, in order."""
    (section,) = page.all("//section[@aria-labelledby='to-do']")
    return [words(e) for e in section.iter("span") if e.get("class") == "row__title"]


def test_jonas_sees_the_visits_of_his_unit_in_order(
    browser: StrictClient, plan: Plan, borghild: Person, ola: Person, service_desk: Unit
) -> None:
    plan("1", borghild, "13:00", "14:00")
    plan("2", ola, "08:00", "09:00")
    plan("3", ola, "10:00", "11:00", unit="Servicetorget")
    page = browser.page(PAGE)
    assert page.h1 == "Runden i dag"
    assert names(page) == ["Ola Nordli", "Borghild Moen"]
    assert "Gjenstår (2)" in page.text
    assert "Hjemmetjenesten, i dag" in page.text
    assert "13–14 Borghild Moen planlagt Morgenstell" in page.text


def test_after_midnight_the_night_shift_still_has_the_visits_of_the_evening(
    client_for: ClientFor, jonas: StaffMember, plan: Plan, borghild: Person, ola: Person
) -> None:
    visit_id = plan("1", borghild, "23:30", "23:55")
    plan("2", ola, "15:30", "16:00")
    tomorrow = NOON.date() + timedelta(days=1)
    with clock.frozen(at("00:10", tomorrow)):
        browser = client_for(jonas)
        assert names(browser.page(PAGE)) == ["Borghild Moen"]
        sign_off(browser, visit_id)
        page = browser.page(PAGE)
        assert names(page) == []
        assert "Borghild Moen" in page.text, "and it can be undone"
    with clock.frozen(at("08:00", tomorrow)):
        assert "Borghild Moen" not in client_for(jonas).page(PAGE).text


def test_daughter_sees_that_mum_had_her_morning_visit(
    client_for: ClientFor, browser: StrictClient, plan: Plan, kari: Person, borghild: Person, follows: Follow
) -> None:
    follows(kari, borghild)
    sign_off(browser, plan("1", borghild, "11:30", "12:30"))
    assert "12:00 Morgenstell utført" in client_for(kari).page("/min-side/besok").text
    page = browser.page(PAGE)
    assert "Ferdig (1)" in page.text
    assert "12:00 Borghild Moen utført" in page.text
    assert "Ingenting gjenstår i runden i dag." in page.text


def test_signing_off_twice_counts_once(browser: StrictClient, plan: Plan, borghild: Person) -> None:
    visit_id = plan("1", borghild, "11:30", "12:30")
    fields = sign_off(browser, visit_id)
    assert browser.post(f"{PAGE}/{visit_id}/kvitter", data=fields).status_code == 303
    with db.read_only() as session:
        assert len(session.scalars(select(VisitSignOff)).all()) == 1
        (receipt,) = session.scalars(select(VisitReceipt))
        tags = [e.tag for e in session.scalars(select(AuditEvent).where(AuditEvent.about_person_id == borghild.id))]
    assert (receipt.performed_at, receipt.received_at) == (NOON, NOON)
    assert tags.count(EventTag.VISIT_SIGNED_OFF.value) == 1


def test_not_home_has_one_reason_of_four(
    client_for: ClientFor, browser: StrictClient, plan: Plan, kari: Person, borghild: Person, follows: Follow
) -> None:
    follows(kari, borghild)
    visit_id = plan("1", borghild, "11:30", "12:30")
    sign_off(browser, visit_id, "no_answer")
    assert "Borghild Moen ikke hjemme" in browser.page(PAGE).text
    page = client_for(kari).page("/min-side/besok")
    assert "Morgenstell ikke hjemme" in page.text
    assert "åpnet" not in page.text  # why is between the nurse and the unit
    fields = {**browser.page(PAGE).form(), "told": "made up"}
    assert browser.post(f"{PAGE}/{visit_id}/kvitter", data=fields).status_code == 404


def test_on_the_way_is_told_and_then_done(browser: StrictClient, plan: Plan, borghild: Person) -> None:
    visit_id = plan("1", borghild, "11:30", "12:30")
    sign_off(browser, visit_id, "on_the_way")
    page = browser.page(PAGE)
    assert "Borghild Moen på vei" in page.text
    assert not page.all("//button[@value='on_the_way']")
    with clock.frozen(NOON + timedelta(minutes=8)):
        sign_off(browser, visit_id)
        assert "12:08 Borghild Moen utført" in browser.page(PAGE).text


def test_a_slip_of_the_thumb_is_undone_and_stays_on_file(
    client_for: ClientFor, browser: StrictClient, plan: Plan, kari: Person, borghild: Person, follows: Follow
) -> None:
    follows(kari, borghild)
    visit_id = plan("1", borghild, "11:30", "12:30")
    sign_off(browser, visit_id)
    undo = f"{PAGE}/{visit_id}/angre"
    fields = browser.page(PAGE).form(undo)
    assert browser.post(undo, data=fields).status_code == 303
    assert browser.post(undo, data=fields).status_code == 303  # sent twice
    assert names(browser.page(PAGE)) == ["Borghild Moen"]
    assert "Morgenstell planlagt" in client_for(kari).page("/min-side/besok").text
    with db.read_only() as session:
        (kept,) = session.scalars(select(VisitSignOff))
        assert kept.undone_at == NOON
        assert not session.scalars(select(VisitReceipt)).all()
        of_the_visit = select(AuditEvent.tag).where(AuditEvent.subject_id == visit_id)
        tags = session.scalars(of_the_visit.order_by(AuditEvent.sequence_number)).all()
    assert tags == [EventTag.VISIT_SIGNED_OFF.value, EventTag.VISIT_SIGN_OFF_UNDONE.value]


def test_after_ten_minutes_it_is_corrected_in_the_care_record_system(
    browser: StrictClient, plan: Plan, borghild: Person
) -> None:
    visit_id = plan("1", borghild, "11:30", "12:30")
    sign_off(browser, visit_id)
    undo = f"{PAGE}/{visit_id}/angre"
    fields = browser.page(PAGE).form(undo)
    with clock.frozen(NOON + timedelta(minutes=11)):
        assert not browser.page(PAGE).all(f"//form[@action='{undo}']")
        browser.post(undo, data=fields)
        assert "Det er for sent å endre dette her." in browser.page(PAGE).text
        assert "Borghild Moen utført" in browser.page(PAGE).text


def test_the_unit_changes_the_order_of_its_round(
    browser: StrictClient, plan: Plan, care_record: CareRecord, borghild: Person, ola: Person, kari: Person
) -> None:
    first = plan("1", borghild, "08:00", "09:00")
    plan("2", ola, "08:00", "09:00")
    last = plan("3", kari, "10:00", "11:00")

    def move(visit_id: UUID, direction: str) -> list[str]:
        fields = {**browser.page(PAGE).form(), "direction": direction}
        assert browser.post(f"{PAGE}/{visit_id}/flytt", data=fields).status_code in (303, 404)
        return names(browser.page(PAGE))

    assert move(last, "earlier") == ["Borghild Moen", "Kari Moen", "Ola Nordli"]
    assert move(last, "earlier") == ["Kari Moen", "Borghild Moen", "Ola Nordli"]
    assert move(last, "earlier") == ["Kari Moen", "Borghild Moen", "Ola Nordli"]
    assert move(first, "later") == ["Kari Moen", "Ola Nordli", "Borghild Moen"]
    assert move(first, "sideways") == ["Kari Moen", "Ola Nordli", "Borghild Moen"]
    care_record.must_push(planned("3", kari, at("14:00"), at("15:00"), meta=meta(at("11:00"), 2)))
    assert names(browser.page(PAGE))[-1] == "Kari Moen"  # planned anew: it stands where it is planned


def test_the_record_systems_own_event_of_the_visit_makes_no_second_receipt(
    browser: StrictClient, plan: Plan, care_record: CareRecord, borghild: Person
) -> None:
    visit_id = plan("1", borghild, "11:30", "12:30")
    sign_off(browser, visit_id)
    care_record.must_push(encounter("1", borghild.national_id, at("11:40"), at("11:55")))
    with db.read_only() as session:
        (receipt,) = session.scalars(select(VisitReceipt))
    assert (receipt.visit_id, receipt.performed_at, receipt.ended_at) == (visit_id, at("11:40"), at("11:55"))


def test_others_come_to_nothing(
    client_for: ClientFor,
    plan: Plan,
    borghild: Person,
    ola: Person,
    siri: StaffMember,
    nils: StaffMember,
    browser: StrictClient,
    service_desk: Unit,
) -> None:
    visit_id = plan("1", borghild, "11:30", "12:30")
    elsewhere = plan("2", ola, "11:30", "12:30", unit="Servicetorget")
    fields = told(browser.page(PAGE), visit_id, "done")
    assert client_for(siri).get(PAGE).status_code == 403  # a caseworker without the role
    assert client_for(ola).get(PAGE).status_code == 303  # a citizen is asked to log in as staff
    for other in (elsewhere, new_id()):
        for what in ("kvitter", "angre", "flytt"):
            sent = {**fields, "direction": "later"}
            assert browser.post(f"{PAGE}/{other}/{what}", data=sent).status_code == 404
    with db.read_only() as session:
        assert not session.scalars(select(VisitSignOff)).all()


def test_a_nurse_from_another_municipality_cannot_sign_off(
    client_for: ClientFor, plan: Plan, borghild: Person, nils: StaffMember
) -> None:
    visit_id = plan("1", borghild, "11:30", "12:30")
    with db.as_municipality(nils.municipality_id):
        give_roles(nils, Role.NURSE)
        neighbour = client_for(nils)
    page = neighbour.page(PAGE)
    assert "Borghild" not in page.text
    fields = {**page.form("/logg-ut"), "told": "done"}
    assert neighbour.post(f"{PAGE}/{visit_id}/kvitter", data=fields).status_code == 404


@pytest.mark.parametrize("grade", GRADES)
def test_of_a_person_with_a_protected_address_there_is_nothing(
    browser: StrictClient, plan: Plan, borghild: Person, ola: Person, grade: object
) -> None:
    visit_id = plan("1", borghild, "11:30", "12:30")
    plan("2", ola, "11:30", "12:30")
    fields = told(browser.page(PAGE), visit_id, "done")
    protect(borghild, grade)
    page = browser.page(PAGE)
    assert names(page) == ["Ola Nordli"]
    assert "Personer med beskyttet adresse står ikke på lista." in page.text
    assert browser.post(f"{PAGE}/{visit_id}/kvitter", data=fields).status_code == 404


def test_the_care_recipient_can_see_once_a_day_who_has_looked(
    browser: StrictClient, plan: Plan, borghild: Person
) -> None:
    plan("1", borghild, "11:30", "12:30")
    for _ in range(3):
        browser.page(PAGE)
    with db.read_only() as session:
        (event,) = session.scalars(select(AuditEvent).where(AuditEvent.tag == EventTag.VISITS_READ.value))
    assert (event.actor_name, event.about_person_id, event.purpose) == ("Jonas Berg", borghild.id, Purpose.CARE.value)


def test_the_page_takes_at_most_six_statements(browser: StrictClient, plan: Plan, borghild: Person) -> None:
    for number in range(5):
        plan(str(number), borghild, f"1{number}:00", f"1{number}:30")
    with count_statements() as statements:
        browser.page(PAGE)
    assert statements.in_all <= 6, [*statements, *statements.read_log]
