"""Kari sends papers with the form: from a phone without JavaScript, one at a time, too many, and of every bad kind."""

import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import select

from citizen_portal import db, documents
from citizen_portal.applications.definitions import FOLDER, shipped
from citizen_portal.applications.files.models import ApplicationFile
from citizen_portal.applications.models import Application
from citizen_portal.db import new_id
from citizen_portal.documents import untrusted
from citizen_portal.identity.models import Person, StaffMember
from citizen_portal.journal.models import DocumentDescription
from citizen_portal.journal.scans import scanner
from citizen_portal.journal.scans.clamav import Clamd
from tests.conftest import ClientFor
from tests.journal.scans.fake_clamd import EICAR, fake_clamd
from tests.messages.conftest import a_pdf, a_picture
from tests.reading import StrictClient
from tests.test_uploads import LOCKED_PDF

NB = {"Accept-Language": "nb"}
TEXT = {"nb": "Legeerklæring", "nn": "Legeerklæring", "en": "Doctor's statement"}
MISSING = {"nb": "Legg ved legeerklæringen.", "nn": "Legg ved legeerklæringa.", "en": "Add the statement."}
STEPS: list[dict[str, Any]] = [
    {
        "id": "papers",
        "title": {"nb": "Papirer", "nn": "Papir", "en": "Papers"},
        "fields": [
            {"name": "doctor", "type": "file", "label": TEXT, "required": MISSING, "most": 2},
            {"name": "story", "type": "textarea", "label": {"nb": "Fortell", "nn": "Fortel", "en": "Tell"}},
        ],
    }
]


@pytest.fixture(autouse=True)
def _ask_for_papers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The only service asks for a doctor's statement."""
    monkeypatch.setattr(shipped, "FOLDER", tmp_path)
    whole = yaml.safe_load((FOLDER / "trygghetsalarm.yaml").read_text("utf-8")) | {"steps": STEPS}
    whole["journal"].pop("concerns", None)
    (tmp_path / "one.yaml").write_text(yaml.safe_dump(whole, allow_unicode=True), "utf-8")
    shipped._shipped.cache_clear()
    yield
    shipped._shipped.cache_clear()
    scanner.use(None)


@pytest.fixture
def phone(client_for: ClientFor, kari: Person, archive: None) -> StrictClient:
    """Kari's, in Bokmål."""
    browser = client_for(kari)
    browser.set_cookie("language", "nb", domain="ringebu.localhost")
    return browser


@pytest.fixture
def path(phone: StrictClient) -> str:
    """Where the draft is."""
    return phone.send("/soknad/trygghetsalarm").headers["Location"].removesuffix("/fortsett")


def sends(
    phone: StrictClient, path: str, *files: tuple[bytes, str], action: str = "add-file:doctor", **typed: str
) -> Any:
    """Post the step as a browser without JavaScript does."""
    form = phone.page(f"{path}/steg/1").form(f"{path}/steg/1/filer")
    chosen = [(BytesIO(data), name) for data, name in files]
    data = {**form, "action": action, "doctor": chosen, **typed}
    answer = phone.post(f"{path}/steg/1/filer", data=data, content_type="multipart/form-data")
    answer.request.environ["wsgi.input"].close()  # the test client's own: large forms lie in a file
    return answer


def names(phone: StrictClient, path: str) -> list[str]:
    """The files on the page."""
    return [words for words in phone.page(f"{path}/steg/1").links if words.endswith((".pdf", ".jpg", ".png"))]


def only_application() -> Application:
    with db.read_only() as session:
        return session.scalars(select(Application)).one()


def test_a_paper_is_added_without_javascript_and_what_was_typed_is_kept(phone: StrictClient, path: str) -> None:
    answer = sends(phone, path, (a_picture(), "IMG 1.jpg"), story="Hun falt")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{path}/steg/1#doctor")
    page = phone.page(f"{path}/steg/1")
    assert "IMG 1.jpg" in page.links
    assert page.form(f"{path}/steg/1/filer")["story"] == "Hun falt"
    assert phone.get(page.links["IMG 1.jpg"]).mimetype == "image/jpeg"


def test_a_paper_that_was_chosen_comes_along_when_kari_goes_on_at_once(phone: StrictClient, path: str) -> None:
    answer = sends(phone, path, (a_pdf(), "brev.pdf"), action="next")
    assert answer.headers["Location"] == f"{path}/se-over"
    assert "brev.pdf" in phone.page(f"{path}/se-over").text


