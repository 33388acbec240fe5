"""What Kari sends with an appeal, and the letter in which the body above us answers it."""

from collections.abc import Callable, Iterator
from io import BytesIO

import pytest

from citizen_portal import db
from citizen_portal.applications.appeals import queries, service
from citizen_portal.applications.appeals.errors import AppealIncomplete
from citizen_portal.applications.appeals.models import Appeal
from citizen_portal.applications.appeals.service import MOST_FILES, Chosen
from citizen_portal.applications.decisions.terms import Outcome
from citizen_portal.applications.errors import ChangedMeanwhile, NotPossibleNow
from citizen_portal.applications.files.errors import TooManyFiles
from citizen_portal.applications.models import Application
from citizen_portal.auth.actor import Citizen, Staff
from citizen_portal.db import new_id
from citizen_portal.errors import NotFound
from citizen_portal.identity.models import Person, StaffMember
from citizen_portal.journal import queries as journal
from citizen_portal.journal.enclosures import Enclosure
from citizen_portal.journal.scans import scanner
from citizen_portal.journal.scans.clamav import Clamd
from tests.applications.appeals.test_pages import SAID
from tests.applications.conftest import archive, draft, sent
from tests.applications.decisions.conftest import decide, read_now, send, write
from tests.applications.files.conftest import kari_acts, karis_application, letter, photo, siri_acts
from tests.applications.files.test_scanning import infected
from tests.conftest import ClientFor
from tests.journal.scans.fake_clamd import EICAR, fake_clamd
from tests.messages.conftest import a_pdf, a_picture
from tests.reading import Page, StrictClient
from tests.staff.conftest import karis_browser, siris_browser

__all__ = [
    "archive", "decide", "draft", "infected", "kari_acts", "karis_application", "karis_browser", "letter", "photo",
    "sent", "siri_acts", "siris_browser",
]  # fmt: skip

Paper = Callable[..., Enclosure]
ANSWER = {"outcome": "upheld", "note": "De er enige med oss."}


@pytest.fixture
def refused(karis_application: Application, kari_acts: Citizen, siri_acts: Staff) -> Application:
    """Kari's application, refused, and she has read why."""
    send(siri_acts, karis_application, write(siri_acts, karis_application, Outcome.REFUSED))
    read_now(kari_acts, karis_application)
    return karis_application


@pytest.fixture
def page(refused: Application) -> str:
    """Where Kari appeals."""
    return f"/min-side/soknader/{refused.id}/klage"


@pytest.fixture
def desk(refused: Application) -> str:
    """Where Siri handles the appeal."""
    return f"/ansatt/saker/{refused.case_file_id}/klage"


@pytest.fixture
def clamd() -> Iterator[None]:
    """A scanner that answers."""
    with fake_clamd() as url:
        scanner.use(Clamd(url))
        yield
    scanner.use(None)


def _save(actor: Citizen, application: Application, *papers: Enclosure, remove: object = None) -> Appeal:
    chosen = Chosen([(new_id(), paper) for paper in papers], remove)  # type: ignore[arg-type]
    with db.transaction() as session:
        return service.save(session, actor, application.id, SAID, chosen)


def _send(actor: Citizen, application: Application, appeal: Appeal) -> Appeal:
    with db.transaction() as session:
        return service.send(session, actor, application.id, appeal.revision)


def _names(application: Application, appeal: Appeal) -> list[str]:
    with db.read_only() as session:
        return [file.filename for file in queries.files_with(session, application, appeal)]


def _documents(application: Application) -> list[str]:
    """The titles of the newest registry entry's documents."""
    assert application.case_file_id is not None
    with db.read_only() as session:
        newest = journal.entries_of_case(session, application.case_file_id)[-1]
        return [document.title for document in journal.registry_entry(session, newest.id).documents]


def _forwarded(browser: StrictClient, desk: str) -> None:
    onward = {"assessment": "Vi mener vedtaket er riktig.", "contact": "61 26 60 00"}
    assert browser.send(f"{desk}/send-videre", onward, of=desk, action=f"{desk}/send-videre").status_code == 303


