"""The citizen's pages of messages, as a browser meets them."""

import struct
import zlib
from collections.abc import Callable
from io import BytesIO

import pypdfium2
import pytest
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart

from citizen_portal import db
from citizen_portal.auth.actor import Citizen, Staff, System
from citizen_portal.db import new_id
from citizen_portal.forms import MOST_PAGES
from citizen_portal.identity.models import Person, StaffMember
from citizen_portal.journal import queries as journal_queries
from citizen_portal.journal import service as journal
from citizen_portal.journal.models import CaseFile
from citizen_portal.messages import service
from citizen_portal.messages.models import Message
from tests.messages.conftest import a_pdf, a_picture
from tests.messages.test_service import count
from tests.reading import Page, StrictClient
from tests.statements import count_statements
from tests.test_uploads import LOCKED_PDF


def pages(number: int) -> bytes:
    """A PDF of empty pages."""
    written = BytesIO()
    with pypdfium2.PdfDocument.new() as pdf:
        for _ in range(number):
            pdf.new_page(200, 200).close()
        pdf.save(written)
    return written.getvalue()


def endless_picture() -> bytes:
    """A small file that says it is a picture of 900 million pixels."""
    header = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + header
    return (
        b"\x89PNG\r\n\x1a\n"
        + struct.pack(">I", 13)
        + chunk
        + struct.pack(">I", zlib.crc32(chunk))
        + a_picture("PNG")[33:]
    )


INBOX = "/min-side/meldinger"
ActorFor = Callable[[Person | StaffMember], Citizen | Staff]
ClientFor = Callable[..., StrictClient]


@pytest.fixture
def greeting(actor_for: ActorFor, siri: StaffMember, karis_case: CaseFile) -> Message:
    """Siri's first message to Kari."""
    actor = actor_for(siri)
    assert isinstance(actor, Staff)
    with db.transaction() as session:
        return service.write_to_citizen(
            session, actor, karis_case.id, "Hei, Kari.\nKan du sende legeerklæring?", new_id()
        )


@pytest.fixture
def browser(client_for: ClientFor, kari: Person) -> StrictClient:
    """Kari's browser, in Bokmål."""
    client = client_for(kari)
    client.set_cookie("language", "nb", domain="ringebu.localhost")
    return client


def thread_path(message: Message) -> str:
    """Where the message's conversation is."""
    return f"{INBOX}/{message.thread_id}"


def files(*sent: tuple[bytes, str]) -> list[tuple[BytesIO, str]]:
    """Files as the test client sends them."""
    return [(BytesIO(data), name) for data, name in sent]


def sends(browser: StrictClient, path: str, body: str, data: bytes, name: str) -> TestResponse:
    """Send a message with one file of any size, without the test client's own temporary files."""
    fields = {**browser.page(path).form(path), "body": body, "attachments": FileStorage(BytesIO(data), name)}
    boundary, sent = encode_multipart(fields)
    return browser.post(path, data=sent, content_type=f"multipart/form-data; boundary={boundary}")


def test_kari_finds_an_empty_inbox_that_says_what_comes_here(browser: StrictClient) -> None:
    page = browser.page(INBOX)
    assert page.h1 == "Meldinger"
    assert "Du har ingen meldinger ennå." in page.text


def test_kari_sees_what_is_unread_by_a_word_reads_it_and_it_is_read(browser: StrictClient, greeting: Message) -> None:
    inbox = browser.page(INBOX)
    assert "Søknad om trygghetsalarm Ny" in inbox.text
    assert "Siri Haugen, Hjemmetjenesten" in inbox.text
    thread = browser.page(thread_path(greeting))
    assert thread.h1 == "Søknad om trygghetsalarm"
    assert "Ny" in thread.text.split()
    assert "Ny" not in browser.page(INBOX).text.split()
    assert "Sett av deg i dag" in browser.page(thread_path(greeting)).text


@pytest.mark.parametrize("position", ["0", "-1", "9" * 30, "-" + "9" * 30, "x"])
def test_an_address_with_any_number_in_it_shows_the_thread(
    browser: StrictClient, greeting: Message, position: str
) -> None:
    assert browser.get(f"{thread_path(greeting)}?for={position}").status_code == 200


