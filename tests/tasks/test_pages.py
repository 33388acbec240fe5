"""Siri asks Kari for a doctor's statement; Kari finds it first, photographs the paper, and the case goes on."""

from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest

from citizen_portal import clock, db
from citizen_portal.applications import service as application_service
from citizen_portal.applications.files.models import ApplicationFile
from citizen_portal.applications.models import Application
from citizen_portal.applications.status import Status
from citizen_portal.applications.tasks import service
from citizen_portal.applications.tasks.models import Slot, Task
from citizen_portal.auth.actor import Citizen, Staff
from citizen_portal.db import new_id
from citizen_portal.identity.models import Area, Person, Representation
from citizen_portal.journal import queries as journal
from tests.applications.conftest import reload
from tests.messages.conftest import a_picture
from tests.reading import Page, StrictClient
from tests.statements import count_statements
from tests.tasks.conftest import Asks, working_day

ClientFor = Callable[..., StrictClient]
STATEMENT = Slot("Legeerklæring", is_required=True)
MORE = Slot("Andre papirer", is_required=False)


def _path(task: Task) -> str:
    return f"/min-side/soknader/{task.application_id}/oppgave/{task.id}"


def _case(application: Application) -> str:
    return f"/ansatt/saker/{application.case_file_id}"


def _photo(name: str = "erklæring.jpg") -> tuple[BytesIO, str]:
    return BytesIO(a_picture()), name


def test_siri_asks_and_kari_sees_it_first_with_its_deadline(
    siris_browser: StrictClient, karis_browser: StrictClient, application: Application
) -> None:
    path = f"{_case(application)}/be-om-noe"
    typed = {"title": "Send inn legeerklæring", "required": "Legeerklæring\n", "optional": "Epikrise", "due": _typed(9)}
    assert siris_browser.send(path, typed).headers["Location"] == _case(application)
    assert "Venter på innbyggeren" in siris_browser.page(_case(application)).text
    for page in ("/min-side", "/min-side/soknader", f"/min-side/soknader/{application.id}"):
        text = karis_browser.page(page).text
        assert "Send inn legeerklæring" in text
        assert "rist " in text[text.index("Send inn legeerklæring") :]
    links = karis_browser.page("/min-side").links
    task = next(href for words, href in links.items() if words.startswith("Send inn legeerklæring"))
    asked = karis_browser.page(task)
    assert asked.h1 == "Send inn legeerklæring"
    assert "Legeerklæring" in asked.text
    assert "Epikrise" in asked.text


def test_what_siri_got_wrong_is_said_at_its_field_and_kept(
    siris_browser: StrictClient, application: Application
) -> None:
    path = f"{_case(application)}/be-om-noe"
    many = "\n".join(f"Papir {number}" for number in range(11))
    refused = siris_browser.send(path, {"title": " ", "optional": many, "due": "1.1.2020"})
    assert refused.status_code == 422
    page = Page(refused.text)
    assert {"#title", "#optional", "#due"} <= set(page.links.values())
    assert page.form(path)["optional"].split() == many.split()
    assert siris_browser.send(path, {"title": "Send", "due": "31.2.2027"}).status_code == 422


