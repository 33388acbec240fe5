"""Grethe follows up: what is unusual is found among a hundred thousand readings, and each finding says why."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from sqlalchemy import Select, select, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Session

from citizen_portal import clock, db
from citizen_portal.access_log import report
from citizen_portal.access_log.models import AccessReview
from citizen_portal.access_log.report import Period, ReportFilter
from citizen_portal.audit.models import AuditEvent, EventTag, Purpose
from citizen_portal.audit.readings import readings_about
from citizen_portal.audit.rules import FIGURES, Rule
from citizen_portal.auth.actor import Role, Staff
from citizen_portal.db import new_id
from citizen_portal.identity import service as identity
from citizen_portal.identity.addresses import note_address
from citizen_portal.identity.models import Person, StaffMember
from citizen_portal.tenancy.models import Unit
from tests.access_log.conftest import REPORT, Employed, Reads
from tests.access_log.test_log import ADDRESS
from tests.reading import Page, StrictClient
from tests.statements import count_statements

ActorFor = Callable[..., Staff]
ClientFor = Callable[..., StrictClient]
TUESDAY = datetime(2026, 11, 24, 10, tzinfo=UTC)
"""At 11 in Norway."""
THE_WEEK = Period(TUESDAY - timedelta(days=3), TUESDAY + timedelta(days=3))


def found(**wanted: object) -> list[tuple[str, list[Rule], str | None]]:
    """Who was found by which rules, newest first, and whose data it was."""
    with db.read_only() as session:
        findings = report.findings(session, THE_WEEK, ReportFilter(**wanted))  # type: ignore[arg-type]
    return [(finding.event.actor_name, list(finding.rules), finding.person_name) for finding in findings]


@pytest.fixture
def as_siri(actor_for: ActorFor, siri: StaffMember) -> Staff:
    """Siri, at work on a Tuesday."""
    return actor_for(siri)


@pytest.fixture(autouse=True)
def _it_is_tuesday(request: pytest.FixtureRequest) -> object:
    with clock.frozen(TUESDAY):
        yield


def test_ordinary_work_is_not_listed(as_siri: Staff, kari: Person, ola: Person, reads: Reads) -> None:
    for person in (kari, ola, kari):
        reads(as_siri, person)
    assert found() == []


def test_a_family_name_in_common_is_a_question(
    employed: Employed, actor_for: ActorFor, kari: Person, ola: Person, reads: Reads
) -> None:
    turid = actor_for(employed("Turid Elise MOEN", Role.CASEWORKER))
    reads(turid, ola)
    reads(turid, kari)
    assert found() == [("Turid Elise MOEN", [Rule.OWN_FAMILY], "Kari Moen")]


def test_a_neighbour_and_an_own_case_are_found_where_the_employee_is_known_as_a_citizen(
    employed: Employed, actor_for: ActorFor, kari: Person, ola: Person, reads: Reads
) -> None:
    with db.transaction() as session:
        for person, number in ((kari, "1"), (ola, "1")):
            note_address(session.merge(person), f"Testveien {number}", "2630")
    known = actor_for(employed("Turid Dahl", Role.CASEWORKER, person=kari))
    unknown = actor_for(employed("Per Vik", Role.CASEWORKER))
    reads(known, ola)
    reads(known, kari)
    reads(unknown, ola)
    assert found() == [
        ("Turid Dahl", [Rule.OWN_CASE], "Kari Moen"),
        ("Turid Dahl", [Rule.OWN_NEIGHBOUR], "Ola Nordli"),
    ]


@pytest.mark.parametrize(
    ("at", "unusual"),
    [
        ("2026-11-24 05:59", True),
        ("2026-11-24 06:00", False),
        ("2026-11-24 21:59", False),
        ("2026-11-24 22:00", True),
        ("2026-11-22 12:00", True),
        ("2026-11-23 00:30", True),
    ],
)
def test_caseworkers_have_working_hours_and_nurses_have_not(
    as_siri: Staff, jonas: StaffMember, actor_for: ActorFor, kari: Person, reads: Reads, at: str, unusual: bool
) -> None:
    as_jonas = actor_for(jonas)
    with clock.frozen(clock.from_oslo(datetime.fromisoformat(at))):
        reads(as_siri, kari)
        reads(as_jonas, kari, EventTag.VISITS_READ, Purpose.CARE)
        reads(replace(as_siri, name="Begge Deler", roles=frozenset({Role.NURSE, Role.CASEWORKER})), kari)
    assert found() == ([("Siri Haugen", [Rule.OUT_OF_HOURS], "Kari Moen")] if unusual else [])


def test_each_reading_is_judged_by_the_figures_of_its_day(
    as_siri: Staff, kari: Person, reads: Reads, monkeypatch: pytest.MonkeyPatch
) -> None:
    shorter = replace(FIGURES[0], valid_from=TUESDAY.date(), day_ends=time(12))
    monkeypatch.setattr("citizen_portal.audit.rules.FIGURES", (*FIGURES, shorter))
    for day in (23, 24):
        with clock.frozen(datetime(2026, 11, day, 13, tzinfo=UTC)):
            reads(as_siri, kari)
    with db.read_only() as session:
        (only,) = report.findings(session, THE_WEEK, ReportFilter())
    assert clock.to_oslo(only.event.occurred_at).day == 24


def _people(number: int) -> list[Person]:
    with db.transaction() as session:
        made = [
            Person(
                id=new_id(),
                national_id_encrypted=b"-",
                national_id_hash=f"{count}".encode(),
                name=f"Innbygger Nr{count}",
                created_at=clock.now(),
            )
            for count in range(number)
        ]
        session.add_all(made)
    return made


@pytest.mark.parametrize(("seconds_between", "unusual"), [(110, True), (125, False)])
def test_many_different_people_within_an_hour_is_found_once(
    as_siri: Staff, reads: Reads, seconds_between: int, unusual: bool
) -> None:
    for count, person in enumerate(_people(33)):
        with clock.frozen(TUESDAY + timedelta(seconds=count * seconds_between)):
            reads(as_siri, person)
            reads(as_siri, person, EventTag.THREAD_READ)
    assert [rules for _who, rules, _whose in found()] == ([[Rule.MANY_PEOPLE]] if unusual else [])


def test_thirty_people_again_and_again_are_not_many(as_siri: Staff, reads: Reads) -> None:
    for round_number in range(2):
        for count, person in enumerate(_people(30) if not round_number else []):
            with clock.frozen(TUESDAY + timedelta(seconds=count)):
                reads(as_siri, person)
                reads(as_siri, person, EventTag.DOCUMENT_READ)
    assert found() == []


def test_other_units_emergencies_and_protected_people_are_listed_and_a_protected_name_is_not_shown(
    as_siri: Staff, kari: Person, ola: Person, reads: Reads
) -> None:
    reads(as_siri, kari, purpose=Purpose.PROTECTED_PERSON, reason="Trusler")
    reads(as_siri, ola, purpose=Purpose.EMERGENCY, reason="Falt hjemme", outside_unit=True)
    assert found() == [
        ("Siri Haugen", [Rule.OUTSIDE_UNIT, Rule.EMERGENCY], "Ola Nordli"),
        ("Siri Haugen", [Rule.PROTECTED_PERSON], None),
    ]
    assert [who for who, _rules, _whose in found(rule=Rule.EMERGENCY)] == ["Siri Haugen"]
    assert found(unit_name="Oppvekst") == []
    assert len(found(unit_name="Hjemmetjenesten")) == 2


def test_grethe_reads_the_report_and_marks_a_finding_as_looked_at(
    client_for: ClientFor, employed: Employed, as_siri: Staff, kari: Person, reads: Reads, home_care: Unit
) -> None:
    reads(as_siri, kari, purpose=Purpose.EMERGENCY, reason="Hun svarte ikke på telefonen")
    reads(as_siri, kari, purpose=Purpose.PROTECTED_PERSON, reason="Trusler")
    browser = client_for(employed("Grethe Vik", Role.AUDITOR))
    browser.set_cookie("language", "nb", domain="ringebu.localhost")
    page = browser.page(REPORT)
    assert page.h1 == "Oppfølging av innsyn"
    for told in ("Siri Haugen", "Saksbehandler, Hjemmetjenesten", "Kari Moen", "Innsyn i en nødssituasjon"):
        assert told in page.text
    assert "Vises ikke" in page.text
    path = page.links["I dag 11:00"]
    assert kari.national_id not in page.html
    number = _numbers(Purpose.EMERGENCY)[0]
    path = f"{REPORT}/lesing/{number}"
    facts = browser.page(path)
    assert "Hun svarte ikke på telefonen" in facts.text
    assert "Den ansatte oppga at liv eller helse sto i fare." in facts.text
    refused = browser.send(path, {"note": ""})
    assert refused.status_code == 422
    assert "#note" in Page(refused.text).links.values()
    form = browser.page(path).form()
    for _ in range(2):
        assert browser.post(path, data={**form, "note": "Siri ringte legen."}).status_code == 303
    assert "Siri ringte legen." in browser.page(path).text
    assert "Innsyn i en nødssituasjon" not in " ".join(_cells(browser.page(REPORT)))
    seen = browser.page(f"{REPORT}?sett=sett&enhet={home_care.id}&regel=emergency&periode=uke")
    assert "Sett på av Grethe Vik" in seen.text
    with db.read_only() as session:
        assert len(session.scalars(select(AccessReview)).all()) == 1


def _cells(page: Page) -> list[str]:
    return ["".join(cell.itertext()) for cell in page.all("//tbody//td")]


def _numbers(purpose: Purpose) -> list[int]:
    with db.read_only() as session:
        return list(session.scalars(select(AuditEvent.sequence_number).where(AuditEvent.purpose == purpose.value)))


def test_nobody_settles_a_matter_about_herself(
    client_for: ClientFor, employed: Employed, actor_for: ActorFor, kari: Person, reads: Reads
) -> None:
    both = employed("Grethe Vik", Role.AUDITOR, Role.CASEWORKER)
    reads(actor_for(both), kari, purpose=Purpose.EMERGENCY, reason="Meg selv")
    browser = client_for(both)
    browser.set_cookie("language", "nb", domain="ringebu.localhost")
    path = f"{REPORT}/lesing/{_numbers(Purpose.EMERGENCY)[0]}"
    page = browser.page(path)
    assert "Dette er din egen lesing." in page.text
    token = page.all("//input[@name='csrf_token']/@value")[0]
    assert browser.post(path, data={"csrf_token": token, "note": "I orden."}).status_code == 403


def test_caseworkers_strangers_and_neighbours_come_nowhere(
    client_for: ClientFor, siri: StaffMember, nils: StaffMember, kari: Person, as_siri: Staff, reads: Reads
) -> None:
    reads(as_siri, kari, purpose=Purpose.EMERGENCY, reason="Falt")
    number = _numbers(Purpose.EMERGENCY)[0]
    for path in (REPORT, f"{REPORT}/lesing/{number}", f"{REPORT}/sporsmal/{new_id()}"):
        assert client_for(siri).get(path).status_code == 403
        assert client_for(nils).get(path).status_code == 403
        assert client_for(kari).get(path).status_code == 303


def test_the_neighbours_auditor_finds_nothing_of_ours(
    client_for: ClientFor, nils: StaffMember, kari: Person, as_siri: Staff, reads: Reads
) -> None:
    reads(as_siri, kari, purpose=Purpose.EMERGENCY, reason="Falt")
    number = _numbers(Purpose.EMERGENCY)[0]
    with db.as_municipality(nils.municipality_id), db.transaction() as session:
        auditor = identity.employ(
            session, issuer=nils.issuer, subject="knut", name="Knut Vold", title="", unit_id=nils.unit_id,
            roles=[Role.AUDITOR],
        )  # fmt: skip
    browser = client_for(auditor)
    assert "Siri" not in browser.page(REPORT).text
    assert browser.get(f"{REPORT}/lesing/{number}").status_code == 404
    assert browser.get(f"{REPORT}/sporsmal/{new_id()}").status_code == 404


@hypothesis_settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(periode=ADDRESS, enhet=ADDRESS, regel=ADDRESS, sett=ADDRESS, etter=ADDRESS)
def test_an_address_that_somebody_made_up_shows_a_page(
    grethes_browser: StrictClient, periode: str, enhet: str, regel: str, sett: str, etter: str
) -> None:
    query = {"periode": periode, "enhet": enhet, "regel": regel, "sett": sett, "etter": etter}
    assert grethes_browser.get(REPORT, query_string=query).status_code == 200


@pytest.mark.parametrize("language", ["nb", "nn", "en", "se"])
def test_the_report_can_be_read_in_every_language(
    grethes_browser: StrictClient, as_siri: Staff, kari: Person, reads: Reads, language: str
) -> None:
    reads(as_siri, kari, purpose=Purpose.EMERGENCY, reason="Falt")
    grethes_browser.set_cookie("language", language, domain="ringebu.localhost")
    grethes_browser.page(REPORT)
    grethes_browser.page(f"{REPORT}/lesing/{_numbers(Purpose.EMERGENCY)[0]}")


FILL = """
INSERT INTO audit_event (municipality_id, sequence_number, occurred_at, tag, actor_kind, actor_id, actor_name,
    actor_role, actor_unit, purpose, subject_type, subject_id, about_person_id, details, digest)
