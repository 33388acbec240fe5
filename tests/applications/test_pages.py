"""What Kari meets in the browser when she applies, and what Ola does not."""

from urllib.parse import urlencode
from uuid import UUID

import pytest
from sqlalchemy import select

from citizen_portal import db
from citizen_portal.applications import queries, service
from citizen_portal.applications.case_documents import documents_of
from citizen_portal.applications.decisions.terms import Outcome
from citizen_portal.applications.models import Application
from citizen_portal.applications.status import Status
from citizen_portal.identity.models import Person, StaffMember
from citizen_portal.tenancy import service as tenancy
from tests.applications.conftest import STEPS, Draft, Sent
from tests.applications.decisions.conftest import send as send_decision
from tests.applications.decisions.conftest import write
from tests.conftest import ActorFor, ClientFor, LogIn
from tests.reading import Page, StrictClient
from tests.statements import count_statements

NB = {"Accept-Language": "nb"}


@pytest.fixture
def karis_phone(client_for: ClientFor, kari: Person, archive: None) -> StrictClient:
    return client_for(kari)


def _fields(number: int) -> dict[str, object]:
    return {name: "y" if answer is True else answer for name, answer in STEPS[number].items()}


def _start(client: StrictClient) -> str:
    """Start from the service's page; the path of the draft."""
    response = client.send("/soknad/trygghetsalarm")
    assert response.status_code == 303
    return response.headers["Location"].removesuffix("/fortsett")


def _only_application() -> Application:
    with db.read_only() as session:
        return session.scalars(select(Application)).one()


def test_anyone_can_read_about_the_service_before_logging_in(client_for: ClientFor, archive: None) -> None:
    stranger = client_for()
    catalogue = stranger.page("/soknad", headers=NB)
    assert any("Trygghetsalarm" in words for words in catalogue.links)
    page = stranger.page("/soknad/trygghetsalarm", headers=NB)
    assert page.h1 == "Søknad om trygghetsalarm"
    assert "Du får svar innen 4 uker." in page.text
    assert page.links["Logg inn og start"] == "/logg-inn?niva=high&neste=/soknad/trygghetsalarm"
    assert stranger.get("/soknad/innsynskrav").status_code == 404  # no unit handles it here
    with db.transaction() as session:
        tenancy.add_unit(session, name="Dokumentsenteret", phone="61 28 30 00")
    assert "Du får svar innen 5 virkedager." in stranger.page("/soknad/innsynskrav", headers=NB).text
    assert stranger.get("/soknad/badestamp").status_code == 404


def test_kari_applies_from_first_page_to_receipt(karis_phone: StrictClient) -> None:
    path = _start(karis_phone)
    assert karis_phone.get(f"{path}/fortsett").headers["Location"] == f"{path}/steg/1"
    for number in (1, 2, 3):
        response = karis_phone.send(f"{path}/steg/{number}", _fields(number))
        assert response.headers["Location"] == (f"{path}/steg/{number + 1}" if number < 3 else f"{path}/se-over")
    page = karis_phone.page(f"{path}/se-over", headers=NB)
    assert "Borghild Moen" in page.text
    assert "Mor har falt to ganger i høst." in page.text
    assert page.links["Endre Navnet på den som skal ha alarmen"] == f"{path}/steg/1?fra=se-over#other_name"
    assert karis_phone.send(f"{path}/se-over").headers["Location"] == f"{path}/kvittering"
    receipt = karis_phone.page(f"{path}/kvittering", headers=NB)
    assert receipt.h1 == "Vi har mottatt søknaden"
    assert "/1" in receipt.text
    [pdf] = [href for href in receipt.links.values() if "/dokument/" in href]
    download = karis_phone.get(pdf)
    assert download.mimetype == "application/pdf"
    assert download.headers["Content-Disposition"].startswith('attachment; filename="soknad-20')
    assert download.headers["Content-Security-Policy"].startswith("sandbox;")
    assert download.data.startswith(b"%PDF")
    assert int(download.headers["Content-Length"]) == len(download.data)


