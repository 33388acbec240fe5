"""The month of forvaltningsloven § 11 a: a reply is drafted before it is out, and sent with one click."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from citizen_portal import clock, db
from citizen_portal.applications import queries as applications
from citizen_portal.applications import service as application_service
from citizen_portal.applications.models import Application
from citizen_portal.applications.preliminary import queries, service
from citizen_portal.applications.preliminary.errors import AlreadyReplied, DateMissing, EmptyReply
from citizen_portal.applications.preliminary.models import PreliminaryReply
from citizen_portal.applications.preliminary.proposal import proposal
from citizen_portal.applications.status import EventKind, Status
from citizen_portal.auth.actor import Citizen, Staff
from citizen_portal.journal import queries as journal
from citizen_portal.journal.terms import EntryType
from citizen_portal.notifications.models import Notice, Occasion
from citizen_portal.tenancy.models import Unit
from tests.applications.conftest import Sent, reload
from tests.reading import Page, StrictClient


def _path(application: Application) -> str:
    return f"/ansatt/saker/{application.case_file_id}/forelopig-svar"


@pytest.fixture
def month_old(kari_acts: Citizen, siri_acts: Staff, sent: Sent) -> Application:
    """What Kari sent 28 days ago, and Siri took."""
    with clock.frozen(clock.now() - timedelta(days=28)):
        made = sent(kari_acts)
        with db.transaction() as session:
            return application_service.pick_up(session, siri_acts, made.id)


def test_siri_sees_that_it_is_time_and_sends_it_with_one_click(
    siris_browser: StrictClient, karis_browser: StrictClient, month_old: Application
) -> None:
    case = siris_browser.page(f"/ansatt/saker/{month_old.case_file_id}")
    assert "Foreløpig svar må sendes" in case.text
    path = _path(month_old)
    page = siris_browser.page(path)
    proposed = page.form(path)["text"]
    for words in ("Vi mottok «Søknad om trygghetsalarm»", "Siri Haugen har saken din.", "61 28 31 00"):
        assert words in proposed
    text = proposed.replace("[dato]", "18. desember")
    assert siris_browser.send(path, {"text": text, "action": "send"}).status_code == 303
    assert "Foreløpig svar må sendes" not in siris_browser.page(f"/ansatt/saker/{month_old.case_file_id}").text
    seen = karis_browser.page(f"/min-side/soknader/{month_old.id}").text
    assert "Foreløpig svar" in seen
    assert "Siri Haugen har saken din." in seen
    assert "Sendt " in siris_browser.page(path).text


def test_it_is_journaled_told_and_sent_once(siri_acts: Staff, month_old: Application) -> None:
    with db.transaction() as session:
        service.send(session, siri_acts, month_old.id, "Du får svar innen 18. desember.\r\n\r\nHilsen Siri")
    with pytest.raises(AlreadyReplied), db.transaction() as session:
        service.send(session, siri_acts, month_old.id, "En gang til")
    application = reload(siri_acts, month_old.id)
    assert application.preliminary_sent_at is not None
    with db.read_only() as session:
        events = applications.timeline(session, application)
        entries = journal.entries_of_case(session, application.case_file_id)  # type: ignore[arg-type]
        told = session.scalar(
            select(func.count()).select_from(Notice).where(Notice.occasion == Occasion.APPLICATION_CHANGED)
        )
    assert [event.kind for event in events].count(EventKind.PRELIMINARY_REPLY) == 1
    assert events[0].facts["note"] == "Du får svar innen 18. desember.\n\nHilsen Siri"
    assert entries[-1].entry_type is EntryType.OUTGOING
    assert entries[-1].title.startswith("Foreløpig svar – ")
    assert "Borghild" not in entries[-1].public_title
    assert told == 1
    assert application.status is Status.IN_PROGRESS


def test_a_text_that_does_not_say_when_is_not_sent(siris_browser: StrictClient, month_old: Application) -> None:
    path = _path(month_old)
    refused = siris_browser.send(path, {"text": "Du får svar innen [dato].", "action": "send"})
    assert refused.status_code == 422
    assert "#text" in Page(refused.text).links.values()
    assert siris_browser.send(path, {"text": " ", "action": "send"}).status_code == 422


def test_nothing_is_stored_before_somebody_changes_it_and_then_it_is_kept(
    siris_browser: StrictClient, siri_acts: Staff, month_old: Application
) -> None:
    path = _path(month_old)
    siris_browser.page(path)
    with db.read_only() as session:
        assert session.scalar(select(func.count()).select_from(PreliminaryReply)) == 0
    siris_browser.send(path, {"text": "Med mine ord", "action": "save"})
    assert siris_browser.page(path).form(path)["text"].strip() == "Med mine ord"
    with pytest.raises(EmptyReply), db.transaction() as session:
        service.save(session, siri_acts, month_old.id, " ")
    with pytest.raises(DateMissing), db.transaction() as session:
        service.send(session, siri_acts, month_old.id, "[dato]")


def test_taken_back_meanwhile_it_is_neither_kept_nor_sent(
    siris_browser: StrictClient, siri_acts: Staff, kari_acts: Citizen, month_old: Application
) -> None:
    path = _path(month_old)
    old = siris_browser.page(path).form(path)
    with db.transaction() as session:
        application_service.withdraw(session, kari_acts, month_old.id)
    for action in ("save", "send"):
        assert siris_browser.post(path, data={**old, "text": "Nå", "action": action}).status_code == 303
    assert "Det trengs ikke noe foreløpig svar lenger." in siris_browser.page(path).text
    with pytest.raises(AlreadyReplied), db.transaction() as session:
        service.save(session, siri_acts, month_old.id, "Nå")


@pytest.mark.parametrize(
    ("language", "status", "words"),
    [
        ("nb", Status.RECEIVED, "flere saker som kom inn før din"),
        ("nn", Status.WAITING_FOR_CITIZEN, "det vi har bede deg om å sende"),
        ("nn", Status.WAITING_FOR_OTHERS, "opplysningar frå andre"),
        ("nb", Status.IN_PROGRESS, "mer tid til å gå gjennom"),
    ],
)
def test_it_says_why_in_the_citizens_language(
    month_old: Application, home_care: Unit, language: str, status: Status, words: str
) -> None:
    month_old.status, month_old.assigned_name = status, None
    day = (month_old.answer_by_date or clock.today()) - timedelta(days=1)
    text = proposal(month_old, home_care, language, day)
    assert words in text
    assert "Hjemmetjenesten på 61 28 31 00" in text
    assert "[dato]" not in text


def test_of_an_application_in_english_it_is_in_the_municipalitys_own_language(
    siri_acts: Staff, month_old: Application
) -> None:
    with db.transaction() as session:
        applications.application_for(session, siri_acts, month_old.id, lock=True).language = "en"
    with db.read_only() as session:
        page = queries.reply_page(session, siri_acts, month_old.case_file_id)  # type: ignore[arg-type]
    assert page.text.startswith("Vi mottok «Søknad om trygghetsalarm»")


def test_it_is_shown_ten_days_before_the_month_is_out(kari_acts: Citizen, sent: Sent) -> None:
    with clock.frozen(datetime(2026, 11, 2, 12, tzinfo=UTC)):
        application = sent(kari_acts)
        assert not application.preliminary_is_near
    assert str(application.preliminary_due_date) == "2026-12-02"
    for day, near, late in ((21, False, False), (22, True, False), (33, True, True)):
        with clock.frozen(datetime(2026, 11, 1, 12, tzinfo=UTC) + timedelta(days=day - 1)):
            assert (application.preliminary_is_near, application.preliminary_is_late) == (near, late), day