SELECT :municipality_id, n, timestamptz '2026-11-23 08:00:00+01' + n * interval '0.25 second', {tag}, 'staff',
    (CAST(:staff AS text[]))[1 + n % 40], 'Ansatt Nummer' || n % 40, 'caseworker', 'Hjemmetjenesten', {purpose},
    NULL, NULL, {person}, '{{}}', ''
FROM generate_series({first}, {last}) n
"""
"""Ordinary work: each of forty caseworkers has eight people of her own, and reads about them all day."""


def test_five_unusual_readings_are_found_among_a_thousand_logins_and_a_hundred_thousand_readings(
    client_for: ClientFor, employed: Employed, actor_for: ActorFor, reads: Reads, kari: Person, ola: Person,
    siri: StaffMember, home_care: Unit, owner_session: Session,
) -> None:  # fmt: skip
    people = [person.id for person in _people(320)]
    facts = {
        "municipality_id": home_care.municipality_id,
        "staff": [str(new_id()) for _ in range(40)],
        "people": [str(person_id) for person_id in people],
    }
    of_login = FILL.format(tag="'logged-in'", purpose="NULL", person="NULL", first=1, last=1_000)
    of_reading = FILL.format(
        tag="'application-read'",
        purpose="'case-handling'",
        person="(CAST(:people AS uuid[]))[1 + (n % 40) * 8 + n / 40 % 8]",
        first=1_001,
        last=101_000,
    )
    with db.transaction() as session:
        session.execute(text(of_login), {name: facts[name] for name in ("municipality_id", "staff")})
        session.execute(text(of_reading), facts)
        session.execute(
            text("INSERT INTO audit_chain VALUES (:municipality_id, 101000, '')"),
            {"municipality_id": home_care.municipality_id},
        )
        note_address(session.merge(kari), "Testveien 1", "2630")
        note_address(session.merge(ola), "Testveien 1", "2630")
    owner_session.execute(text("ANALYZE audit_event, person, staff_member"))  # as autovacuum does
    owner_session.commit()
    as_siri = actor_for(siri)
    neighbour = actor_for(employed("Turid Dahl", Role.CASEWORKER, person=kari))
    relative = actor_for(employed("Even Nordli", Role.CASEWORKER))
    with clock.frozen(TUESDAY.replace(hour=22, minute=30)):
        reads(as_siri, ola)
    reads(relative, ola)
    reads(neighbour, ola)
    reads(as_siri, ola, purpose=Purpose.EMERGENCY, reason="Falt", outside_unit=True)
    with db.read_only() as session:
        crowd = [session.get_one(Person, (home_care.municipality_id, person_id)) for person_id in people[:31]]
    for count, person in enumerate(crowd):
        with clock.frozen(TUESDAY + timedelta(hours=2, seconds=count)):
            reads(neighbour, person)
    auditor = employed("Grethe Vik", Role.AUDITOR)
    with clock.frozen(TUESDAY + timedelta(hours=20)):
        browser = client_for(auditor)
        browser.page("/ansatt")
        with count_statements() as statements:
            page = browser.page(REPORT)
        karis = client_for(ola)
        with count_statements() as statements_of_log:
            karis.page("/min-side/hvem-har-sett")
    rows = ["".join(row.itertext()) for row in page.all("//tbody/tr")]
    assert len(rows) == 5, rows
    assert statements.in_all <= 6, [*statements, *statements.read_log]
    assert statements_of_log.in_all <= 6
    assert "ix_audit_event_municipality_id_about_person_id_sequence_number" in _plan(
        readings_about(people[0]).limit(101)
    )


def _plan(query: Select[AuditEvent]) -> str:
    asked = str(query.compile(dialect=postgresql.dialect(), compile_kwargs={"literal_binds": True}))
    with db.read_only() as session:
        return "\n".join(session.scalars(text("EXPLAIN " + asked)))