def test_kari_follows_the_case(
    karis_phone: StrictClient, actor_for: ActorFor, kari: Person, siri: StaffMember, sent: Sent
) -> None:
    application, caseworker = sent(actor_for(kari)), actor_for(siri)
    path = f"/min-side/soknader/{application.id}"
    assert "En saksbehandler leser søknaden. Du får svar senest" in karis_phone.page(path, headers=NB).text
    with db.transaction() as session:
        service.pick_up(session, caseworker, application.id)
    page = karis_phone.page(path, headers=NB)
    assert "Siri Haugen vurderer søknaden" in page.text
    assert any(href == "tel:61283100" for href in page.links.values())
    for status in (Status.WAITING_FOR_OTHERS, Status.CLOSED):
        with db.transaction() as session:
            service.change_status(session, caseworker, application.id, status, "Et <b>notat</b> 🙂")
        assert "Et <b>notat</b> 🙂" in karis_phone.page(path, headers=NB).text
    assert "Søknad om trygghetsalarm" in karis_phone.page("/min-side/soknader", headers=NB).text


@pytest.mark.parametrize("language", ["nn", "en", "se"])
def test_every_page_is_there_in_her_language(
    karis_phone: StrictClient, actor_for: ActorFor, kari: Person, draft: Draft, language: str
) -> None:
    made = draft(actor_for(kari))
    path, headers = f"/min-side/soknader/{made.id}", {"Accept-Language": language}
    for page in ("/soknad", "/soknad/trygghetsalarm", "/min-side/soknader", f"{path}/steg/2", f"{path}/se-over"):
        karis_phone.page(page, headers=headers)
    karis_phone.send(f"{path}/se-over")
    for page in (f"{path}/kvittering", path):
        karis_phone.page(page, headers=headers)


def test_an_empty_form_says_what_is_missing_and_keeps_the_draft(karis_phone: StrictClient) -> None:
    path = _start(karis_phone)
    response = karis_phone.send(f"{path}/steg/2", {"key_holder": "person"}, headers=NB)
    assert response.status_code == 422
    assert "Skriv noen ord om hvorfor det trengs en alarm." in response.text
    assert "Skriv navnet på den som har nøkkel." in response.text
    assert 'href="#needs"' in response.text
    assert _only_application().answers["key_holder"] == "person"


def test_what_is_not_asked_is_not_demanded(karis_phone: StrictClient) -> None:
    path = _start(karis_phone)
    response = karis_phone.send(f"{path}/steg/1", {"for_whom": "self"})
    assert response.headers["Location"] == f"{path}/steg/2"


def test_everything_typed_is_kept_right_or_wrong(karis_phone: StrictClient) -> None:
    path = _start(karis_phone)
    typed = {"contact_phone": "ring naboen", "contact_email": "kari(a)example", "health_information": "no"}
    response = karis_phone.send(f"{path}/steg/3", typed, headers=NB)
    assert response.status_code == 422
    assert "Skriv telefonnummeret med 8 sifre, for eksempel 900 00 000." in response.text
    form = karis_phone.page(f"{path}/steg/3").form()
    assert {name: form[name] for name in typed} == typed


def test_going_back_and_pausing_save_what_is_half_done(karis_phone: StrictClient) -> None:
    path = _start(karis_phone)
    back = karis_phone.send(f"{path}/steg/2", {"needs": "Mor har f", "action": "back"})
    assert back.headers["Location"] == f"{path}/steg/1"
    assert karis_phone.page(f"{path}/steg/2").form()["needs"] == "Mor har f"
    pause = karis_phone.send(f"{path}/steg/2", {"needs": "Mor har falt", "action": "pause"})
    assert pause.headers["Location"] == "/min-side/soknader"
    page = karis_phone.page("/min-side/soknader", headers=NB)
    assert "Utkastet er lagret." in page.text
    assert page.links["Fortsett"] == f"{path}/fortsett"
    assert "Du har et utkast fra i dag." in karis_phone.page("/soknad/trygghetsalarm", headers=NB).text