def test_without_the_paper_kari_comes_no_further(phone: StrictClient, path: str) -> None:
    answer = sends(phone, path, action="next", story="Hun falt")
    assert answer.status_code == 422
    assert "Legg ved legeerklæringen." in answer.text
    assert "Hun falt" in answer.text


def test_a_step_sent_twice_has_the_paper_once(phone: StrictClient, path: str) -> None:
    form = phone.page(f"{path}/steg/1").form(f"{path}/steg/1/filer")
    for _ in range(2):
        data = {**form, "action": "add-file:doctor", "doctor": [(BytesIO(a_picture()), "dør.jpg")]}
        phone.post(f"{path}/steg/1/filer", data=data, content_type="multipart/form-data")
    assert names(phone, path) == ["dør.jpg"]
    other = {**form, "action": "add-file:doctor", "doctor": [(BytesIO(a_pdf()), "brev.pdf")]}
    phone.post(f"{path}/steg/1/filer", data=other, content_type="multipart/form-data")
    assert names(phone, path) == ["dør.jpg", "brev.pdf"], "another paper from a page that was gone back to"


def test_a_paper_is_taken_away(phone: StrictClient, path: str) -> None:
    sends(phone, path, (a_picture(), "dør.jpg"))
    with db.read_only() as session:
        file_id = session.scalars(select(ApplicationFile.id)).one()
    assert sends(phone, path, action=f"remove-file:{file_id}").status_code == 303
    assert names(phone, path) == []
    assert only_application().answers["doctor"] == []


def test_there_is_room_for_two_and_the_words_say_so(phone: StrictClient, path: str) -> None:
    papers = [(a_picture(size=(60, side)), f"{side}.jpg") for side in (10, 20, 30)]
    answer = sends(phone, path, *papers, story="Hun falt")
    assert answer.status_code == 422
    assert "Her er det plass til 2 filer." in answer.text
    assert "Hun falt" in answer.text


def test_with_javascript_one_paper_at_a_time_answers_with_the_list(phone: StrictClient, path: str) -> None:
    token = phone.page(f"{path}/steg/1").form(f"{path}/steg/1/filer")["csrf_token"]
    upload_id = str(new_id())

    def upload(data: bytes, name: str) -> Any:
        sent = {"csrf_token": token, "doctor-upload": upload_id, "doctor": (BytesIO(data), name)}
        return phone.post(f"{path}/steg/1/filer/doctor", data=sent, content_type="multipart/form-data")

    assert upload(a_picture(), "dør.jpg").status_code == upload(a_picture(), "dør.jpg").status_code == 200
    assert names(phone, path) == ["dør.jpg"]
    refused = upload(b"MZ", "virus.exe")
    assert (refused.status_code, refused.mimetype) == (422, "text/plain")
    assert "Vi tar imot PDF, JPEG og PNG" in refused.text
    sent = {"csrf_token": token, "story": (BytesIO(a_picture()), "dør.jpg")}
    assert phone.post(f"{path}/steg/1/filer/story", data=sent).status_code == 404


def test_the_papers_are_documents_of_the_entry_after_the_application_itself(
    phone: StrictClient, path: str, client_for: ClientFor, siri: StaffMember
) -> None:
    sends(phone, path, (a_pdf(), "brev.pdf"), (a_picture(), "dør.jpg"), action="next")
    phone.send(f"{path}/se-over")
    application = only_application()
    with db.read_only() as session:
        found = session.execute(
            select(DocumentDescription.title, DocumentDescription.document_type).order_by(
                DocumentDescription.document_number
            )
        ).all()
    assert [tuple(one) for one in found][1:] == [("brev.pdf", "Vedlegg"), ("dør.jpg", "Vedlegg")]
    page = phone.page(f"{path}")
    documents_of = {words: href for words, href in page.links.items() if "/dokument/" in href}
    assert len(documents_of) == 3
    assert [phone.get(href).mimetype for href in documents_of.values()] == [
        *("application/pdf", "application/pdf", "image/jpeg")
    ]
    case = client_for(siri).page(f"/ansatt/saker/{application.case_file_id}")
    assert "brev.pdf" in case.text


