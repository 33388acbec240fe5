"""The caseworker's pages, and who never comes to them."""

from collections.abc import Callable
from datetime import timedelta
from io import BytesIO

import pytest
from sqlalchemy import select

from citizen_portal import clock, db
from citizen_portal.applications.models import Application
from citizen_portal.audit.models import AuditEvent, EventTag
from citizen_portal.auth.actor import Citizen, Role
from citizen_portal.db import new_id
from citizen_portal.identity import service as identity
from citizen_portal.identity.models import Person, StaffMember
from citizen_portal.tenancy import service as tenancy
from citizen_portal.tenancy.models import Municipality, Unit
from tests.messages.conftest import a_pdf, a_picture
from tests.reading import Page, StrictClient
from tests.staff.conftest import ActorFor, ClientFor
from tests.statements import count_statements

WORK_LIST = "/ansatt"


def case_path(application: Application) -> str:
    """Where the application's case is."""
    return f"/ansatt/saker/{application.case_file_id}"


def read_by_staff(person: Person) -> list[tuple[str, str]]:
    """What the log says that staff read of the person's."""
    with db.read_only() as session:
        events = session.scalars(
            select(AuditEvent)
            .where(AuditEvent.about_person_id == person.id, AuditEvent.actor_kind == "staff")
            .order_by(AuditEvent.sequence_number)
        )
        return [(event.tag, event.actor_name) for event in events]


def test_siri_finds_the_new_application_with_its_deadline_first(
    siris_browser: StrictClient, karis_application: Application, kari: Person
) -> None:
    page = siris_browser.page(WORK_LIST)
    assert page.h1 == "Arbeidsliste"
    assert ["".join(cell.itertext()) for cell in page.all("//thead//th")] == [
        "Svar innen",
        "Tjeneste og innbygger",
        "Siste hendelse",
        "Saksbehandler",
    ]
    assert "Kari Moen 2026/1" in page.text
    assert "Kari Moen" in page.text
    assert kari.national_id not in page.html


def test_siri_takes_the_case_and_it_moves_from_not_assigned_to_hers(
    siris_browser: StrictClient, karis_application: Application
) -> None:
    before = siris_browser.page(f"{WORK_LIST}?liste=ufordelt")
    assert "Ufordelt1 Mine0 Enheten1" in before.text.replace(" 1", "1").replace(" 0", "0")
    taken = siris_browser.send(f"{case_path(karis_application)}/ta", of=f"{WORK_LIST}?liste=ufordelt")
    assert (taken.status_code, taken.headers["Location"]) == (303, case_path(karis_application))
    assert "Ingenting venter her." in siris_browser.page(f"{WORK_LIST}?liste=ufordelt").text
    assert "Siri Haugen" in siris_browser.page(f"{WORK_LIST}?liste=mine").text


def test_siri_sees_answers_timeline_and_journal_number_and_writes_to_kari_who_answers_with_a_picture(
    siris_browser: StrictClient, karis_browser: StrictClient, karis_application: Application
) -> None:
    path = case_path(karis_application)
    page = siris_browser.page(path)
    assert page.h1.endswith("for Kari Moen")
    for told in ("Mor har falt to ganger i høst.", "Journalpost 1/", "Ingen har skrevet ennå.", "Mottatt"):
        assert told in page.text
    written = siris_browser.send(f"{path}/meldinger", {"body": "Hei, Kari."}, of=path, action=f"{path}/meldinger")
    assert (written.status_code, written.headers["Location"]) == (303, f"{path}#newest")
    about = karis_browser.get(f"/min-side/meldinger/om-sak/{karis_application.case_file_id}").headers["Location"]
    thread = about.partition("#")[0]
    karis_browser.send(thread, {"body": "Her er bildet.", "attachments": [(BytesIO(a_picture()), "dør.jpg")]})
    assert "Melding fra innbyggeren" in siris_browser.page(WORK_LIST).text
    page = siris_browser.page(path)
    assert page.text.index("Hei, Kari.") < page.text.index("Her er bildet.")
    assert "Sett av Kari Moen" in page.text
    assert "Journalpost 3/" in page.text
    assert siris_browser.get(page.links["dør.jpg"]).status_code == 200
    assert "Sett av Siri Haugen" in karis_browser.page(thread).text


