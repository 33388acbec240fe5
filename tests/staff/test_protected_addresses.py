"""People with a protected address: only the few see that their cases exist, and each look has a reason of its own."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from citizen_portal import clock, db
from citizen_portal.access import service as access
from citizen_portal.access.errors import ReasonTooShort
from citizen_portal.applications.models import Application
from citizen_portal.audit.models import AuditEvent, EventTag, Purpose
from citizen_portal.auth.actor import Citizen, Role
from citizen_portal.db import new_id
from citizen_portal.identity.models import AccessGrant, Person, StaffMember
from citizen_portal.notifications.delivery import send_notice
from citizen_portal.notifications.models import Notice, NoticeStatus
from citizen_portal.tenancy.models import Unit
from tests.protection import protect, shape
from tests.reading import Page, StrictClient
from tests.staff.conftest import ClientFor, Colleague
from tests.staff.test_access import FIND, case_path, events, found, give_purpose, in_bokmal

WORK_LIST = "/ansatt"
REASON = "Ringer henne om alarmen i dag"


@pytest.fixture
def protected(karis_application: Application, kari: Person) -> Application:
    """Kari's application; her address is protected since she sent it."""
    protect(kari)
    return karis_application


@pytest.fixture
def liv(colleague: Colleague) -> StaffMember:
    """Liv, a caseworker in home care who is one of the few."""
    return colleague("Liv Rud", roles=(Role.CASEWORKER, Role.PROTECTED_ACCESS))


@pytest.fixture
def livs_browser(client_for: ClientFor, liv: StaffMember) -> StrictClient:
    """Liv's browser, in Bokmål."""
    return in_bokmal(client_for(liv))


def give_reason(browser: StrictClient, where: str, reason: str = REASON) -> Any:
    """Say why, in words."""
    return browser.send(where, {"reason": reason}, action=where)


def test_siri_sees_neither_line_nor_count_nor_queue(
    siris_browser: StrictClient, protected: Application, kari: Person, borghild: Person
) -> None:
    for part in ("", "?liste=ufordelt", "?liste=forfaller", "?liste=egen-ko"):
        page = siris_browser.page(f"{WORK_LIST}{part}")
        for words in ("Kari", "2026/1", "Egen kø"):
            assert words not in page.html
        assert "Enheten0" in page.text.replace(" 0", "0")


def test_to_siri_the_case_is_like_one_that_never_was(siris_browser: StrictClient, protected: Application) -> None:
    token = siris_browser.page(WORK_LIST).all("//input[@name='csrf_token']/@value")[0]
    never = protected.case_file_id, new_id()
    hers, none = (siris_browser.get(f"/ansatt/saker/{case_id}") for case_id in never)
    assert (hers.status_code, shape(hers.text)) == (none.status_code, shape(none.text)) == (404, shape(none.text))
    for verb in ("ta", "status", "meldinger", "utkast"):
        for case_id in never:
            data = {"csrf_token": token, "body": "Hei", "message_id": str(new_id()), "status": "granted"}
            assert siris_browser.post(f"/ansatt/saker/{case_id}/{verb}", data=data).status_code == 404


def test_siri_finds_her_by_nothing_and_her_id_leads_nowhere(
    siris_browser: StrictClient, protected: Application, kari: Person
) -> None:
    for wanted in (kari.national_id, "2026/1", "Kari Moen"):
        assert "Ingen treff." in found(siris_browser, wanted).text
    assert {(e.about_person_id, e.details["hits"]) for e in events(EventTag.PERSON_SEARCHED)} == {(None, 0)}
    for path in ("", "/grunn", "/nodrett"):
        assert siris_browser.get(f"{FIND}/{kari.id}{path}").status_code == 404


def test_a_leave_to_look_ends_for_siri_when_the_address_becomes_protected(
    client_for: ClientFor, colleague: Colleague, schools: Unit, karis_application: Application, kari: Person
) -> None:
    browser = in_bokmal(client_for(colleague(unit=schools)))
    give_purpose(browser, kari)
    assert browser.get(case_path(karis_application)).status_code == 200
    protect(kari)
    assert browser.get(case_path(karis_application)).status_code == 404
    assert browser.get(f"{FIND}/{kari.id}").status_code == 404
    assert "Kari" not in browser.page(FIND).text


def test_liv_has_her_in_a_queue_of_its_own_without_a_name(
    livs_browser: StrictClient, protected: Application, kari: Person
) -> None:
    assert "Kari" not in livs_browser.page(WORK_LIST).html
    page = livs_browser.page(f"{WORK_LIST}?liste=egen-ko")
    assert "Egen kø1" in page.text.replace(" 1", "1")
    assert "Kari" not in page.html
    assert "rygghetsalarm" not in page.text
    assert page.links["Sak 2026/1"] == case_path(protected)


def test_liv_says_why_each_time_and_reads_for_ten_minutes(
    livs_browser: StrictClient, protected: Application, kari: Person
) -> None:
    path, now = case_path(protected), clock.now()
    asked = livs_browser.get(path).headers["Location"]
    assert asked.startswith(f"{FIND}/{kari.id}/grunn?neste=")
    assert "Kari" not in livs_browser.page(asked).text
    too_short = give_reason(livs_browser, asked, "haster")
    assert (too_short.status_code, "Skriv minst ti tegn" in too_short.text) == (422, True)
    opened = give_reason(livs_browser, asked)
    assert (opened.status_code, opened.headers["Location"]) == (303, path)
    assert livs_browser.page(path).h1.endswith("for Kari Moen")
    (event,) = events(EventTag.ACCESS_OPENED)
    assert (event.purpose, event.reason, event.about_person_id) == ("protected-person", REASON, kari.id)
    with clock.frozen(now + timedelta(minutes=11)):
        assert livs_browser.get(path).headers["Location"] == asked