def test_nothing_is_added_to_what_is_sent(phone: StrictClient, path: str) -> None:
    sends(phone, path, (a_pdf(), "brev.pdf"), action="next")
    form = phone.page(f"{path}/steg/1").form(f"{path}/steg/1/filer")
    phone.send(f"{path}/se-over")
    late = {**form, "action": "next", "doctor": [(BytesIO(a_picture()), "dør.jpg")]}
    answer = phone.post(f"{path}/steg/1/filer", data=late, content_type="multipart/form-data")
    assert answer.headers["Location"] == path


def _zip() -> bytes:
    written = BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo("[Content_Types].xml", (2026, 1, 1, 0, 0, 0)), bytes(5_000_000))
    return written.getvalue()


@pytest.mark.parametrize(
    ("data", "name", "reason"),
    [
        pytest.param(b"", "tom.pdf", "Filen er tom.", id="empty"),
        pytest.param(b"MZ\x90\x00" + bytes(200), "brev.pdf", "Vi tar imot PDF, JPEG og PNG.", id="program"),
        pytest.param(_zip(), "makro.docm", "Vi tar imot PDF, JPEG og PNG.", id="macro document, zip bomb"),
        pytest.param(b"<html><script>alert(1)</script>", "side.pdf", "Vi tar imot PDF, JPEG og PNG.", id="page"),
        pytest.param(LOCKED_PDF, "låst.pdf", "PDF-en er låst med passord.", id="locked"),
        pytest.param(b"%PDF-1.7\n" + bytes(99), "ødelagt.pdf", "Vi får ikke åpnet filen.", id="damaged"),
    ],
)
def test_a_bad_file_is_refused_with_the_reason_at_the_field_and_nothing_typed_is_lost(
    phone: StrictClient, path: str, data: bytes, name: str, reason: str
) -> None:
    answer = sends(phone, path, (data, name), (a_picture(), "god.jpg"), story="Hun falt")
    assert answer.status_code == 422
    assert reason in answer.text
    assert f"«{name}»" in answer.text
    assert "Hun falt" in answer.text
    assert names(phone, path) == ["god.jpg"], "the good one beside it is kept"


def test_a_virus_is_told_at_the_field_and_is_no_answer(phone: StrictClient, path: str) -> None:
    with fake_clamd() as url:
        scanner.use(Clamd(url))
        sends(phone, path, (a_pdf() + b"\n%" + EICAR, "faktura.pdf"))
    page = phone.page(f"{path}/steg/1")
    assert "Vi fant virus i en fil og har stoppet den." in page.text
    assert "faktura.pdf" not in page.links
    assert sends(phone, path, action="next").status_code == 422


def test_what_a_pdf_hides_reaches_no_computer_of_ours(
    phone: StrictClient, path: str, client_for: ClientFor, siri: StaffMember
) -> None:
    """A script, an attached file and a launch action: staff get pictures of the pages and their text."""
    hostile = a_pdf().replace(
        b"/Type /Catalog", b"/Type /Catalog /OpenAction << /S /JavaScript /JS (app.alert(1)) >> /AA << >>", 1
    )
    sends(phone, path, (hostile, "skjema.pdf"), action="next")
    phone.send(f"{path}/se-over")
    application = only_application()
    with db.read_only() as session:
        file_id = session.scalars(select(ApplicationFile.id)).one()
    handed_out = client_for(siri).get(f"/ansatt/soknader/{application.id}/filer/{file_id}").data
    for hidden in (b"JavaScript", b"OpenAction", b"/AA", b"app.alert", b"/Launch", b"/EmbeddedFile"):
        assert hidden not in handed_out
    assert untrusted.count_pdf_pages(handed_out, 5) == 1
    assert documents.FORMAT_DETAILS


def test_a_file_of_sixty_megabytes_is_refused_at_the_field_and_nothing_typed_is_lost(
    phone: StrictClient, path: str
) -> None:
    answer = sends(phone, path, (b"\xff\xd8\xff" + bytes(60_000_000), "film.jpg"), story="Hun falt")
    answer.request.environ["wsgi.input"].close()  # the test client's own copy on disk
    assert answer.status_code == 422
    assert "Filen er større enn 25" in answer.text
    assert "Hun falt" in answer.text


def test_a_stranger_adds_nothing(path: str, client_for: ClientFor, ola: Person) -> None:
    stranger = client_for(ola)
    token = stranger.page("/soknad/trygghetsalarm").form()["csrf_token"]
    for where in ("filer", "filer/doctor"):
        data = {"csrf_token": token, "doctor": (BytesIO(a_picture()), "dør.jpg")}
        assert stranger.post(f"{path}/steg/1/{where}", data=data).status_code == 404