def test_kari_answers_with_a_pdf_and_a_picture_and_sees_them_in_order(browser: StrictClient, greeting: Message) -> None:
    answer = browser.send(
        thread_path(greeting),
        {"body": "Her er den.", "attachments": files((a_pdf(), "legeerklæring.pdf"), (a_picture(), "bilde.jpg"))},
    )
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{thread_path(greeting)}#newest")
    page = browser.page(thread_path(greeting))
    assert page.text.index("Kan du sende") < page.text.index("Her er den.") < page.text.index("legeerklæring.pdf")
    assert "PDF," in page.text
    assert "JPEG," in page.text
    download = browser.get(page.links["legeerklæring.pdf"])
    assert download.data == a_pdf()
    assert download.headers["Content-Type"] == "application/pdf"
    assert download.headers["Content-Disposition"] == (
        "attachment; filename=\"legeerklring.pdf\"; filename*=UTF-8''legeerkl%C3%A6ring.pdf"
    )
    assert download.headers["X-Content-Type-Options"] == "nosniff"
    assert download.headers["Content-Security-Policy"].startswith("sandbox;")


@pytest.mark.parametrize(
    ("data", "name", "said"),
    [
        (b"MZ\x90\x00 a program", "bilde.jpg", "Vi tar imot PDF, JPEG og PNG."),
        (b"", "tom.pdf", "Filen er tom."),
        (b"%PDF-1.7\n" + b"0" * (26 * 1024 * 1024), "stor.pdf", "Filen er større enn 25"),
        (b"%PDF-1.7\nnot really", "ødelagt.pdf", "Vi får ikke åpnet filen."),
        (b"<html><script>alert(1)</script>", "side.pdf", "Vi tar imot PDF, JPEG og PNG."),
        (LOCKED_PDF, "låst.pdf", "PDF-en er låst med passord."),
        (pages(MOST_PAGES + 1), "bok.pdf", "PDF-en har mer enn 50 sider."),
        (endless_picture(), "bombe.png", "Bildet er for stort."),
    ],
    ids=["renamed program", "empty", "26 MB", "damaged", "web page", "locked", "too many pages", "too many pixels"],
)
def test_a_file_that_we_do_not_take_is_named_at_its_field_and_the_text_is_kept(
    browser: StrictClient, greeting: Message, data: bytes, name: str, said: str
) -> None:
    answer = sends(browser, thread_path(greeting), "Her er den.", data, name)
    assert answer.status_code == 422
    page = Page(answer.text)
    assert said in page.text
    assert f"«{name}»" in page.text
    assert page.form(thread_path(greeting))["body"].strip() == "Her er den."
    assert "#attachments" in page.links.values()
    assert count(Message) == 1


def test_a_picture_with_something_hidden_behind_it_is_kept_without_it(browser: StrictClient, greeting: Message) -> None:
    hidden = b"PK\x03\x04 <script>alert(1)</script>"
    polyglot = a_picture("PNG") + hidden
    browser.send(thread_path(greeting), {"body": "Bilde", "attachments": files((polyglot, "bilde.png"))})
    page = browser.page(thread_path(greeting))
    assert hidden not in browser.get(page.links["bilde.png"]).data


def test_six_files_are_one_too_many(browser: StrictClient, greeting: Message) -> None:
    six = files(*[(a_picture(), f"{n}.jpg") for n in range(6)])
    answer = browser.send(thread_path(greeting), {"body": "Hei", "attachments": six})
    assert answer.status_code == 422
    assert "Velg høyst 5 filer" in Page(answer.text).text


def test_a_hundred_megabytes_are_answered_with_a_page_that_says_so(browser: StrictClient, greeting: Message) -> None:
    answer = sends(browser, thread_path(greeting), "Hei", bytes(100 * 1024 * 1024), "film.pdf")
    assert answer.status_code == 413
    assert Page(answer.text).h1 == "Filen er for stor"


def test_an_empty_message_is_asked_for_at_its_field(browser: StrictClient, greeting: Message) -> None:
    answer = browser.send(thread_path(greeting), {"body": "  "})
    assert answer.status_code == 422
    assert Page(answer.text).links["Skriv meldingen før du sender den."] == "#body"


def test_sending_the_same_form_twice_makes_one_message(browser: StrictClient, greeting: Message) -> None:
    form = {**browser.page(thread_path(greeting)).form(thread_path(greeting)), "body": "Hei"}
    assert [browser.post(thread_path(greeting), data=form).status_code for _ in range(2)] == [303, 303]
    assert count(Message) == 2


