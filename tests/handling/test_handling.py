"""Caseworkers share the work: they search, give away, note down, and pass on; the citizen always sees who has it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from citizen_portal import clock, db
from citizen_portal.applications import service as applications
from citizen_portal.applications import work_list
from citizen_portal.applications.events import ApplicationEvent
from citizen_portal.applications.handling import queries as handling_queries
from citizen_portal.applications.handling import service as handling
from citizen_portal.applications.handling.models import InternalNote
from citizen_portal.applications.models import Application
from citizen_portal.applications.status import EventKind, Status
from citizen_portal.applications.work_list import Queue, WorkListRow
from citizen_portal.auth.actor import Citizen, Role, Staff
from citizen_portal.db import new_id
from citizen_portal.errors import NotFound
from citizen_portal.identity.models import Person, StaffMember, StaffRole
from citizen_portal.journal.models import CaseFile, EntrySignOff, RegistryEntry
from citizen_portal.journal.terms import EntryType
from citizen_portal.messages.models import Thread
from citizen_portal.tenancy.models import Unit
from tests.reading import StrictClient
from tests.staff.conftest import (
    Colleague,
    archive,
    colleague,
    draft,
    karis_application,
    karis_browser,
    schools,
    sent,
    siris_browser,
)

__all__ = [
    "archive",
    "colleague",
    "draft",
    "karis_application",
    "karis_browser",
    "schools",
    "sent",
    "siris_browser",
]

AsStaff = Callable[[StaffMember], Staff]


@pytest.fixture
def as_siri(actor_for: AsStaff, siri: StaffMember) -> Staff:
    return actor_for(siri)


def _queue(actor: Staff, queue: Queue) -> list[str]:
    with db.read_only() as session:
        return [row.case_number for row in work_list.work_list(session, actor, queue)]


def _counts(actor: Staff) -> dict[Queue, int]:
    with db.read_only() as session:
        return work_list.queue_counts(session, actor)


def _events(application: Application) -> list[ApplicationEvent]:
    with db.read_only() as session:
        return list(
            session.scalars(
                select(ApplicationEvent)
                .where(ApplicationEvent.application_id == application.id)
                .order_by(ApplicationEvent.id)
            )
        )


def test_every_case_is_counted_in_the_lists_that_show_it(
    karis_application: Application, as_siri: Staff, siri: StaffMember
) -> None:
    def shown() -> dict[Queue, int]:
        return {queue: len(_queue(as_siri, queue)) for queue in work_list.queues_of(as_siri)}

    assert shown() == _counts(as_siri) == dict.fromkeys(shown(), 0) | {Queue.UNASSIGNED: 1, Queue.UNIT: 1}
    with db.transaction() as session:
        applications.pick_up(session, as_siri, karis_application.id)
        applications.change_status(session, as_siri, karis_application.id, Status.WAITING_FOR_OTHERS)
        mine = session.get_one(Application, (siri.municipality_id, karis_application.id))
        mine.answer_by_date = mine.preliminary_due_date = clock.today().replace(year=clock.today().year - 1)
    assert shown() == _counts(as_siri)
    in_them = {queue for queue, count in shown().items() if count}
    assert in_them == {Queue.MINE, Queue.UNIT, Queue.DUE, Queue.OVERDUE, Queue.WAITING, Queue.PRELIMINARY}


def test_deputy_and_manager_see_what_was_escalated_to_them(
    karis_application: Application, colleague: Colleague, actor_for: AsStaff, as_siri: Staff
) -> None:
    deputy = actor_for(colleague("Dag Dybdal", roles=(Role.DEPUTY,)))
    manager = actor_for(colleague("Mona Lie", roles=(Role.MANAGER,)))
    assert Queue.ESCALATED not in work_list.queues_of(as_siri)
    seen = []
    for step in (0, 1, 2):
        with db.transaction() as session:
            found = session.get_one(Application, (as_siri.municipality_id, karis_application.id))
            found.escalation = step
        seen.append([len(_queue(actor, Queue.ESCALATED)) for actor in (deputy, manager)])
    assert seen == [[0, 0], [1, 0], [1, 1]]


def _stands_in(session: Session, who: StaffMember, role: Role, absent: Staff) -> None:
    session.add(
        StaffRole(
            staff_id=who.id,
            unit_id=absent.unit_id,
            role=role,
            valid_from_date=clock.today(),
            valid_to_date=clock.today(),
            substitute_for_id=absent.staff_id,
            granted_by_name="Ragna Tofte",
            created_at=clock.now(),
        )
    )


def test_a_substitute_has_the_absent_colleagues_cases_among_her_own(
    karis_application: Application, colleague: Colleague, actor_for: AsStaff, as_siri: Staff
) -> None:
    turid = colleague()
    with db.transaction() as session:
        applications.pick_up(session, as_siri, karis_application.id)
    assert _queue(actor_for(turid), Queue.MINE) == []
    with db.transaction() as session:
        for role in (Role.CASEWORKER, Role.DEPUTY):
            _stands_in(session, turid, role, as_siri)
    assert len(_queue(actor_for(turid), Queue.MINE)) == _counts(actor_for(turid))[Queue.MINE] == 1


def test_a_substitute_goes_through_both_peoples_cases_by_deadline(
    sent: Callable[[Citizen], Application],
    colleague: Colleague,
    actor_for: Callable[..., Any],
    kari: Person,
    borghild: Person,
    ola: Person,
    as_siri: Staff,
) -> None:
    turid = colleague()
    as_turid, by_deadline = actor_for(turid), []
    with db.transaction() as session:
        _stands_in(session, turid, Role.CASEWORKER, as_siri)
    for days, (citizen, handler) in enumerate([(kari, as_turid), (borghild, as_siri), (ola, as_turid)]):
        application = sent(actor_for(citizen))
        with db.transaction() as session:
            taken = applications.pick_up(session, handler, application.id)
            taken.answer_by_date = clock.today() - timedelta(days=days)
        by_deadline.insert(0, application.id)
    gone_through: list[WorkListRow] = []
    with db.read_only() as session:
        while rows := work_list.work_list(
            session, as_turid, Queue.MINE, after=gone_through[-1].position if gone_through else None, size=1
        ):
            gone_through += rows
    assert [row.id for row in gone_through] == by_deadline


def test_siri_hands_the_case_over_with_a_note_that_kari_never_sees(
    karis_application: Application,
    siris_browser: StrictClient,
    karis_browser: StrictClient,
    colleague: Colleague,
    as_siri: Staff,
) -> None:
    turid = colleague()
    case = f"/ansatt/saker/{karis_application.case_file_id}"
    path = f"{case}/gi-videre/kollega"
    siris_browser.send(
        path, {"colleague": str(turid.id), "note": "Ring fastlegen først"}, of=f"{case}/gi-videre", action=path
    )
    page = siris_browser.page(f"{case}/notater").text
    assert "Ring fastlegen først" in page
    assert "Internt" in page
    shown = karis_browser.page(f"/min-side/soknader/{karis_application.id}").text
    assert "Turid Dahl" in shown
    assert "Ring fastlegen" not in shown


def test_a_note_sent_twice_is_one_note_and_keeps_whether_the_party_may_see_it(
    karis_application: Application, as_siri: Staff, colleague: Colleague, actor_for: AsStaff
) -> None:
    note_id = new_id()
    for _ in range(2):
        with db.transaction() as session:
            handling.write_note(
                session,
                as_siri,
                karis_application.id,
                note_id,
                "<b>Kari ringte</b> 🙂",
                is_open_to_party=True,
            )
    with db.read_only() as session:
        [note] = session.scalars(select(InternalNote)).all()
    assert (note.body, note.is_open_to_party) == ("<b>Kari ringte</b> 🙂", True)
    turid = actor_for(colleague())
    with pytest.raises(NotFound), db.transaction() as session:
        handling.write_note(session, turid, karis_application.id, note_id, "x", is_open_to_party=False)


def test_notes_are_closed_to_other_units(
    karis_application: Application, colleague: Colleague, schools: Unit, client_for: Callable[..., StrictClient]
) -> None:
    browser = client_for(colleague(unit=schools))
    for page in ("notater", "gi-videre"):
        assert browser.get(f"/ansatt/saker/{karis_application.case_file_id}/{page}").status_code == 404


def test_an_empty_note_is_asked_for_at_its_field(karis_application: Application, siris_browser: StrictClient) -> None:
    path = f"/ansatt/saker/{karis_application.case_file_id}/notater"
    response = siris_browser.post(path, data={**siris_browser.page(path).form(path), "body": " "})
    assert response.status_code == 422
    assert "Skriv notatet." in response.text


def test_siri_gives_several_cases_to_turid_at_once(
    karis_application: Application, siris_browser: StrictClient, colleague: Colleague, actor_for: AsStaff
) -> None:
    turid = colleague()
    form = siris_browser.page("/ansatt").form("/ansatt/fordel")
    chosen = {**form, "sak": [str(karis_application.id), str(new_id())], "colleague": str(turid.id)}
    response = siris_browser.post("/ansatt/fordel", data=chosen)
    assert response.status_code == 303
    text = siris_browser.page("/ansatt").text
    assert "1 sak er fordelt." in text
    assert "1 sak ble endret i mellomtiden." in text
    assert len(_queue(actor_for(turid), Queue.MINE)) == 1


def test_nothing_chosen_gives_nothing_away(karis_application: Application, siris_browser: StrictClient) -> None:
    form = siris_browser.page("/ansatt").form("/ansatt/fordel")
    assert siris_browser.post("/ansatt/fordel", data=form).status_code == 303
    assert "Velg saker i lista, og hvem som skal få dem." in siris_browser.page("/ansatt").text


def test_cases_are_not_given_to_somebody_of_another_unit(
    karis_application: Application, as_siri: Staff, colleague: Colleague, schools: Unit
) -> None:
    stranger = colleague("Unni Dahl", unit=schools)
    with pytest.raises(NotFound), db.transaction() as session:
        handling.assign_many(session, as_siri, [karis_application.id], stranger.id)


@pytest.mark.parametrize("wanted", ["kari", "Moen Kari", "tryggleiks", "2026/", "%", "🙂", "x" * 100, "0"])
def test_a_search_finds_cases_by_name_service_and_number_and_never_fails(
    karis_application: Application, as_siri: Staff, kari: Person, wanted: str
) -> None:
    with db.read_only() as session:
        number = session.scalars(select(CaseFile)).one().number
        hits = handling_queries.search(session, as_siri, number if wanted == "2026/" else wanted)
    assert len(hits) == (wanted in ("kari", "Moen Kari", "tryggleiks", "2026/"))


def test_the_search_page_tells_what_was_found(karis_application: Application, siris_browser: StrictClient) -> None:
    form = siris_browser.page("/ansatt/sok").form("/ansatt/sok")
    found = siris_browser.post("/ansatt/sok", data={**form, "wanted": "moen"})
    assert "Kari Moen" in found.text
    assert "Vi fant ingen sak" in siris_browser.post("/ansatt/sok", data={**form, "wanted": "Ola"}).text
    assert "Skriv hva du leter etter." in siris_browser.post("/ansatt/sok", data={**form, "wanted": " "}).text


def test_another_unit_gets_the_case_and_its_conversation_and_kari_sees_whom_to_reach(
    karis_application: Application, siris_browser: StrictClient, karis_browser: StrictClient, schools: Unit
) -> None:
    about = f"/min-side/meldinger/om-sak/{karis_application.case_file_id}"
    karis_browser.send(about, {"body": "Hei"})
    path = f"/ansatt/saker/{karis_application.case_file_id}/gi-videre"
    siris_browser.send(f"{path}/enhet", {"unit": str(schools.id)}, of=path, action=f"{path}/enhet")
    assert siris_browser.get(f"/ansatt/saker/{karis_application.case_file_id}").status_code == 404
    with db.read_only() as session:
        thread, case_file = session.scalars(select(Thread)).one(), session.scalars(select(CaseFile)).one()
    assert {thread.unit_id, case_file.unit_id} == {schools.id}
    shown = karis_browser.page(f"/min-side/soknader/{karis_application.id}").text
    assert "Gitt videre til en annen enhet" in shown
    assert "Oppvekst, 61 28 32 00" in shown


def test_a_case_sent_on_to_another_body_ends_here_with_a_letter_that_answers_the_application(
    karis_application: Application, siris_browser: StrictClient, karis_browser: StrictClient
) -> None:
    path = f"/ansatt/saker/{karis_application.case_file_id}/gi-videre"
    words = {"to": "Nav Hjelpemiddelsentral", "contact": "55 55 33 33", "why": "De låner ut slike alarmer."}
    siris_browser.send(f"{path}/annet-organ", words, of=path, action=f"{path}/annet-organ")
    with db.read_only() as session:
        letter = session.scalars(select(RegistryEntry).where(RegistryEntry.entry_type == EntryType.OUTGOING)).one()
        application = session.scalars(select(Application)).one()
        sign_off = session.scalars(select(EntrySignOff)).one()
    assert (application.status, sign_off.answer_id) == (Status.FORWARDED, letter.id)
    assert sign_off.registry_entry_id == application.registry_entry_id
    assert "Kari" not in letter.public_title
    shown = karis_browser.page(f"/min-side/soknader/{karis_application.id}").text
    assert "Nav Hjelpemiddelsentral, 55 55 33 33" in shown
    assert _events(karis_application)[-1].kind is EventKind.FORWARDED


def test_what_lacks_in_sending_on_is_asked_for_at_its_field_and_words_are_kept(
    karis_application: Application, siris_browser: StrictClient
) -> None:
    path = f"/ansatt/saker/{karis_application.case_file_id}/gi-videre"
    form = siris_browser.page(path).form(f"{path}/annet-organ")
    response = siris_browser.post(f"{path}/annet-organ", data={**form, "to": "Nav", "contact": "", "why": "x"})
    assert response.status_code == 422
    assert 'value="Nav"' in response.text
    assert "Skriv et telefonnummer eller en e-postadresse." in response.text


def test_a_case_that_ended_meanwhile_is_passed_on_to_nobody(
    karis_application: Application, siris_browser: StrictClient, as_siri: Staff, schools: Unit
) -> None:
    path = f"/ansatt/saker/{karis_application.case_file_id}/gi-videre"
    form = siris_browser.page(path).form(f"{path}/enhet")
    with db.transaction() as session:
        applications.change_status(session, as_siri, karis_application.id, Status.CLOSED)
    response = siris_browser.post(f"{path}/enhet", data={**form, "unit": str(schools.id)})
    assert response.status_code == 303
    assert "Saken ble endret i mellomtiden" in siris_browser.get(response.location).text


def test_nils_in_the_neighbour_municipality_can_do_none_of_it(
    karis_application: Application, client_for: Callable[..., StrictClient], nils: StaffMember
) -> None:
    browser = client_for(nils)
    for path in ("notater", "gi-videre"):
        assert browser.get(f"/ansatt/saker/{karis_application.case_file_id}/{path}").status_code == 404