def test_autosave_answers_with_the_time(karis_phone: StrictClient) -> None:
    path = _start(karis_phone)
    saved = karis_phone.send(f"{path}/steg/2/kladd", {"needs": "Halvveis"}, of=f"{path}/steg/2", headers=NB)
    assert saved.text.startswith("Lagret ")
    assert _only_application().answers["needs"] == "Halvveis"


def test_autosave_of_a_sent_application_is_refused_quietly(
    karis_phone: StrictClient, actor_for: ActorFor, kari: Person, draft: Draft
) -> None:
    made = draft(actor_for(kari))
    step = f"/min-side/soknader/{made.id}/steg/2"
    form = karis_phone.page(step).form()
    karis_phone.send(f"/min-side/soknader/{made.id}/se-over")
    refused = karis_phone.post(f"{step}/kladd", data=form, headers={"HX-Request": "true"})
    assert (refused.status_code, refused.data) == (409, b"")
    assert karis_phone.post(step, data=form).headers["Location"] == f"/min-side/soknader/{made.id}"
    assert "allerede sendt" in karis_phone.page(f"/min-side/soknader/{made.id}", headers=NB).text


@pytest.mark.parametrize("typed", ["<script>alert(1)</script>", "Mor 👵🏽 faller", "שלום", "x\x00y", "linje\r\nlinje"])
def test_what_she_types_is_shown_as_typed(karis_phone: StrictClient, typed: str) -> None:
    path = _start(karis_phone)
    for number in (1, 2, 3):
        karis_phone.send(f"{path}/steg/{number}", {**_fields(number), **({"needs": typed} if number == 2 else {})})
    kept = typed.replace("\x00", "").replace("\r\n", "\n")
    assert karis_phone.page(f"{path}/steg/2").form()["needs"].removeprefix("\n") == kept
    page = karis_phone.page(f"{path}/se-over")
    assert " ".join(kept.split()) in page.text
    assert karis_phone.send(f"{path}/se-over").headers["Location"].endswith("/kvittering")


def test_a_hundred_thousand_characters_are_kept_but_not_sent(karis_phone: StrictClient) -> None:
    path = _start(karis_phone)
    long = "ord " * 25_000
    response = karis_phone.send(f"{path}/steg/2", {**_fields(2), "needs": long}, headers=NB)
    assert response.status_code == 422
    assert "Kort det ned til 4000 tegn." in response.text
    assert _only_application().answers["needs"] == long


def test_an_unfinished_application_leads_to_what_is_missing(karis_phone: StrictClient) -> None:
    path = _start(karis_phone)
    assert karis_phone.get(f"{path}/se-over").headers["Location"] == f"{path}/steg/1?mangler=1"
    page = karis_phone.page(f"{path}/steg/1?mangler=1", headers=NB)
    assert "Velg hvem som skal ha alarmen." in page.text
    token = page.form()["csrf_token"]
    sent_too_early = karis_phone.post(f"{path}/se-over", data={"csrf_token": token, "revision": "0"})
    assert sent_too_early.headers["Location"] == f"{path}/se-over"
    assert karis_phone.get(path).headers["Location"] == f"{path}/fortsett"
    assert karis_phone.get(f"{path}/kvittering").headers["Location"] == f"{path}/fortsett"


def test_an_answer_changed_from_the_check_leads_back_to_the_check(
    karis_phone: StrictClient, actor_for: ActorFor, kari: Person, draft: Draft
) -> None:
    path = f"/min-side/soknader/{draft(actor_for(kari)).id}"
    step = f"{path}/steg/2?fra=se-over"
    assert karis_phone.send(step, {"needs": "Noe nytt"}).headers["Location"] == f"{path}/se-over"


