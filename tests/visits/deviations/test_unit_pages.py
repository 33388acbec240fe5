"""The unit's pages of its visits: what went wrong, who saw to it, and who never comes to them."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from citizen_portal import clock, db
from citizen_portal.audit.models import AuditEvent, Purpose
from citizen_portal.auth.actor import Role, Staff
from citizen_portal.identity import service as identity
from citizen_portal.identity.models import AccessGrant, Person, Protection, StaffMember
from citizen_portal.tenancy import service as tenancy
from citizen_portal.tenancy.models import Municipality, Unit
from citizen_portal.visits.deviations.models import Deviation
from citizen_portal.visits.models import Visit
from citizen_portal.visits.reports import Identifier, Report, ReportKind, Version, VisitStatus
from citizen_portal.visits.rules import service as rules
from citizen_portal.visits.rules.models import CareRules
from citizen_portal.visits.rules.queries import rules_of
from tests.conftest import give_roles
from tests.reading import StrictClient
from tests.statements import count_statements
from tests.visits.deviations.conftest import Day, on_file, told
from tests.visits.record import SYSTEM, at

ClientFor = Callable[..., StrictClient]
ActorFor = Callable[..., Staff]
DUTY, DAY, WEEKS, LIMITS = "/ansatt/besok", "/ansatt/besok/dagen", "/ansatt/besok/uker", "/ansatt/besoksgrenser"


@pytest.fixture
def jonas_browser(client_for: ClientFor, jonas: StaffMember) -> StrictClient:
    """Jonas, nurse in home care, at his desk."""
    return client_for(jonas)


@pytest.fixture
def late(today: Day, borghild: Person) -> Deviation:
    """Nobody has signed off Borghild's morning visit."""
    today.plan("1", borghild, "08:00", "08:45")
    today.hear("09:30")
    today.watch("09:40")
    return on_file()[0]


def _visit_path(deviation: Deviation) -> str:
    return f"{DUTY}/{deviation.visit_id}"


def _handle(browser: StrictClient, deviation: Deviation, reason: str) -> TestResponse:
    path = _visit_path(deviation)
    action = f"{path}/avvik/{deviation.id}"
    return browser.send(action, {"reason": reason}, of=path, action=action)


def _protect(person: Person) -> None:
    with db.transaction() as session:
        session.merge(person).protection = Protection.CONFIDENTIAL


def test_jonas_finds_the_late_visit_and_says_what_he_did(jonas_browser: StrictClient, late: Deviation) -> None:
    page = jonas_browser.page(DUTY)
    for words in ("siden 09:40", "Borghild Moen", "Morgenstell, i dag 08:00–08:45", "Forsinket"):
        assert words in page.text
    assert "0 av 1 besøk som skulle vært utført nå, er kvittert" in page.text
    path = page.links["Borghild Moen"]
    sent = _handle(jonas_browser, late, "Ringte. Kari er der.")
    assert (sent.status_code, sent.headers["Location"]) == (303, DUTY)
    assert "Ingen avvik venter på dere." in jonas_browser.page(DUTY).text
    shown = jonas_browser.page(path).text
    assert "Håndtert av Jonas Berg" in shown
    assert "Ringte. Kari er der." in shown


def test_the_duty_list_stands_also_before_the_watch_has_seen_that_a_visit_was_a_mistake(
    jonas_browser: StrictClient, late: Deviation, today: Day, borghild: Person
) -> None:
    wrong = Report(
        kind=ReportKind.PLAN,
        identifier=Identifier(SYSTEM, "1"),
        visit=Identifier(SYSTEM, "1"),
        status=VisitStatus.ENTERED_IN_ERROR,
        patient=None,
        starts_at=None,
        ends_at=None,
        service=None,
        provider=None,
        unit_name="Hjemmetjenesten",
        version=Version(at("10:00")),
    )
    today.tell(wrong, told="10:00")
    jonas_browser.page(DUTY)


def test_without_a_word_of_what_was_done_it_is_not_handled(jonas_browser: StrictClient, late: Deviation) -> None:
    answer = _handle(jonas_browser, late, " ")
    assert answer.status_code == 422
    assert "Skriv hva dere har gjort" in answer.text
    assert told(on_file()) == [("late", None)]