def test_kari_photographs_the_paper_and_siri_sees_what_came(
    karis_browser: StrictClient, siris_browser: StrictClient, application: Application, asks: Asks
) -> None:
    task = asks("Send inn legeerklæring", None, STATEMENT, MORE)
    path = _path(task)
    added = karis_browser.send(path, {"slot-1": _photo(), "text": "Den er fra fastlegen.", "action": "add"})
    assert added.headers["Location"] == path
    assert karis_browser.page(path).form(path)["text"].strip() == "Den er fra fastlegen."
    assert karis_browser.send(path, {"action": "send"}).headers["Location"] == path
    assert "Du svarte" in karis_browser.page(path).text
    assert "erklæring.jpg" in karis_browser.page(path).links
    assert reload_status(application) is Status.IN_PROGRESS
    case = siris_browser.page(_case(application))
    assert "Innbyggeren har sendt noe" in case.text
    assert "Innbyggeren har sendt noe" in siris_browser.page("/ansatt").text
    answer = siris_browser.page(f"{_case(application)}/oppgaver/{task.id}")
    assert "Den er fra fastlegen." in answer.text
    assert siris_browser.get(answer.links["erklæring.jpg"]).status_code == 200
    siris_browser.send(f"{_case(application)}/sett", of=_case(application), action=f"{_case(application)}/sett")
    assert "Innbyggeren har sendt noe" not in siris_browser.page("/ansatt").text
    with db.read_only() as session:
        sent = session.get_one(Task, (task.municipality_id, task.id))
        assert sent.answer_entry_id is not None
        entry = journal.registry_entry(session, sent.answer_entry_id)
    assert [document.title for document in entry.documents][1:] == ["erklæring.jpg"]


def reload_status(application: Application) -> Status:
    """How it stands now."""
    with db.read_only() as session:
        return session.get_one(Application, (application.municipality_id, application.id)).status


def test_what_lacks_is_said_and_what_was_typed_and_chosen_is_kept(karis_browser: StrictClient, asks: Asks) -> None:
    task = asks("Send inn legeerklæring", None, STATEMENT, MORE)
    path = _path(task)
    refused = karis_browser.send(path, {"slot-2": _photo("annet.jpg"), "text": "Hei", "action": "send"})
    assert refused.status_code == 422
    page = Page(refused.text)
    assert "#slot-1" in page.links.values()
    assert "annet.jpg" in page.links
    assert page.form(path)["text"].strip() == "Hei"
    remove = next(
        value for value in page.all(f"//form[@action='{path}']//button/@value") if value.startswith("remove-file:")
    )
    karis_browser.send(path, {"action": remove})
    assert "annet.jpg" not in karis_browser.page(path).links


def test_a_photo_goes_by_itself_with_javascript_and_counts_once_however_often_it_is_sent(
    karis_browser: StrictClient, client_for: ClientFor, ola: Person, asks: Asks
) -> None:
    path = _path(asks("Send inn legeerklæring", None, STATEMENT))
    karis_browser.send(path, {"text": "Den er fra fastlegen.", "action": "add"})
    upload_id, token = str(new_id()), karis_browser.page(path).form(path)["csrf_token"]

    def upload(data: bytes, name: str, slot: int = 1) -> Any:
        sent = {"csrf_token": token, f"slot-{slot}-upload": upload_id, f"slot-{slot}": (BytesIO(data), name)}
        return karis_browser.post(f"{path}/filer/{slot}", data=sent)

    page = Page(upload(a_picture(), "dør.jpg").text)
    assert page.form(path)["text"].strip() == "Den er fra fastlegen."
    assert upload(a_picture(), "dør.jpg").text.count("Fjern<span") == 1
    refused = upload(b"MZ", "virus.exe")
    assert (refused.status_code, refused.mimetype) == (422, "text/plain")
    assert upload(a_picture(), "dør.jpg", slot=2).status_code == 404
    olas_browser = client_for(ola)
    olas_token = olas_browser.page("/min-side/soknader").form("/logg-ut")["csrf_token"]
    assert olas_browser.post(f"{path}/filer/1", data={"csrf_token": olas_token}).status_code == 404


def test_kari_does_not_have_it_and_says_why(
    karis_browser: StrictClient, application: Application, asks: Asks, siris_browser: StrictClient
) -> None:
    task = asks("Send inn legeerklæring", None, STATEMENT)
    path = _path(task)
    assert karis_browser.send(path, {"has_nothing": "y", "action": "send"}).status_code == 422
    typed = {"has_nothing": "y", "text": "Legen har ferie.", "action": "send"}
    assert karis_browser.send(path, typed).status_code == 303
    seen = siris_browser.page(f"{_case(application)}/oppgaver/{task.id}").text
    assert "Innbyggeren har ikke dette." in seen
    assert "Legen har ferie." in seen


