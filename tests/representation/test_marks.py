"""What somebody does for another is marked with both names, where it is kept: «av Kari for Borghild»."""

from collections.abc import Callable

from sqlalchemy import select

from citizen_portal import db
from citizen_portal.applications.models import Application
from citizen_portal.audit.models import EventTag
from citizen_portal.auth.actor import Citizen
from citizen_portal.db import new_id
from citizen_portal.identity import acting_for, sessions
from citizen_portal.identity.models import Area, Person, StaffMember
from citizen_portal.journal.models import CorrespondenceParty, DocumentObject
from citizen_portal.messages import service as messages
from citizen_portal.messages.models import Message
from citizen_portal.tenancy.models import Unit
from tests.representation.conftest import ActorFor, Acts, Browser, LogIn, switch
from tests.representation.test_pages import events

ALARM = "/soknad/trygghetsalarm"


def acting(log_in: LogIn, who: Person, whom: Person) -> Citizen:
    """Somebody who has chosen to see for somebody else."""
    token = log_in(who)
    with db.transaction() as session:
        login = sessions.active_login(session, token)
        assert login is not None
        assert isinstance(login.actor, Citizen)
        acting_for.choose_person(session, login.actor, whom.id)
    with db.read_only() as session:
        login = sessions.active_login(session, token)
        assert login is not None
        assert isinstance(login.actor, Citizen)
        return login.actor


def senders() -> list[str]:
    """Who sent what the journal has."""
    with db.read_only() as session:
        return list(session.scalars(select(CorrespondenceParty.name).order_by(CorrespondenceParty.id)))


def test_an_application_that_kari_sends_is_borghilds_with_kari_named_in_record_journal_and_pages(
    borghild: Person, kari: Person, siri: StaffMember, acts: Acts, browser: Browser, log_in: LogIn,
    sent: Callable[[Citizen], Application],
) -> None:  # fmt: skip
    acts(kari, borghild, {Area.HEALTH})
    made = sent(acting(log_in, kari, borghild))
    assert (made.person_id, made.representative_id, made.representative_name) == (borghild.id, kari.id, "Kari Moen")
    assert "Borghild Moen v/ Kari Moen" in senders()
    with db.read_only() as session:
        [file] = session.scalars(select(DocumentObject))
    assert file.sha256
    karis = browser(kari)
    page = karis.page(f"/min-side/soknader/{made.id}")
    assert "Gjelder Borghild Moen" in page.text
    assert "Av Kari Moen for Borghild Moen" in page.text
    assert "Fylt ut av Kari Moen." in karis.page(f"/min-side/soknader/{made.id}/kvittering").text
    readings = events(EventTag.APPLICATION_READ)
    assert {event.on_behalf_of_id for event in readings} == {borghild.id}
    borghilds = browser(borghild).page(f"/min-side/soknader/{made.id}")
    assert "Gjelder" not in borghilds.text
    assert "Av Kari Moen for Borghild Moen" in borghilds.text
    case = browser(siri).page(f"/ansatt/saker/{made.case_file_id}").text
    assert "Kari Moen for innbyggeren" in case
    assert "Kari Moen Fullmakt" in case
    withdrawn = karis.send(
        f"/min-side/soknader/{made.id}/trekk", of=f"/min-side/soknader/{made.id}",
        action=f"/min-side/soknader/{made.id}/trekk",
    )  # fmt: skip
    assert withdrawn.status_code == 303
    assert senders().count("Borghild Moen v/ Kari Moen") == 2
    assert "Trukket av deg" not in browser(borghild).page(f"/min-side/soknader/{made.id}").text


def test_the_archived_application_names_both(
    borghild: Person, kari: Person, acts: Acts, log_in: LogIn, sent: Callable[[Citizen], Application]
) -> None:
    from citizen_portal.applications import record
    from citizen_portal.tenancy.models import Unit

    acts(kari, borghild, {Area.HEALTH})
    made = sent(acting(log_in, kari, borghild))
    with db.read_only() as session:
        unit = session.scalars(select(Unit)).one()
    assert made.submitted_at is not None
    document = record.as_document(
        made, borghild, municipality_name="Ringebu kommune", unit=unit, received_at=made.submitted_at
    )
    assert ("Søker", "Borghild Moen") in document.reference
    assert ("Fylt ut av", "Kari Moen på vegne av Borghild Moen") in document.reference


def test_a_draft_that_another_tab_chose_somebody_else_for_is_started_for_nobody(
    borghild: Person, kari: Person, acts: Acts, browser: Browser, archive: None
) -> None:
    acts(kari, borghild, {Area.HEALTH})
    client = browser(kari)
    shown_for_kari = client.page(ALARM).form(ALARM)
    switch(client, borghild)
    answer = client.post(ALARM, data=shown_for_kari)
    assert answer.headers["Location"] == ALARM
    assert "Du har valgt en annen person siden du åpnet siden." in client.page(ALARM).text
    without = {key: value for key, value in shown_for_kari.items() if key != "for"}
    assert client.post(ALARM, data=without).headers["Location"] == ALARM
    with db.read_only() as session:
        assert session.scalars(select(Application)).all() == []
    page = client.page(ALARM)
    assert "Gjelder Borghild Moen" in page.text
    client.post(ALARM, data=page.form(ALARM))
    with db.read_only() as session:
        [draft] = session.scalars(select(Application))
    assert (draft.person_id, draft.representative_name) == (borghild.id, "Kari Moen")


def test_what_she_may_not_apply_for_is_said_before_she_begins(
    borghild: Person, kari: Person, acts: Acts, browser: Browser, home_care: Unit
) -> None:
    acts(kari, borghild, {Area.ECONOMY})
    client = browser(kari)
    switch(client, borghild)
    assert "Du kan ikke søke om dette for Borghild Moen." in client.page(ALARM).text


def test_messages_and_readings_say_who_for_whom(
    borghild: Person, kari: Person, siri: StaffMember, acts: Acts, browser: Browser, log_in: LogIn,
    actor_for: ActorFor, sent: Callable[[Citizen], Application],
) -> None:  # fmt: skip
    made = sent(actor_for(borghild))
    assert made.case_file_id is not None
    with db.transaction() as session:
        from_siri = messages.write_to_citizen(session, actor_for(siri), made.case_file_id, "Hei, Borghild.", new_id())
    acts(kari, borghild, {Area.HEALTH})
    karis, thread = browser(kari), f"/min-side/meldinger/{from_siri.thread_id}"
    assert "Gjelder Borghild Moen" in karis.page(thread).text
    karis.send(thread, {"body": "Mor takker."}, of=thread, action=thread)
    with db.read_only() as session:
        written = session.scalars(select(Message).where(Message.body == "Mor takker.")).one()
    assert written.author == "Kari Moen for Borghild Moen"
    assert (written.author_person_id, written.on_behalf_of_id) == (kari.id, borghild.id)
    assert "Borghild Moen v/ Kari Moen" in senders()
    assert "Du for Borghild Moen" in karis.page(thread).text
    assert "Kari Moen for Borghild Moen" in browser(borghild).page(thread).text
    case = browser(siri).page(f"/ansatt/saker/{made.case_file_id}").text
    assert "Sett av Kari Moen på vegne av Borghild Moen" in case
    assert "Kari Moen for Borghild Moen" in case