def test_two_who_handle_it_have_one_truth(
    jonas_browser: StrictClient, client_for: ClientFor, siri: StaffMember, late: Deviation
) -> None:
    siris, action = client_for(siri), f"{_visit_path(late)}/avvik/{late.id}"
    form = siris.page(_visit_path(late)).form(action)
    _handle(jonas_browser, late, "Ringte.")
    answer = siris.post(action, data={**form, "reason": "Kjørte dit."}, follow_redirects=True)
    assert "Avviket ble lukket i mellomtiden" in answer.text
    assert on_file()[0].handled_reason == "Ringte."


def test_looking_at_the_visit_is_noted_with_the_purpose(
    jonas_browser: StrictClient, late: Deviation, borghild: Person
) -> None:
    jonas_browser.page(_visit_path(late))
    with db.read_only() as session:
        (event,) = session.scalars(select(AuditEvent).where(AuditEvent.tag == "visits-read"))
    assert (event.about_person_id, event.purpose, event.actor_name) == (borghild.id, "care", "Jonas Berg")


def test_a_visit_that_two_systems_report_counts_once_in_the_share(
    jonas_browser: StrictClient, today: Day, borghild: Person
) -> None:
    planner = "https://planlegger.example/oppdrag"
    today.plan("1", borghild, "08:00", "08:45")
    today.plan("A", borghild, "08:15", "08:50", system=planner)
    today.sign_off("A", borghild, "08:20", told="08:50", system=planner)
    today.hear("09:20")
    today.watch("09:20")
    assert "1 av 1 besøk som skulle vært utført nå, er kvittert" in jonas_browser.page(DUTY).text


def test_the_day_shows_all_visits_and_the_part_that_one_asks_for(
    jonas_browser: StrictClient, late: Deviation, today: Day, kari: Person, ola: Person
) -> None:
    today.plan("2", kari, "09:00", "09:30", service="Medisin")
    today.sign_off("2", kari, "09:05", told="09:20")
    today.plan("3", ola, "18:00", "18:30", service="Medisin")
    page = jonas_browser.page(DAY)
    assert [" ".join("".join(cell.itertext()).split()) for cell in page.all("//tbody//th")] == [
        "Borghild Moen",
        "Kari Moen",
        "Ola Nordli",
    ]
    assert "1 av 2 besøk som skulle vært utført nå, er kvittert (50\xa0%)" in page.html.replace("&nbsp;", "\xa0")
    for chosen, seen, unseen in (
        ("vis=ikke-kvittert", "Borghild Moen", "Kari Moen"),
        ("vis=utfort", "Kari Moen", "Borghild Moen"),
        ("vis=avvik", "Borghild Moen", "Ola Nordli"),
        ("tjeneste=Medisin", "Ola Nordli", "Borghild Moen"),
    ):
        text = jonas_browser.page(f"{DAY}?{chosen}").text
        assert seen in text
        assert unseen not in text
    tomorrow = clock.today() + timedelta(days=1)
    assert "Det er ingen slike besøk denne dagen." in jonas_browser.page(f"{DAY}?dag={tomorrow}").text


def test_long_lists_go_on_where_they_stopped(
    jonas_browser: StrictClient, today: Day, borghild: Person, the_many: int
) -> None:
    for path in (DUTY, DAY):
        first = jonas_browser.page(path)
        second = jonas_browser.page(first.links["Neste"])
        assert len(first.all("//tbody/tr")) == 25
        assert len(second.all("//tbody/tr")) == the_many - 25
        assert "Neste" not in second.links
        assert jonas_browser.get(f"{path}?etter=tull").status_code == 404


@pytest.fixture
def the_many(today: Day, borghild: Person) -> int:
    """More deviations than a page holds."""
    for number in range(30):
        today.plan(f"{number:02}", borghild, "08:00", f"08:{15 + number}", service=f"Tjeneste {number}")
    today.hear("10:00")
    today.watch("10:00")
    return 30


def test_a_page_costs_six_statements_at_most(jonas_browser: StrictClient, late: Deviation) -> None:
    for path in (DUTY, DAY, WEEKS, _visit_path(late)):
        jonas_browser.page(path)
        with count_statements() as statements:
            jonas_browser.page(path)
        assert statements.in_all <= 6, (path, statements)


def test_a_silent_system_is_one_line_that_nobody_can_click_away(
    jonas_browser: StrictClient, today: Day, borghild: Person
) -> None:
    today.plan("1", borghild, "08:00", "08:45")
    today.hear("08:10")
    today.watch("09:30")
    page = jonas_browser.page(DUTY)
    assert "Journalsystemet melder ikke fra" in page.text
    assert "Det meldte fra sist i dag 08:10." in page.text
    assert "Borghild" not in page.text