def test_kari_can_be_the_first_to_write_about_her_case(browser: StrictClient, karis_case: CaseFile) -> None:
    path = f"{INBOX}/om-sak/{karis_case.id}"
    assert browser.page(path).h1 == "Skriv til Hjemmetjenesten"
    answer = browser.send(path, {"body": "Når får jeg svar?"})
    assert answer.status_code == 303
    assert "Når får jeg svar?" in browser.page(answer.headers["Location"]).text
    again = browser.get(path)
    assert (again.status_code, again.headers["Location"]) == (
        303,
        answer.headers["Location"].replace("#newest", "#write"),
    )


def test_an_empty_first_message_is_asked_for_too(browser: StrictClient, karis_case: CaseFile) -> None:
    path = f"{INBOX}/om-sak/{karis_case.id}"
    answer = browser.send(path, {"body": ""})
    assert answer.status_code == 422
    assert Page(answer.text).h1 == "Skriv til Hjemmetjenesten"


def test_a_form_whose_id_was_tampered_with_is_sent_under_a_new_one(browser: StrictClient, greeting: Message) -> None:
    answer = browser.send(thread_path(greeting), {"body": "Hei", "message_id": "'; DROP TABLE message"})
    assert answer.status_code == 303
    assert count(Message) == 2


def test_a_closed_case_says_whom_to_call_and_has_no_form(
    browser: StrictClient, greeting: Message, karis_case: CaseFile, the_system: System
) -> None:
    with db.transaction() as session:
        journal.close_case_file(session, the_system, journal_queries.case_file(session, karis_case.id))
    page = browser.page(thread_path(greeting))
    assert "Saken er avsluttet. Vil du legge til noe, ring Hjemmetjenesten på 61 28 31 00." in page.text
    assert page.all("//main//form") == []


def test_what_kari_typed_before_her_login_ran_out_is_there_when_she_is_back(
    browser: StrictClient, client_for: ClientFor, kari: Person, greeting: Message, karis_case: CaseFile
) -> None:
    draft_path = f"{INBOX}/om-sak/{karis_case.id}/utkast"
    hidden = browser.page(thread_path(greeting)).form(thread_path(greeting))
    saved = browser.post(draft_path, data={**hidden, "body": "Jeg lurer på"})
    assert saved.text.startswith("Lagret ")
    back = client_for(kari).page(thread_path(greeting))
    assert back.form(thread_path(greeting))["body"].strip() == "Jeg lurer på"


def test_ola_finds_nothing_of_karis(
    client_for: ClientFor, ola: Person, greeting: Message, karis_case: CaseFile, browser: StrictClient
) -> None:
    browser.send(thread_path(greeting), {"body": "Hei", "attachments": files((a_picture(), "bilde.jpg"))})
    attachment = browser.page(thread_path(greeting)).links["bilde.jpg"]
    stranger = client_for(ola)
    for path in (thread_path(greeting), attachment, f"{INBOX}/om-sak/{karis_case.id}"):
        assert stranger.get(path).status_code == 404, path
    form = stranger.page(INBOX)
    token = form.all("//input[@name='csrf_token']/@value")[0]
    for path in (thread_path(greeting), f"{INBOX}/om-sak/{karis_case.id}", f"{INBOX}/om-sak/{karis_case.id}/utkast"):
        answer = stranger.post(path, data={"csrf_token": token, "body": "Hei", "message_id": str(new_id())})
        assert answer.status_code == 404, path
    assert count(Message) == 2


def test_a_page_address_that_somebody_made_up_does_not_exist(browser: StrictClient) -> None:
    for made_up in ("x", "2026-11-23", "2026-11-23T10:00:00~00000000-0000-7000-8000-000000000000"):
        assert browser.get(INBOX, query_string={"etter": made_up}).status_code == 404


@pytest.mark.parametrize("language", ["nb", "nn", "en", "se"])
def test_the_pages_can_be_read_in_every_language(browser: StrictClient, greeting: Message, language: str) -> None:
    browser.set_cookie("language", language, domain="ringebu.localhost")
    for path in (INBOX, thread_path(greeting)):
        page = browser.page(path)
        assert page.all("//html/@lang") == [language]


def test_the_pages_take_at_most_six_statements(browser: StrictClient, greeting: Message) -> None:
    for path in (INBOX, thread_path(greeting)):
        browser.page(path)
        with count_statements() as statements:
            browser.page(path)
        assert statements.in_all <= 6, [*statements, *statements.read_log]