def test_the_draft_is_kept_while_she_types_and_when_she_goes_away(karis_browser: StrictClient, asks: Asks) -> None:
    path = _path(asks())
    saved = karis_browser.send(f"{path}/kladd", {"text": "Jeg begynte"}, of=path, action=path)
    assert saved.text.startswith("Lagret ")
    assert karis_browser.page(path).form(path)["text"].strip() == "Jeg begynte"
    paused = karis_browser.send(path, {"text": "Jeg begynte på", "action": "pause"})
    assert paused.headers["Location"] == "/min-side"
    assert karis_browser.page(path).form(path)["text"].strip() == "Jeg begynte på"
    assert karis_browser.send(f"{path}/kladd", {"text": "x" * 10_001}, of=path, action=path).status_code == 422
    assert karis_browser.send(path, {"text": "x" * 10_001}).status_code == 422


def test_an_answer_from_two_tabs_is_one_and_the_other_words_are_shown(karis_browser: StrictClient, asks: Asks) -> None:
    task = asks()
    path = _path(task)
    old = karis_browser.page(path).form(path)
    karis_browser.send(path, {"text": "Her er svaret.", "action": "send"})
    again = karis_browser.post(path, data={**old, "text": "Her er et annet.", "action": "send"})
    assert again.status_code == 409
    assert "Her er et annet." in again.text
    assert "Det er allerede svart" in again.text
    assert karis_browser.post(path, data={**old, "text": "Her er svaret.", "action": "send"}).status_code == 303


def test_withdrawn_while_she_types_she_is_told_kindly_and_keeps_her_words(
    karis_browser: StrictClient, siris_browser: StrictClient, application: Application, asks: Asks
) -> None:
    task = asks()
    path, of_staff = _path(task), f"{_case(application)}/oppgaver/{task.id}"
    old = karis_browser.page(path).form(path)
    siris_browser.send(f"{of_staff}/trekk", of=of_staff, action=f"{of_staff}/trekk")
    karis_browser.post(path, data={**old, "text": "Legen skrev dette.", "action": "send"})
    page = karis_browser.page(path)
    assert "Vi trenger ikke dette lenger, så du behøver ikke gjøre noe." in page.text
    assert "Legen skrev dette." in page.text
    assert "Send inn legeerklæring" in siris_browser.page(_case(application)).text
    assert siris_browser.page(of_staff).h1 == "Send inn legeerklæring"


def test_a_deadline_that_passed_is_seen_by_both_and_can_be_moved(
    karis_browser: StrictClient, siris_browser: StrictClient, application: Application, asks: Asks, siri_acts: Staff
) -> None:
    with clock.frozen(clock.now() - timedelta(days=30)):
        task = asks(due=working_day(10))
    assert "Vi tar imot svaret ditt likevel." in karis_browser.page(_path(task)).text
    assert "fristen var" in siris_browser.page("/ansatt").text
    of_staff = f"{_case(application)}/oppgaver/{task.id}"
    action = f"{of_staff}/frist"
    assert siris_browser.send(action, {"due": "1.1.2020"}, of=of_staff, action=action).status_code == 422
    assert siris_browser.send(action, {"due": _typed(9)}, of=of_staff, action=action).status_code == 303
    assert "Frist " in karis_browser.page(_path(task)).text
    assert "Ny frist: Send inn legeerklæring" in karis_browser.page(f"/min-side/soknader/{application.id}").text


def test_borghilds_daughter_answers_for_her_and_a_stranger_finds_nothing(
    client_for: ClientFor,
    kari: Person,
    ola: Person,
    borghild: Person,
    follows: Callable[..., Representation],
    actor_for: Callable[..., Citizen],
    siri_acts: Staff,
    sent: Callable[[Citizen], Application],
    asks_in: Callable[[Application], Task],
) -> None:
    follows(kari, borghild, area=Area.HEALTH)
    task = asks_in(sent(actor_for(borghild)))
    path = _path(task)
    client_for(kari).send(path, {"text": "Mor har ikke fått den ennå.", "action": "send"})
    with db.read_only() as session:
        assert session.get_one(Task, (task.municipality_id, task.id)).answered_by_name == "Kari Moen"
    assert "Kari Moen svarte" in client_for(borghild).page(path).text
    assert client_for(ola).get(path).status_code == 404