def test_what_another_tab_changed_is_looked_over_again(
    karis_phone: StrictClient, actor_for: ActorFor, kari: Person, draft: Draft
) -> None:
    path = f"/min-side/soknader/{draft(actor_for(kari)).id}"
    first_tab = karis_phone.page(f"{path}/se-over").form()
    karis_phone.send(f"{path}/steg/2", {"needs": "Endret i fane to"})
    assert karis_phone.post(f"{path}/se-over", data=first_tab).headers["Location"] == f"{path}/se-over"
    page = karis_phone.page(f"{path}/se-over", headers=NB)
    assert "Svarene ble endret i et annet vindu." in page.text
    assert "Endret i fane to" in page.text


def test_sending_twice_shows_the_same_receipt(
    karis_phone: StrictClient, actor_for: ActorFor, kari: Person, draft: Draft
) -> None:
    path = f"/min-side/soknader/{draft(actor_for(kari)).id}"
    form = karis_phone.page(f"{path}/se-over").form()
    places = {karis_phone.post(f"{path}/se-over", data=form).headers["Location"] for _tap in range(2)}
    assert places == {f"{path}/kvittering"}
    assert karis_phone.get(f"{path}/se-over").headers["Location"] == f"{path}/kvittering"


def test_kari_withdraws_after_being_asked_once(
    karis_phone: StrictClient, actor_for: ActorFor, kari: Person, siri: StaffMember, sent: Sent
) -> None:
    application = sent(actor_for(kari))
    path = f"/min-side/soknader/{application.id}"
    withdrawn = karis_phone.send(f"{path}/trekk", of=path, action=f"{path}/trekk")
    assert withdrawn.headers["Location"] == path
    page = karis_phone.page(path, headers=NB)
    assert "Du har trukket søknaden, så vi gjør ikke mer med den." in page.text
    assert "Trekk søknaden" not in page.text


def test_withdrawing_what_is_decided_explains_itself(
    karis_phone: StrictClient, actor_for: ActorFor, kari: Person, siri: StaffMember, sent: Sent
) -> None:
    application = sent(actor_for(kari))
    path = f"/min-side/soknader/{application.id}"
    form = karis_phone.page(path).form(f"{path}/trekk")
    caseworker = actor_for(siri)
    send_decision(caseworker, application, write(caseworker, application, Outcome.GRANTED))
    karis_phone.post(f"{path}/trekk", data=form)
    page = karis_phone.page(path, headers=NB)
    assert "Søknaden er allerede ferdig behandlet." in page.text
    assert "Innvilget" in page.text


def test_kari_deletes_a_draft(karis_phone: StrictClient) -> None:
    path = _start(karis_phone)
    karis_phone.send(f"{path}/slett", of="/min-side/soknader", action=f"{path}/slett")
    page = karis_phone.page("/min-side/soknader", headers=NB)
    assert "Utkastet er slettet." in page.text
    assert "Du har ingen søknader her." in page.text


def test_ola_finds_nothing_of_karis(
    client_for: ClientFor, actor_for: ActorFor, ola: Person, kari: Person, sent: Sent, draft: Draft
) -> None:
    application = sent(actor_for(kari))
    made = draft(actor_for(kari))
    with db.read_only() as session:
        [document] = documents_of(session, queries.case_for(session, actor_for(kari), application.id))
    browser = client_for(ola)
    token = browser.page("/soknad/trygghetsalarm").form("/soknad/trygghetsalarm")["csrf_token"]
    sent_path, draft_path = f"/min-side/soknader/{application.id}", f"/min-side/soknader/{made.id}"
    for path in (
        sent_path,
        f"{sent_path}/kvittering",
        f"{sent_path}/dokument/{document.file_id}",
        f"{draft_path}/fortsett",
        f"{draft_path}/steg/1",
        f"{draft_path}/se-over",
    ):
        assert browser.get(path).status_code == 404, path
    for path in (
        f"{sent_path}/trekk",
        f"{draft_path}/slett",
        f"{draft_path}/steg/1",
        f"{draft_path}/steg/1/kladd",
        f"{draft_path}/se-over",
    ):
        assert browser.post(path, data={"csrf_token": token}).status_code == 404, path