def test_siri_gets_the_archives_form_of_a_pdf_and_kari_gets_her_own_back(
    siris_browser: StrictClient, karis_browser: StrictClient, karis_application: Application
) -> None:
    path = f"/min-side/meldinger/om-sak/{karis_application.case_file_id}"
    thread = karis_browser.send(
        path, {"body": "Her er den.", "attachments": [(BytesIO(a_pdf()), "legeerklæring.pdf")]}
    ).headers["Location"]
    links = siris_browser.page(case_path(karis_application)).links
    got = siris_browser.get(links["legeerklæring.pdf"]).data
    assert got.startswith(b"%PDF-")
    assert got != a_pdf()
    assert karis_browser.get(karis_browser.page(thread).links["legeerklæring.pdf"]).data == a_pdf()


def test_siri_can_fetch_the_application_as_it_was_journaled(
    siris_browser: StrictClient, karis_application: Application
) -> None:
    page = siris_browser.page(case_path(karis_application))
    path = next(href for href in page.links.values() if "/dokumenter/" in href)
    document = siris_browser.get(path)
    assert document.data.startswith(b"%PDF-")
    assert document.headers["Content-Disposition"].startswith("attachment; ")


def test_siri_changes_the_status_and_kari_reads_why(
    siris_browser: StrictClient, karis_browser: StrictClient, karis_application: Application
) -> None:
    path = case_path(karis_application)
    fields = {"status": "waiting_for_others", "note": "Vi venter på fastlegen."}
    changed = siris_browser.send(f"{path}/status", fields, of=path, action=f"{path}/status")
    assert changed.status_code == 303
    assert "Venter på andre" in siris_browser.page(path).text
    assert "Vi venter på fastlegen." in karis_browser.page(f"/min-side/soknader/{karis_application.id}").text


def test_a_note_with_a_character_that_nobody_types_is_kept_without_it(
    siris_browser: StrictClient, karis_browser: StrictClient, karis_application: Application
) -> None:
    path = case_path(karis_application)
    fields = {"status": "waiting_for_others", "note": "Vi venter på\0 fastlegen."}
    assert siris_browser.send(f"{path}/status", fields, of=path, action=f"{path}/status").status_code == 303
    assert "Vi venter på fastlegen." in karis_browser.page(f"/min-side/soknader/{karis_application.id}").text


def test_a_status_that_does_not_exist_is_refused_at_its_field(
    siris_browser: StrictClient, karis_application: Application
) -> None:
    path = case_path(karis_application)
    refused = siris_browser.send(f"{path}/status", {"status": "rich"}, of=path, action=f"{path}/status")
    assert refused.status_code == 422
    assert "#status" in Page(refused.text).links.values()


def test_siri_cannot_close_while_kari_waits_and_is_told_so_at_the_field_with_her_words_kept(
    siris_browser: StrictClient, karis_browser: StrictClient, karis_application: Application
) -> None:
    path = case_path(karis_application)
    karis_browser.send(f"/min-side/meldinger/om-sak/{karis_application.case_file_id}", {"body": "Når kommer dere?"})
    closing = {"status": "closed", "note": "Alarmen er satt opp."}
    refused = siris_browser.send(f"{path}/status", closing, of=path, action=f"{path}/status")
    assert refused.status_code == 422
    page = Page(refused.text)
    assert "Innbyggeren venter på svar. Svar i samtalen før du avslutter saken." in page.text
    assert "#status" in page.links.values()
    assert page.form(f"{path}/status")["note"].strip() == "Alarmen er satt opp."
    siris_browser.send(f"{path}/meldinger", {"body": "I morgen."}, of=path, action=f"{path}/meldinger")
    assert siris_browser.send(f"{path}/status", closing, of=path, action=f"{path}/status").status_code == 303
    page = siris_browser.page(path)
    assert "Saken er avsluttet." in page.text
    assert f"{path}/meldinger" not in page.all("//form/@action")