@pytest.fixture
def asks_in(siri_acts: Staff) -> Callable[[Application], Task]:
    """`asks_in(application)`: Siri asks whoever applied for something."""

    def ask(application: Application) -> Task:
        asked = service.Asked(new_id(), "Send inn legeerklæring", "", (), working_day(10))
        with db.transaction() as session:
            return service.give(session, siri_acts, application.id, asked)

    return ask


def test_kari_adds_a_paper_without_being_asked(
    karis_browser: StrictClient, siris_browser: StrictClient, application: Application
) -> None:
    path = f"/min-side/soknader/{application.id}/legg-ved"
    assert karis_browser.send(path, {"action": "send"}).status_code == 422
    kept = karis_browser.send(path, {"files": _photo("regning.jpg"), "text": "En regning", "action": "add"})
    page = Page(kept.text)
    assert "regning.jpg" in page.links
    form = {**page.form(path), "action": "send"}
    for _tap in range(2):
        sent = karis_browser.post(path, data=form)
        assert sent.headers["Location"] == f"/min-side/soknader/{application.id}"
    assert karis_browser.page(f"/min-side/soknader/{application.id}").text.count("Du sendte mer") == 1
    assert "regning.jpg" not in karis_browser.page(path).links
    assert "Innbyggeren har sendt noe" in siris_browser.page(_case(application)).text
    with db.read_only() as session:
        entries = journal.entries_of_case(session, application.case_file_id)  # type: ignore[arg-type]
        files = list(session.scalars(ApplicationFile.__table__.select()))
    assert entries[-1].title.startswith("Tillegg til søknaden – ")
    assert len(entries) == 2
    assert len(files) == 1


def test_nothing_is_added_to_a_case_that_is_dealt_with(
    karis_browser: StrictClient, application: Application, kari_acts: Citizen
) -> None:
    path = f"/min-side/soknader/{application.id}/legg-ved"
    old = {**karis_browser.page(path).form(path), "text": "Mer", "action": "send"}
    with db.transaction() as session:
        application_service.withdraw(session, kari_acts, application.id)
    assert karis_browser.post(path, data=old).headers["Location"] == f"/min-side/soknader/{application.id}"
    assert karis_browser.get(path).status_code == 303
    assert reload(kari_acts, application.id).news_at is None


def test_the_pages_take_at_most_six_statements(
    karis_browser: StrictClient, siris_browser: StrictClient, application: Application, asks: Asks
) -> None:
    task = asks("Send inn legeerklæring", None, STATEMENT)
    for client, path in (
        (karis_browser, _path(task)),
        (karis_browser, f"/min-side/soknader/{application.id}"),
        (karis_browser, "/min-side"),
        (siris_browser, _case(application)),
        (siris_browser, f"{_case(application)}/oppgaver/{task.id}"),
        (siris_browser, f"{_case(application)}/be-om-noe"),
        (siris_browser, f"{_case(application)}/forelopig-svar"),
        (siris_browser, "/ansatt"),
    ):
        client.page(path)
        with count_statements() as statements:
            client.page(path)
        assert statements.in_all <= 6, (path, [*statements, *statements.read_log])


@pytest.mark.parametrize("language", ["nn", "en", "se"])
def test_her_pages_are_there_in_her_language(karis_browser: StrictClient, asks: Asks, language: str) -> None:
    task = asks("Send inn legeerklæring", None, STATEMENT)
    for path in (_path(task), f"/min-side/soknader/{task.application_id}/legg-ved"):
        karis_browser.page(path, headers={"Accept-Language": language})


def _typed(after: int) -> str:
    return f"{working_day(after):%d.%m.%Y}"