def test_a_step_or_document_that_is_not_there_is_not_found(
    karis_phone: StrictClient, actor_for: ActorFor, kari: Person, sent: Sent
) -> None:
    path = _start(karis_phone)
    for number in (0, 4):
        assert karis_phone.get(f"{path}/steg/{number}").status_code == 404
    assert karis_phone.get(f"{path}/dokument/{UUID(int=1)}").status_code == 404


def test_her_applications_come_page_by_page(
    karis_phone: StrictClient, actor_for: ActorFor, kari: Person, sent: Sent, monkeypatch: pytest.MonkeyPatch
) -> None:
    actor = actor_for(kari)
    for _ in range(3):
        sent(actor)
    monkeypatch.setattr(queries, "PAGE_SIZE", 2)
    first = karis_phone.page("/min-side/soknader", headers=NB)
    assert "/3 ·" in first.text
    second = karis_phone.page(first.links["Neste"], headers=NB)
    assert "/1 ·" in second.text
    assert second.links["Forrige"] == "/min-side/soknader"


def test_a_login_that_ran_out_leads_back_to_the_step(karis_phone: StrictClient) -> None:
    path = _start(karis_phone)
    karis_phone.delete_cookie("portal", domain="ringebu.localhost")
    assert (
        karis_phone.get(f"{path}/steg/2").headers["Location"] == f"/logg-inn?{urlencode({'neste': f'{path}/steg/2'})}"
    )


def test_what_she_typed_while_the_login_ran_out_waits_in_the_page(
    karis_phone: StrictClient, log_in: LogIn, kari: Person
) -> None:
    path = _start(karis_phone)
    form = karis_phone.page(f"{path}/steg/2").form()
    karis_phone.delete_cookie("portal", domain="ringebu.localhost")
    typed = {**form, "needs": 'Mor har falt to ganger.\n«Hun sier "nei"»', "action": "pause"}
    logged_out = karis_phone.post(f"{path}/steg/2", data=typed, headers=NB)
    assert logged_out.status_code == 401
    page = Page(logged_out.text)
    assert page.h1 == "Du er logget ut"
    assert page.links["Logg inn igjen"] == f"/logg-inn?{urlencode({'neste': f'{path}/steg/2'})}"
    autosave = karis_phone.post(f"{path}/steg/2/kladd", data=typed, headers={"HX-Request": "true"})
    assert (autosave.status_code, autosave.data) == (401, b"")
    karis_phone.set_cookie("portal", log_in(kari), domain="ringebu.localhost")
    went_on = karis_phone.post(f"{path}/steg/2", data=page.form())
    assert went_on.headers["Location"] == "/min-side/soknader"
    assert _only_application().answers["needs"] == typed["needs"]


def test_no_page_asks_the_database_more_than_six_times(
    karis_phone: StrictClient, actor_for: ActorFor, kari: Person, sent: Sent, draft: Draft
) -> None:
    done, made = sent(actor_for(kari)), draft(actor_for(kari))
    karis_phone.page("/min-side/soknader")  # remembers the host and stamps the session
    for path in (
        "/soknad/trygghetsalarm",
        "/min-side/soknader",
        f"/min-side/soknader/{done.id}",
        f"/min-side/soknader/{done.id}/kvittering",
        f"/min-side/soknader/{made.id}/steg/1",
        f"/min-side/soknader/{made.id}/se-over",
    ):
        with count_statements() as statements:
            karis_phone.page(path)
        assert len(statements) <= 6, (path, statements)