def test_karis_papers_are_journaled_with_the_appeal(
    refused: Application, kari_acts: Citizen, letter: Paper, photo: Paper
) -> None:
    _send(kari_acts, refused, _save(kari_acts, refused, letter(), photo()))
    assert _documents(refused) == ["Klage på vedtak", "legeerklæring.pdf", "dør.jpg"]


def test_what_kari_removes_is_not_sent_and_once_sent_nothing_is_removed(
    refused: Application, kari_acts: Citizen, letter: Paper, photo: Paper
) -> None:
    appeal = _save(kari_acts, refused, letter(), photo())
    with db.read_only() as session:
        first, second = queries.files_with(session, refused, appeal)
    _send(kari_acts, refused, _save(kari_acts, refused, remove=first.id))
    assert _documents(refused) == ["Klage på vedtak", "dør.jpg"]
    for papers, remove in (([letter()], None), ([], second.id)):
        with pytest.raises(NotPossibleNow):
            _save(kari_acts, refused, *papers, remove=remove)
    assert _names(refused, appeal) == ["dør.jpg"]


def test_a_paper_that_came_after_the_appeal_was_looked_over_is_looked_over_too(
    refused: Application, kari_acts: Citizen, letter: Paper
) -> None:
    seen = _save(kari_acts, refused)
    _save(kari_acts, refused, letter())
    with pytest.raises(ChangedMeanwhile):
        _send(kari_acts, refused, seen)


def test_the_same_paper_sent_twice_over_a_bad_line_counts_once(
    refused: Application, kari_acts: Citizen, letter: Paper
) -> None:
    once = Chosen([(new_id(), letter())])
    for _attempt in range(2):
        with db.transaction() as session:
            appeal = service.save(session, kari_acts, refused.id, SAID, once)
    assert _names(refused, appeal) == ["legeerklæring.pdf"]


def test_there_is_room_for_ten_and_what_was_typed_is_kept_on_the_page(
    refused: Application, kari_acts: Citizen, photo: Paper, page: str, karis_browser: StrictClient
) -> None:
    appeal = _save(kari_acts, refused, *(photo() for _number in range(MOST_FILES - 1)))
    with pytest.raises(TooManyFiles):
        _save(kari_acts, refused, photo(), photo())
    two = [(BytesIO(a_picture()), "en.jpg"), (BytesIO(a_pdf()), "to.pdf")]
    answer = karis_browser.send(page, {"disagrees_text": "Alt sammen.", "files": two, "action": "check"})
    assert answer.status_code == 422
    shown = Page(answer.text)
    assert shown.form()["disagrees_text"].strip() == "Alt sammen."
    assert shown.links["Her er det plass til 10 filer. Fjern en før du legger til en annen."] == "#files"
    assert len(_names(refused, appeal)) == MOST_FILES - 1


def test_nothing_is_sent_with_a_virus_until_it_is_removed(
    clamd: None, refused: Application, kari_acts: Citizen, infected: Paper, page: str, karis_browser: StrictClient
) -> None:
    appeal = _save(kari_acts, refused, infected())
    with pytest.raises(AppealIncomplete):
        _send(kari_acts, refused, appeal)
    answer = karis_browser.send(page, {**SAID, "action": "check"})
    assert answer.status_code == 422
    shown = Page(answer.text)
    assert shown.links["Fjern filen vi har stoppet, før du sender klagen."] == "#files"
    assert karis_browser.get(f"{page}/se-over").location == page
    with db.read_only() as session:
        (file,) = queries.files_with(session, refused, appeal)
    assert karis_browser.send(page, {"action": f"remove-file:{file.id}"}).location == f"{page}#files"
    _send(kari_acts, refused, _save(kari_acts, refused))


def test_kari_sends_a_photo_with_the_appeal_without_javascript(
    refused: Application, page: str, karis_browser: StrictClient, siris_browser: StrictClient, desk: str
) -> None:
    wrong = karis_browser.send(page, {**SAID, "files": (BytesIO(b"hei"), "hei.docx"), "action": "check"})
    assert wrong.status_code == 422
    assert "hei.docx" in wrong.text
    added = karis_browser.send(page, {**SAID, "files": (BytesIO(a_picture()), "dør.jpg"), "action": "add-file:files"})
    assert added.location == f"{page}#files"
    assert "dør.jpg" in karis_browser.page(page).text
    assert karis_browser.send(page, {**SAID, "action": "check"}).location == f"{page}/se-over"
    assert "dør.jpg" in karis_browser.page(f"{page}/se-over").text
    karis_browser.send(f"{page}/se-over")
    link = siris_browser.page(desk).links["dør.jpg"]
    assert siris_browser.get(link).data.startswith(b"\xff\xd8")