def test_a_status_from_a_page_that_grew_old_changes_nothing_and_says_so(
    siris_browser: StrictClient, karis_application: Application
) -> None:
    path = case_path(karis_application)
    old = {**siris_browser.page(path).form(f"{path}/status"), "status": "waiting_for_others"}
    siris_browser.send(
        f"{path}/status", {"status": "closed", "note": "Kari har flyttet."}, of=path, action=f"{path}/status"
    )
    assert siris_browser.post(f"{path}/status", data=old).status_code == 303
    assert "Saken ble endret i mellomtiden." in siris_browser.page(path).text


def test_a_case_that_was_closed_meanwhile_cannot_be_taken(
    siris_browser: StrictClient, karis_application: Application
) -> None:
    path = case_path(karis_application)
    old = siris_browser.page(path).form(f"{path}/ta")
    siris_browser.send(
        f"{path}/status", {"status": "closed", "note": "Kari har flyttet."}, of=path, action=f"{path}/status"
    )
    assert siris_browser.post(f"{path}/ta", data=old).status_code == 303
    assert "Saken ble endret i mellomtiden." in siris_browser.page(path).text


def test_siris_draft_is_there_when_she_comes_back(siris_browser: StrictClient, karis_application: Application) -> None:
    path = case_path(karis_application)
    form = siris_browser.page(path).form(f"{path}/meldinger")
    assert siris_browser.post(f"{path}/utkast", data={**form, "body": "Hei, Ka"}).text.startswith("Lagret ")
    assert siris_browser.page(path).form(f"{path}/meldinger")["body"].strip() == "Hei, Ka"


def test_an_empty_message_from_siri_is_asked_for_at_its_field_and_her_file_named(
    siris_browser: StrictClient, karis_application: Application
) -> None:
    path = case_path(karis_application)
    fields = {"body": "Se her.", "attachments": [(BytesIO(b"MZ program"), "skjema.pdf")]}
    refused = siris_browser.send(f"{path}/meldinger", fields, of=path, action=f"{path}/meldinger")
    assert refused.status_code == 422
    page = Page(refused.text)
    assert "«skjema.pdf»" in page.text
    assert page.form(f"{path}/meldinger")["body"].strip() == "Se her."


def test_two_who_take_the_same_case_are_told_who_has_it(
    client_for: ClientFor,
    siris_browser: StrictClient,
    siri: StaffMember,
    home_care: Unit,
    karis_application: Application,
) -> None:
    path = case_path(karis_application)
    form = siris_browser.page(path).form(f"{path}/ta")
    with db.transaction() as session:
        colleague = identity.employ(
            session,
            issuer=siri.issuer,
            subject="turid",
            name="Turid Dahl",
            title="Saksbehandler",
            unit_id=home_care.id,
            roles=[Role.CASEWORKER],
        )
    client_for(colleague).send(f"{path}/ta", of=path, action=f"{path}/ta")
    answer = siris_browser.post(f"{path}/ta", data=form)
    assert answer.status_code == 303
    assert "Turid Dahl har tatt saken." in siris_browser.page(path).text


def test_kari_can_see_in_the_log_that_siri_read_her_case_and_its_document(
    siris_browser: StrictClient, karis_application: Application, kari: Person
) -> None:
    page = siris_browser.page(case_path(karis_application))
    siris_browser.get(next(href for href in page.links.values() if "/dokumenter/" in href))
    assert read_by_staff(kari) == [
        (EventTag.APPLICATION_READ, "Siri Haugen"),
        (EventTag.DOCUMENT_READ, "Siri Haugen"),
    ]


def test_jonas_the_nurse_has_a_home_but_no_cases(
    client_for: ClientFor, jonas: StaffMember, karis_application: Application
) -> None:
    browser = client_for(jonas)
    browser.set_cookie("language", "nb", domain="ringebu.localhost")
    home = browser.page(WORK_LIST)
    assert "Rollen din omfatter ikke saker." in home.text
    assert "Kari" not in home.text
    assert browser.get(case_path(karis_application)).status_code == 403