def test_what_is_of_no_known_unit_stands_on_every_units_list(
    jonas_browser: StrictClient, today: Day, borghild: Person
) -> None:
    today.plan("1", borghild, "08:00", "08:45", unit=None)
    today.hear("09:30")
    today.watch("09:40")
    assert "Borghild Moen" in jonas_browser.page(DUTY).links
    assert _handle(jonas_browser, on_file()[0], "Ringte.").status_code == 303


def test_somebody_with_a_protected_address_has_no_name_on_the_list(
    jonas_browser: StrictClient, client_for: ClientFor, siri: StaffMember, late: Deviation, borghild: Person
) -> None:
    _protect(borghild)
    page = jonas_browser.page(DUTY)
    assert "Beskyttet adresse" in page.text
    assert "Morgenstell" not in page.text, "when somebody comes tells where she is"
    assert "Borghild" not in page.html
    assert "Det er ingen slike besøk denne dagen." in jonas_browser.page(DAY).text
    assert jonas_browser.get(_visit_path(late)).status_code == 404
    form = {"csrf_token": jonas_browser.page(LIMITS, status=403).form("/logg-ut").get("csrf_token", "")}
    sent = jonas_browser.post(f"{_visit_path(late)}/avvik/{late.id}", data={**form, "reason": "Ringte."})
    assert sent.status_code == 404
    give_roles(siri, Role.PROTECTED_ACCESS)
    trusted = client_for(siri)
    assert "/grunn" in trusted.get(_visit_path(late)).headers["Location"]
    with db.transaction() as session:
        session.add(
            AccessGrant(
                staff_id=siri.id,
                person_id=borghild.id,
                purpose=Purpose.PROTECTED_PERSON.value,
                reason="Ingen har kvittert",
                granted_at=clock.now(),
                expires_at=clock.now() + timedelta(hours=1),
            )
        )
    assert trusted.page(_visit_path(late)).h1 == "Morgenstell for Borghild Moen"


def test_another_unit_and_another_municipality_never_come_to_it(
    client_for: ClientFor, late: Deviation, siri: StaffMember, nils: StaffMember, nord_fron: Municipality
) -> None:
    with db.transaction() as session:
        schools = tenancy.add_unit(session, name="Oppvekst", phone="61 28 32 00")
        turid = identity.employ(
            session,
            issuer=siri.issuer,
            subject="turid",
            name="Turid Dahl",
            title="Rådgiver",
            unit_id=schools.id,
            roles=[Role.CASEWORKER],
        )
    for who in (turid, nils):
        browser = client_for(who)
        assert "Borghild" not in browser.page(DUTY).text + browser.page(DAY).text
        assert browser.get(_visit_path(late)).status_code == 404


def test_the_weeks_are_a_chart_that_also_reads_as_a_table(
    jonas_browser: StrictClient, late: Deviation, today: Day, borghild: Person, kari: Person
) -> None:
    today.plan("2", kari, "07:30", "08:00")
    today.sign_off("2", kari, "07:35", told="07:50")
    today.sign_off("1", borghild, "09:45", told="09:50")
    today.watch("09:51")
    page = jonas_browser.page(WEEKS)
    first = [" ".join("".join(cell.itertext()).split()) for cell in page.all("//tbody/tr[1]/*")]
    assert first == [f"Uke {clock.today().isocalendar().week}", "1", "1", "0"]
    assert len(page.all("//tbody/tr")) == 8
    assert page.all("//main//*[@role='img']/@aria-label") == [
        "Forsinkede og uteblitte besøk hver uke. Tabellen under har tallene."
    ]


def test_the_last_week_of_the_year_is_one_week_whichever_year_its_days_are_in(
    client_for: ClientFor, jonas: StaffMember, today: Day, borghild: Person
) -> None:
    edges = (date(2026, 12, 28), date(2027, 1, 3), date(2027, 1, 4))
    for day, start, end in zip(edges, ("00:05", "23:30", "00:05"), ("00:30", "23:50", "00:30"), strict=True):
        today.plan(str(day), borghild, start, end, status=VisitStatus.DONE, day=day)
    today.watch("11:59", date(2027, 1, 4))
    with clock.frozen(at("12:00", date(2027, 1, 4))):
        page = client_for(jonas).page(WEEKS)
    rows = [[" ".join("".join(cell.itertext()).split()) for cell in row] for row in page.all("//tbody/tr")]
    assert rows[:3] == [["Uke 1", "1", "0", "0"], ["Uke 53", "2", "0", "0"], ["Uke 52", "0", "0", "0"]]


