"""Siri writes down what Kari says on the phone, and scans what Ola sends on paper: both are cases like any other."""

from collections.abc import Callable
from datetime import date, timedelta
from io import BytesIO
from typing import Any

import pypdfium2  # type: ignore[import-untyped]  # carries no types
import pytest
from sqlalchemy import select

from citizen_portal import clock, db, storage
from citizen_portal.applications.models import Application
from citizen_portal.applications.status import Channel, Status
from citizen_portal.audit.models import AuditEvent, EventTag
from citizen_portal.identity.models import AccessGrant, Person, Protection, StaffMember
from citizen_portal.journal.models import CorrespondenceParty, DocumentDescription, DocumentObject, RegistryEntry
from citizen_portal.my_data.applications import applications as in_my_data
from citizen_portal.notifications.models import Notice, Occasion
from tests.messages.conftest import a_pdf, a_picture
from tests.reading import StrictClient
from tests.staff.conftest import archive, siris_browser

__all__ = ["archive", "siris_browser"]

PAGE = "/ansatt/registrer-soknad"
SAID = "Mor har falt to ganger.\n\nHun trenger alarm <b>nå</b> 🙂"


def days_ago(number: int) -> str:
    return f"{clock.today() - timedelta(days=number):%d.%m.%Y}"


def register(browser: StrictClient, whom: Person | str, **changes: Any) -> Any:
    number = whom if isinstance(whom, str) else whom.national_id
    form = {"national_id": number, "name": "Anne Ruud", "service": "trygghetsalarm", "channel": "phone", "told": SAID}
    return browser.send(PAGE, {**form, **changes}, action=PAGE)


def made() -> list[Application]:
    with db.read_only() as session:
        return list(session.scalars(select(Application).order_by(Application.id)))


pytestmark = pytest.mark.usefixtures("archive")


def test_a_phone_call_becomes_a_case_with_the_clocks_of_its_day(siris_browser: StrictClient, kari: Person) -> None:
    answer = register(siris_browser, kari, received=days_ago(10))
    assert (answer.status_code, answer.headers["Location"]) == (303, "/ansatt")
    assert "registrert som sak 2026/1. Hjemmetjenesten har den" in siris_browser.page("/ansatt").text
    (application,) = made()
    day = clock.today() - timedelta(days=10)
    assert (application.status, application.channel, application.person_id) == (
        Status.RECEIVED,
        Channel.PHONE,
        kari.id,
    )
    assert application.received_date == day
    assert application.answer_by_date == application.definition.answer_by(day)
    assert application.answers == {}
    with db.read_only() as session:
        entry = session.scalars(select(RegistryEntry)).one()
        sender = session.scalars(select(CorrespondenceParty.name).where(CorrespondenceParty.unit_name.is_(None))).one()
        file = session.scalars(select(DocumentObject)).one()
        told = session.scalars(select(Notice.occasion).where(Notice.person_id == kari.id)).all()
        event = session.scalars(select(AuditEvent).where(AuditEvent.tag == "application-registered")).one()
    assert entry.received_at is not None
    assert clock.to_oslo(entry.received_at).date() == entry.document_date == day
    assert (sender, told, event.about_person_id) == ("Kari Moen", [Occasion.APPLICATION_RECEIVED], kari.id)
    with pypdfium2.PdfDocument(storage.files().read(file.sha256)) as document:
        text = " ".join(document[0].get_textpage().get_text_range().split())
    assert "Skrevet ned av Siri Haugen, Hjemmetjenesten" in text
    assert "Mor har falt to ganger." in text


def test_kari_sees_who_wrote_it_down_and_can_say_that_it_is_not_right(
    siris_browser: StrictClient, kari: Person, client_for: Callable[..., StrictClient]
) -> None:
    register(siris_browser, kari)
    (application,) = made()
    browser = client_for(kari)
    browser.set_cookie("language", "nb", domain="ringebu.localhost")
    page = browser.page(f"/min-side/soknader/{application.id}")
    assert "Mottatt per telefon" in page.text
    assert "Skrevet ned av Siri Haugen, Hjemmetjenesten" in page.text
    assert "Hun trenger alarm <b>nå</b> 🙂" in page.text
    assert "Stemmer ikke det vi har skrevet ned?" in page.text
    assert "Skriv om saken" in page.links
    for path in ("/min-side", "/min-side/soknader", f"/min-side/soknader/{application.id}/kvittering"):
        browser.page(path)
    with db.read_only() as session:
        (record,) = in_my_data(session, kari)
    assert record.answers == []


def test_the_case_page_copes_with_an_application_without_answers(siris_browser: StrictClient, kari: Person) -> None:
    register(siris_browser, kari)
    (application,) = made()
    page = siris_browser.page(f"/ansatt/saker/{application.case_file_id}")
    assert "Mottatt per telefon" in page.text
    assert "Mor har falt to ganger." in page.text
    assert "Ikke besvart" not in page.text