def test_a_page_with_javascript_sends_one_file_at_a_time(
    refused: Application, page: str, karis_browser: StrictClient
) -> None:
    karis_browser.send(page, {**SAID, "action": "pause"})
    answer = karis_browser.send(f"{page}/filer", {"files": (BytesIO(a_picture()), "dør.jpg")}, of=page, action=page)
    assert answer.status_code == 200
    assert "dør.jpg" in answer.text
    assert Page(answer.text).form()["wants_text"].strip() == SAID["wants_text"]
    refused_file = karis_browser.send(f"{page}/filer", {"files": (BytesIO(b""), "tom.pdf")}, of=page, action=page)
    assert (refused_file.status_code, refused_file.mimetype) == (422, "text/plain")
    assert "tom.pdf" in refused_file.text


def test_ola_and_the_neighbour_add_nothing_to_karis_appeal(
    refused: Application, kari_acts: Citizen, letter: Paper, page: str, client_for: ClientFor, ola: Person,
    nils: StaffMember,
) -> None:  # fmt: skip
    appeal = _save(kari_acts, refused, letter())
    with db.read_only() as session:
        (file,) = queries.files_with(session, refused, appeal)
    browser = client_for(ola)
    token = browser.page("/soknad/trygghetsalarm").form()["csrf_token"]
    for path in (page, f"{page}/filer"):
        data = {"csrf_token": token, "files": (BytesIO(a_picture()), "dør.jpg")}
        assert browser.post(path, data=data).status_code == 404
    assert browser.get(f"/min-side/soknader/{refused.id}/filer/{file.id}").status_code == 404
    assert client_for(nils).get(f"/ansatt/soknader/{refused.id}/filer/{file.id}").status_code == 404
    assert _names(refused, appeal) == ["legeerklæring.pdf"]


def test_the_letter_of_the_body_above_us_is_the_main_document_of_its_answer(
    refused: Application, kari_acts: Citizen, desk: str, siris_browser: StrictClient
) -> None:
    _send(kari_acts, refused, _save(kari_acts, refused))
    _forwarded(siris_browser, desk)
    wrong = siris_browser.send(
        f"{desk}/svar", {**ANSWER, "letter": (BytesIO(b"hei"), "svar.docx")}, of=desk, action=f"{desk}/svar"
    )
    assert wrong.status_code == 422
    assert "Vi tar imot PDF, JPEG og PNG" in wrong.text
    right = {**ANSWER, "letter": (BytesIO(a_pdf()), "svar.pdf")}
    assert siris_browser.send(f"{desk}/svar", right, of=desk, action=f"{desk}/svar").status_code == 303
    assert _documents(refused) == ["Brev fra Statsforvalteren i Innlandet", "Svar fra klageinstansen"]
    assert siris_browser.get(siris_browser.page(desk).links["svar.pdf"]).status_code == 200


def test_a_letter_with_a_virus_is_not_registered(
    clamd: None, refused: Application, kari_acts: Citizen, desk: str, siris_browser: StrictClient
) -> None:
    _send(kari_acts, refused, _save(kari_acts, refused))
    _forwarded(siris_browser, desk)
    sick = {**ANSWER, "letter": (BytesIO(a_pdf() + b"\n% " + EICAR + b"\n"), "svar.pdf")}
    answer = siris_browser.send(f"{desk}/svar", sick, of=desk, action=f"{desk}/svar")
    assert answer.status_code == 422
    assert "Vi fant et virus i brevet" in answer.text


def test_nothing_is_added_before_there_is_a_decision(
    karis_application: Application, kari_acts: Citizen, letter: Paper
) -> None:
    with pytest.raises(NotFound):
        _save(kari_acts, karis_application, letter())