def test_a_caseworker_of_another_unit_does_not_find_the_case(
    client_for: ClientFor, siri: StaffMember, karis_application: Application, kari: Person
) -> None:
    with db.transaction() as session:
        schools = tenancy.add_unit(session, name="Oppvekst", phone="61 28 32 00")
        elsewhere = identity.employ(
            session,
            issuer=siri.issuer,
            subject="turid",
            name="Turid Dahl",
            title="Saksbehandler",
            unit_id=schools.id,
            roles=[Role.CASEWORKER],
        )
    browser = client_for(elsewhere)
    assert "Kari" not in browser.page(WORK_LIST).text
    assert browser.get(case_path(karis_application)).status_code == 404
    assert read_by_staff(kari) == []


def test_nils_in_the_neighbour_municipality_finds_nothing_and_can_do_nothing(
    client_for: ClientFor, nils: StaffMember, karis_application: Application, siris_browser: StrictClient
) -> None:
    browser, path = client_for(nils), case_path(karis_application)
    home = browser.page(WORK_LIST)
    assert "Kari" not in home.text
    document = next(href for href in siris_browser.page(path).links.values() if "/dokumenter/" in href)
    for readable in (path, document):
        assert browser.get(readable).status_code == 404
    token = home.all("//input[@name='csrf_token']/@value")[0]
    for verb in ("ta", "status", "meldinger", "utkast"):
        data = {"csrf_token": token, "body": "Hei", "message_id": str(new_id()), "status": "granted"}
        assert browser.post(f"{path}/{verb}", data=data).status_code == 404, verb


def test_kari_cannot_open_the_caseworkers_pages(karis_browser: StrictClient, karis_application: Application) -> None:
    for path in (WORK_LIST, case_path(karis_application)):
        answer = karis_browser.get(path)
        assert answer.status_code == 303
        assert answer.headers["Location"].startswith("/ansatt/logg-inn")


def test_the_work_list_goes_on_on_the_next_page(
    siris_browser: StrictClient,
    sent: Callable[[Citizen], Application],
    actor_for: ActorFor,
    kari: Person,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    actor = actor_for(kari)
    assert isinstance(actor, Citizen)
    numbers = {str(sent(actor).case_file_id) for _ in range(3)}
    monkeypatch.setattr("citizen_portal.staff.views.PAGE_SIZE", 2)
    first = siris_browser.page(WORK_LIST)
    rest = siris_browser.page(first.links["Neste"])
    found = [href.rpartition("/")[2] for page in (first, rest) for href in page.links.values() if "/saker/" in href]
    assert len(page_rows(first)) == 2
    assert set(found) <= numbers
    assert len(page_rows(rest)) == 1
    assert siris_browser.get(f"{WORK_LIST}?etter=tull").status_code == 404


def page_rows(page: Page) -> list[object]:
    """The lines of the work list."""
    return page.all("//tbody/tr")


def test_an_overdue_answer_is_so_by_a_word_and_stands_among_what_is_due(
    client_for: ClientFor, siri: StaffMember, karis_application: Application
) -> None:
    with clock.frozen(clock.now() + timedelta(days=60)):
        browser = client_for(siri)
        browser.set_cookie("language", "nb", domain="ringebu.localhost")
        for path in (case_path(karis_application), f"{WORK_LIST}?liste=forfaller"):
            assert "Over fristen" in browser.page(path).text


@pytest.mark.parametrize("language", ["nb", "nn", "en", "se"])
def test_the_pages_can_be_read_in_every_language(
    siris_browser: StrictClient, karis_application: Application, language: str
) -> None:
    siris_browser.set_cookie("language", language, domain="ringebu.localhost")
    for path in (WORK_LIST, case_path(karis_application)):
        siris_browser.page(path)


def test_the_pages_take_at_most_six_statements(
    siris_browser: StrictClient, karis_application: Application, ringebu: Municipality
) -> None:
    path = case_path(karis_application)
    siris_browser.send(f"{path}/meldinger", {"body": "Hei, Kari."}, of=path, action=f"{path}/meldinger")
    for read in (WORK_LIST, path):
        siris_browser.page(read)
        with count_statements() as statements:
            siris_browser.page(read)
        assert statements.in_all <= 6, [*statements, *statements.read_log]