@pytest.mark.parametrize(
    ("name", "content", "media_type"),
    [("soknad.pdf", a_pdf, "application/pdf"), ("bilde.jpg", a_picture, "image/jpeg")],
)
def test_a_paper_is_the_scanned_paper_itself(
    siris_browser: StrictClient, ola: Person, name: str, content: Callable[[], bytes], media_type: str
) -> None:
    answer = register(siris_browser, ola, channel="paper", told="", scan=(BytesIO(content()), name))
    assert answer.status_code == 303, answer.text
    (application,) = made()
    with db.read_only() as session:
        (document,) = session.scalars(select(DocumentDescription))
    assert document.title == "Søknad om trygghetsalarm"
    page = siris_browser.page(f"/ansatt/saker/{application.case_file_id}")
    assert "Mottatt på papir" in page.text
    link = next(href for href in page.links.values() if "/dokumenter/" in href)
    assert siris_browser.get(link).mimetype == media_type


def test_somebody_whom_nobody_knows_is_made_known(siris_browser: StrictClient, kari: Person) -> None:
    number = kari.national_id
    with db.transaction() as session:
        session.delete(session.get_one(Person, (kari.municipality_id, kari.id)))
    register(siris_browser, number)
    (application,) = made()
    with db.read_only() as session:
        assert session.get_one(Person, (kari.municipality_id, application.person_id)).name == "Anne Ruud"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"received": "tomorrow"}, "Dagen er ikke kommet ennå"),
        ({"received": "31.02.2026"}, "Skriv datoen som dag, måned og år"),
        ({"received": "01.01.2020"}, "mer enn ett år siden"),
        ({"told": " "}, "Skriv det innbyggeren sier."),
        ({"channel": "paper"}, "Velg den skannede søknaden."),
        ({"channel": "paper", "scan": (b"", "tom.pdf")}, "Filen er tom"),
        ({"channel": ""}, "Velg hvordan søknaden kom."),
        ({"service": ""}, "Velg tjenesten."),
        ({"national_id": "12345678901"}, "Skriv de 11 sifrene til innbyggeren."),
        ({"name": ""}, "Skriv navnet til innbyggeren."),
    ],
)
def test_what_is_wrong_is_said_what_was_typed_is_kept_and_the_number_is_not(
    siris_browser: StrictClient, kari: Person, changes: dict[str, Any], said: str
) -> None:
    if changes.get("received") == "tomorrow":
        changes = {"received": days_ago(-1)}
    if "scan" in changes:
        changes = {**changes, "scan": (BytesIO(changes["scan"][0]), changes["scan"][1])}
    answer = register(siris_browser, kari, **changes)
    assert answer.status_code == 422
    assert said in answer.text
    assert kari.national_id not in answer.text
    assert made() == []
    if "told" not in changes:
        assert "Hun trenger alarm" in answer.text


def test_sent_twice_it_is_registered_once(siris_browser: StrictClient, kari: Person) -> None:
    page = siris_browser.page(PAGE).form(PAGE)
    form = {**page, "national_id": kari.national_id, "name": "Kari Moen", "service": "trygghetsalarm"}
    for _ in range(2):
        answer = siris_browser.post(PAGE, data={**form, "channel": "phone", "told": SAID})
        assert answer.status_code == 303
    assert len(made()) == 1
    with db.read_only() as session:
        assert len(session.scalars(select(Notice)).all()) == 1


def test_somebody_protected_or_dead_cannot_be_registered_for_and_the_answer_is_the_same(
    siris_browser: StrictClient, kari: Person, ola: Person
) -> None:
    with db.transaction() as session:
        session.merge(kari).protection = Protection.CONFIDENTIAL
        session.merge(ola).death_date = date(2026, 1, 1)
    for person in (kari, ola):
        answer = register(siris_browser, person)
        assert answer.status_code == 422
        assert "Du kan ikke registrere en søknad for dette nummeret." in answer.text
        assert person.name not in answer.text
    assert made() == []


def test_one_of_the_few_says_why_first(
    client_for: Callable[..., StrictClient], protected_team: StaffMember, kari: Person
) -> None:
    with db.transaction() as session:
        session.merge(kari).protection = Protection.CONFIDENTIAL
    answer = register(client_for(protected_team), kari)
    assert answer.status_code == 403
    assert f"/ansatt/finn-person/{kari.id}/grunn" in answer.text
    assert made() == []


def test_from_the_page_of_a_person_found_there_is_no_number_to_type(
    siris_browser: StrictClient, siri: StaffMember, kari: Person
) -> None:
    path = f"{PAGE}/{kari.id}"
    assert siris_browser.get(path).status_code == 404
    with db.transaction() as session:
        session.add(
            AccessGrant(
                staff_id=siri.id,
                person_id=kari.id,
                purpose="case-handling",
                granted_at=clock.now(),
                expires_at=clock.now() + timedelta(hours=1),
            )
        )
    assert "Registrer søknad" in siris_browser.page(f"/ansatt/finn-person/{kari.id}").links
    assert siris_browser.page(path).h1 == "Registrer søknad for Kari Moen"
    answer = siris_browser.send(path, {"service": "trygghetsalarm", "channel": "phone", "told": SAID}, action=path)
    assert answer.status_code == 303
    assert [application.person_id for application in made()] == [kari.id]


def test_the_search_by_number_is_in_the_log(siris_browser: StrictClient, kari: Person) -> None:
    register(siris_browser, kari)
    with db.read_only() as session:
        event = session.scalars(select(AuditEvent).where(AuditEvent.tag == EventTag.PERSON_SEARCHED.value)).one()
    assert event.about_person_id == kari.id