def test_two_who_set_a_units_first_limits_at_once_have_one_truth(
    siri: StaffMember, actor_for: ActorFor, today: Day
) -> None:
    usual, actor = CareRules.usual(today.unit.id).limits, actor_for(siri)

    def set_margin(minutes: int) -> None:
        with db.as_municipality(today.municipality.id), db.transaction() as session:
            rules.change(session, actor, today.unit.id, replace(usual, late_after_minutes=minutes))

    with ThreadPoolExecutor(1) as another:
        with db.transaction() as session:
            rules.change(session, actor, today.unit.id, replace(usual, late_after_minutes=40))
            session.flush()
            later = another.submit(set_margin, 50)
            assert wait([later], timeout=1).not_done
        later.result(timeout=10)
    with db.read_only() as session:
        assert rules_of(session, [today.unit.id])[today.unit.id].late_after_minutes == 50


def test_ragna_changes_the_units_limits_and_what_is_wrong_is_said(
    client_for: ClientFor, siri: StaffMember, home_care: Unit, today: Day
) -> None:
    give_roles(siri, Role.SUPERUSER)
    browser, path = client_for(siri), f"{LIMITS}/{home_care.id}"
    assert "forsinket etter 30 minutter" in browser.page(LIMITS).text
    wrong = browser.send(path, {"late_after": "snart", "shift_ends": "7, 25:00", "keep_months": "0"})
    assert wrong.status_code == 422
    for words in ("Skriv et helt tall fra 1 til 1440.", "Skriv ett til seks klokkeslett", 'value="snart"', "1 til 120"):
        assert words in wrong.text
    changed = browser.send(path, {"late_after": "45", "shift_ends": "23:00, 15.30 ,7:30"})
    assert changed.status_code == 303
    with db.read_only() as session:
        rules = rules_of(session, [home_care.id])[home_care.id]
        (event,) = session.scalars(select(AuditEvent).where(AuditEvent.tag == "care-rules-changed"))
    assert rules.late_after_minutes == 45
    assert [f"{end:%H:%M}" for end in rules.shift_ends] == ["07:30", "15:30", "23:00"]
    assert event.details["changed"]["late_after_minutes"] == ["30", "45"]
    browser.send(path, {"late_after": "60"})
    with db.read_only() as session:
        assert rules_of(session, [home_care.id])[home_care.id].late_after_minutes == 60


def test_a_nurse_changes_no_limits(jonas_browser: StrictClient, home_care: Unit) -> None:
    assert jonas_browser.get(f"{LIMITS}/{home_care.id}").status_code == 403


def test_a_held_visit_is_nobodys(jonas_browser: StrictClient, late: Deviation, today: Day) -> None:
    with db.transaction() as session:
        session.execute(update(Visit).values(care_recipient_id=None, status=VisitStatus.PLANNED))
    assert jonas_browser.get(_visit_path(late)).status_code == 404
    today.watch("09:50")
    assert told(on_file()) == [("late", "corrected")]
    assert at("09:50") == on_file()[0].closed_at


def test_the_way_to_visits_is_shown_to_those_whose_unit_has_some(
    client_for: ClientFor, siri: StaffMember, today: Day, borghild: Person
) -> None:
    browser = client_for(siri)
    assert "Besøk i dag" not in browser.page("/ansatt").links
    assert "Enheten har ingen besøk ennå." in browser.page(WEEKS).text
    today.plan("1", borghild, "14:00", "14:30")
    today.watch("12:00")
    assert browser.page("/ansatt").links["Besøk i dag"] == DUTY
    assert "Enheten har ingen besøk ennå." not in browser.page(WEEKS).text


@pytest.mark.parametrize(
    ("named", "have_visits"),
    [((None,), {"Hjemmetjenesten", "Servicetorget"}), (("Hjemmetjenesten", None), {"Hjemmetjenesten"})],
    ids=["no unit is named", "one is"],
)
def test_visits_are_every_units_where_the_record_system_names_none(
    today: Day, borghild: Person, named: tuple[str | None, ...], have_visits: set[str]
) -> None:
    with db.transaction() as session:
        tenancy.add_unit(session, name="Servicetorget", phone="61 28 30 00")
    for number, unit in enumerate(named):
        today.plan(str(number), borghild, "14:00", "14:30", unit=unit)
    today.watch("12:00")
    with db.read_only() as session:
        assert set(session.scalars(select(Unit.name).where(Unit.has_visits))) == have_visits