def test_liv_sees_no_phone_number_that_the_portal_knows(
    livs_browser: StrictClient, siris_browser: StrictClient, karis_application: Application, kari: Person
) -> None:
    with db.transaction() as session:
        session.execute(update(Person).where(Person.id == kari.id).values(phone="900 00 111"))
    path = case_path(karis_application)
    assert "900 00 111" in siris_browser.page(path).text
    protect(kari)
    give_reason(livs_browser, livs_browser.get(path).headers["Location"])
    assert "900 00 111" not in livs_browser.page(path).html


def test_what_liv_wrote_is_kept_when_her_ten_minutes_are_over(
    livs_browser: StrictClient, protected: Application
) -> None:
    path, now = case_path(protected), clock.now()
    give_reason(livs_browser, livs_browser.get(path).headers["Location"])
    form = {**livs_browser.page(path).form(f"{path}/meldinger"), "body": "Hei. Vi ringer klokka to."}
    with clock.frozen(now + timedelta(minutes=11)):
        answer = livs_browser.post(f"{path}/meldinger", data=form)
        assert answer.status_code == 403
        page = Page(answer.text)
        assert page.form()["body"] == "Hei. Vi ringer klokka to."
        give_reason(livs_browser, page.links["Si hvorfor"])
        assert livs_browser.post(f"{path}/meldinger", data=page.form()).status_code == 303


def test_liv_finds_her_by_number_and_not_by_name_and_gets_no_name_before_the_reason(
    livs_browser: StrictClient, protected: Application, kari: Person
) -> None:
    assert "Ingen treff." in found(livs_browser, "Kari Moen").text
    for wanted in (kari.national_id, "2026/1"):
        page = found(livs_browser, wanted)
        assert "Ett treff" in page.text
        assert "Kari" not in page.text
    where = livs_browser.get(f"{FIND}/{kari.id}").headers["Location"]
    assert give_reason(livs_browser, where).headers["Location"] == f"{FIND}/{kari.id}"
    assert livs_browser.page(f"{FIND}/{kari.id}").h1 == "Kari Moen"


def test_one_of_the_few_who_is_no_caseworker_reads_and_cannot_write(
    client_for: ClientFor, colleague: Colleague, protected: Application
) -> None:
    browser = in_bokmal(client_for(colleague("Unni Dahl", roles=(Role.PROTECTED_ACCESS,))))
    path = case_path(protected)
    give_reason(browser, browser.get(path).headers["Location"])
    page = browser.page(path)
    assert page.all("//main//form") == []
    data = {"csrf_token": page.all("//input[@name='csrf_token']/@value")[0], "body": "Hei"}
    assert browser.post(f"{path}/meldinger", data=data).status_code == 403


def test_a_purpose_from_the_list_does_not_do_for_her(
    liv: StaffMember, kari: Person, protected: Application, actor_for: Callable[..., Any]
) -> None:
    actor = actor_for(liv)
    with pytest.raises(ReasonTooShort), db.transaction() as session:
        access.open_access(session, actor, kari.id, Purpose.CASE_HANDLING)
    with db.transaction() as session:
        grant = access.open_access(session, actor, kari.id, Purpose.CASE_HANDLING, REASON)
    assert (grant.purpose, grant.expires_at - grant.granted_at) == ("protected-person", timedelta(minutes=10))


def test_a_leave_that_liv_had_before_does_not_do_either(
    livs_browser: StrictClient, karis_application: Application, kari: Person
) -> None:
    give_purpose(livs_browser, kari)
    protect(kari)
    assert "/grunn" in livs_browser.get(case_path(karis_application)).headers["Location"]
    with db.read_only() as session:
        assert session.scalar(select(AccessGrant.purpose)) == "case-handling"


def test_she_applies_and_nothing_is_sent_to_her(
    sent: Callable[[Citizen], Application], actor_for: Callable[..., Any], kari: Person
) -> None:
    protect(kari)
    application = sent(actor_for(kari))
    assert application.case_file_id
    with db.read_only() as session:
        [notice_id] = session.scalars(select(Notice.id).where(Notice.person_id == kari.id))
    send_notice(municipality_id=kari.municipality_id, notice_id=str(notice_id))
    with db.read_only() as session:
        notice = session.get_one(Notice, (kari.municipality_id, notice_id))
    assert notice.status is NoticeStatus.NOT_SENT


def test_nobody_in_the_neighbour_municipality_learns_of_her(
    client_for: ClientFor, nils: StaffMember, protected: Application, kari: Person
) -> None:
    browser = client_for(nils)
    assert browser.get(case_path(protected)).status_code == 404
    assert browser.get(f"{FIND}/{kari.id}/grunn").status_code == 404


def test_every_look_of_livs_is_in_the_log(livs_browser: StrictClient, protected: Application, kari: Person) -> None:
    path = case_path(protected)
    give_reason(livs_browser, livs_browser.get(path).headers["Location"])
    livs_browser.page(path)
    with db.read_only() as session:
        of_liv = select(AuditEvent.tag).where(AuditEvent.about_person_id == kari.id, AuditEvent.actor_name == "Liv Rud")
        assert set(session.scalars(of_liv)) == {"access-opened", "application-read"}
