"""The page about one's own data, and what people ask us to correct, block or delete."""

from dataclasses import replace
from uuid import UUID

import pytest
from flask import Flask, render_template
from sqlalchemy import select, update

from citizen_portal import db
from citizen_portal.applications.models import Application
from citizen_portal.audit.models import AuditEvent
from citizen_portal.auth.actor import Citizen, Principal, Role, System
from citizen_portal.db import new_id
from citizen_portal.identity import service as identity
from citizen_portal.identity.models import Area, Basis, Person, Protection, StaffMember
from citizen_portal.my_data import queries, service
from citizen_portal.my_data.errors import AlreadyAnswered
from citizen_portal.my_data.models import DataRequest, Form, Outcome, RequestKind
from citizen_portal.notifications.models import Occasion
from tests.conftest import LogIn, give_roles
from tests.my_data.conftest import PAGE, ActorFor, ClientFor, ordered, work
from tests.my_data.test_orders import browser, events, notices
from tests.reading import StrictClient
from tests.statements import count_statements

__all__ = ["browser"]

STAFF_PAGE = "/ansatt/innsyn-og-retting"
WRONG = "I sak 2026/1 står det at jeg bor alene."


@pytest.fixture
def siris_browser(client_for: ClientFor, siri: StaffMember) -> StrictClient:
    """Siri's browser, in Bokmål."""
    client = client_for(siri)
    client.set_cookie("language", "nb", domain="ringebu.localhost")
    return client


@pytest.fixture
def correction(karis: Citizen) -> DataRequest:
    """Kari says that something is wrong."""
    with db.transaction() as session:
        return service.send_request(
            session, karis, new_id(), RequestKind.CORRECTION, WRONG, "Jeg bor sammen med mannen min."
        )


def sent_requests() -> list[DataRequest]:
    """All requests of the municipality."""
    with db.read_only() as session:
        return list(session.scalars(select(DataRequest).order_by(DataRequest.id)))


def test_the_page_tells_kari_what_we_have(
    browser: StrictClient, karis_story: Application, kari: Person, the_system: System, borghild: Person
) -> None:
    with db.transaction() as session:
        session.execute(update(Person).where(Person.id == kari.id).values(email="kari@example.no"))
    page = browser.page(PAGE)
    assert page.h1 == "Mine opplysninger"
    for told in (
        "Kari Moen",
        "kari@example.no",
        "Kontakt- og reservasjonsregisteret",
        "Du kan gjøre noe forBorghild Moen",
    ):
        assert told in page.text
    told = {dt.text: " ".join(dt.getnext().itertext()).strip() for dt in page.all("//main//dt")}
    assert (told["Sendte søknader"], told["Saker"], told["Samtaler"]) == ("1", "1", "1")
    assert kari.national_id not in page.html
    assert "Ola" not in page.text


def test_borghild_sees_who_acts_for_her(client_for: ClientFor, karis_story: Application, borghild: Person) -> None:
    client = client_for(borghild)
    client.set_cookie("language", "nb", domain="ringebu.localhost")
    assert "Kan gjøre noe for degKari Moen" in client.page(PAGE).text


@pytest.mark.parametrize("language", ["nb", "nn", "en", "se"])
def test_the_page_can_be_had_in_every_language(client_for: ClientFor, kari: Person, language: str) -> None:
    client = client_for(kari)
    client.set_cookie("language", language, domain="ringebu.localhost")
    for path in (PAGE, f"{PAGE}/rett", f"{PAGE}/sperr"):
        client.page(path)


def test_somebody_with_a_protected_address_sees_the_same_page(
    browser: StrictClient, karis_story: Application, kari: Person
) -> None:
    before = browser.page(PAGE).text
    with db.transaction() as session:
        session.execute(update(Person).where(Person.id == kari.id).values(protection=Protection.STRICTLY_CONFIDENTIAL))
    assert browser.page(PAGE).text == before


def test_the_page_costs_six_statements(browser: StrictClient, karis_story: Application, karis: Citizen) -> None:
    work(ordered(karis))
    browser.page(PAGE)
    with count_statements() as statements:
        browser.page(PAGE)
    assert len(statements) <= 6, statements


def test_while_kari_acts_for_her_mother_the_page_is_still_about_kari(
    app: Flask, log_in: LogIn, karis_story: Application, karis: Citizen, kari: Person, borghild: Person
) -> None:
    acting = replace(karis, acting_for=Principal(borghild.id, borghild.name))
    with db.read_only() as session:
        page = queries.my_data_page(session, acting)
    assert page.facts.person.id == kari.id
    cookies = {"Cookie": f"portal={log_in(kari)}; language=nb"}
    with app.test_request_context(PAGE, base_url="http://ringebu.localhost", headers=cookies):
        app.preprocess_request()
        shown = render_template("my_data/overview.html", page=page, me=acting, forms=Form)
    assert "Denne siden handler om deg" in shown
    assert "Bare Borghild Moen kan hente opplysningene om Borghild Moen" in shown
    export = ordered(acting)
    assert export.person_id == kari.id
    with db.read_only() as session:
        found = session.execute(select(AuditEvent).where(AuditEvent.tag == "my-data-ordered")).scalar_one()
    assert (found.about_person_id, found.on_behalf_of_id) == (kari.id, None)


def test_kari_reports_an_error_and_sees_that_it_waits(browser: StrictClient, kari: Person) -> None:
    answer = browser.send(f"{PAGE}/rett", {"wrong": WRONG, "right": "Jeg bor med mannen min."})
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{PAGE}#requests")
    page = browser.page(PAGE)
    for told in ("Retting: sendt i dag", "ikke besvart ennå", WRONG, "Jeg bor med mannen min."):
        assert told in page.text
    (request,) = sent_requests()
    assert (request.kind, request.person_id) == (RequestKind.CORRECTION, kari.id)
    assert events(kari, "data-request-sent") == 1


def test_what_is_missing_is_said_at_the_field_and_nothing_typed_is_lost(browser: StrictClient) -> None:
    answer = browser.send(f"{PAGE}/rett", {"wrong": "Adressen er gal.", "right": " "})
    assert answer.status_code == 422
    assert "Skriv hva som skal stå der." in answer.text
    assert "Adressen er gal." in answer.text
    answer = browser.send(f"{PAGE}/sperr", {"about": "Saken fra 2019", "kind": "everything"})
    assert answer.status_code == 422
    assert "Velg om vi skal sperre eller slette det." in answer.text
    assert "Saken fra 2019" in answer.text
    assert browser.send(f"{PAGE}/rett", {"wrong": "x" * 5000, "right": "y"}).status_code == 422
    assert sent_requests() == []


@pytest.mark.parametrize("kind", ["restriction", "deletion"])
def test_kari_asks_us_to_block_or_delete_and_reads_what_the_law_says(browser: StrictClient, kind: str) -> None:
    page = browser.page(f"{PAGE}/sperr")
    assert "artikkel 17 nr. 3" in page.text
    assert "arkivlova" in browser.page(PAGE).text
    browser.send(f"{PAGE}/sperr", {"about": "Saken fra 2019", "kind": kind})
    (request,) = sent_requests()
    assert (request.kind.value, request.about_text, request.right_text) == (kind, "Saken fra 2019", None)


def test_a_form_sent_twice_counts_once_and_hostile_ids_do_no_harm(
    browser: StrictClient, client_for: ClientFor, ola: Person
) -> None:
    form = browser.page(f"{PAGE}/rett").form()
    for _ in range(2):
        browser.post(f"{PAGE}/rett", data={**form, "wrong": "a\0b", "right": "c"})
    assert [(r.about_text, str(r.id)) for r in sent_requests()] == [("ab", form["request_id"])]
    for hostile in ("", "' OR 1=1", "\0", "x" * 10_000):
        answer = browser.post(f"{PAGE}/rett", data={**form, "request_id": hostile, "wrong": "a", "right": "b"})
        assert answer.status_code == 303
    olas = client_for(ola)
    theirs = olas.page(f"{PAGE}/rett").form()
    taken = {**theirs, "request_id": form["request_id"], "wrong": "x", "right": "y"}
    assert olas.post(f"{PAGE}/rett", data=taken).status_code == 404


def test_ten_requests_wait_at_most(browser: StrictClient) -> None:
    for number in range(service.MOST_UNANSWERED + 1):
        browser.send(f"{PAGE}/rett", {"wrong": f"Feil {number}", "right": "Riktig"})
    assert len(sent_requests()) == service.MOST_UNANSWERED
    assert "Ti av meldingene dine venter alt på svar." in browser.page(PAGE).text


def test_siri_answers_and_kari_is_told(
    siris_browser: StrictClient, browser: StrictClient, correction: DataRequest, kari: Person
) -> None:
    listed = siris_browser.page(STAFF_PAGE)
    assert "Kari Moen" in listed.text
    assert WRONG not in listed.text
    path = f"{STAFF_PAGE}/{correction.id}"
    assert WRONG in siris_browser.page(path).text
    assert kari.national_id not in siris_browser.page(path).html
    empty = siris_browser.send(path, {"answer": "Vi noterer det."})
    assert (empty.status_code, "Vi noterer det." in empty.text) == (422, True)
    answered = siris_browser.send(path, {"outcome": "done", "answer": "Vi har notert det i saken."})
    assert answered.headers["Location"] == STAFF_PAGE
    assert "Ingenting venter her." in siris_browser.page(STAFF_PAGE).text
    assert "Kari Moen" in siris_browser.page(f"{STAFF_PAGE}?liste=besvart").text
    page = browser.page(PAGE)
    for told in ("Retting: gjort i dag", "Svar fra Siri Haugen, Hjemmetjenesten", "Vi har notert det i saken."):
        assert told in page.text
    assert notices(kari) == [Occasion.DATA_REQUEST_ANSWERED]
    assert events(kari, "data-request-answered") == 1
    assert events(kari, "data-request-read") == 4


def test_a_refusal_says_so(siris_browser: StrictClient, browser: StrictClient, correction: DataRequest) -> None:
    siris_browser.send(f"{STAFF_PAGE}/{correction.id}", {"outcome": "refused", "answer": "Du kan klage."})
    assert "Retting: ikke gjort, besvart i dag" in browser.page(PAGE).text


def test_two_caseworkers_do_not_answer_over_each_other(
    siris_browser: StrictClient, correction: DataRequest, siri: StaffMember, actor_for: ActorFor
) -> None:
    path = f"{STAFF_PAGE}/{correction.id}"
    form = siris_browser.page(path).form()
    with db.transaction() as session:
        service.answer_request(session, actor_for(siri), correction.id, Outcome.DONE, "Først")
    answer = siris_browser.post(path, data={**form, "outcome": "refused", "answer": "Sist"})
    assert answer.headers["Location"] == path
    page = siris_browser.page(path)
    assert "En kollega har alt svart." in page.text
    assert "Først" in page.text
    with pytest.raises(AlreadyAnswered), db.transaction() as session:
        service.answer_request(session, actor_for(siri), correction.id, Outcome.DONE, "Igjen")


def test_the_neighbours_caseworker_and_the_nurse_see_nothing(
    client_for: ClientFor, nils: StaffMember, jonas: StaffMember, correction: DataRequest
) -> None:
    neighbour = client_for(nils)
    assert "Kari" not in neighbour.page(STAFF_PAGE).text
    neighbour.page(f"{STAFF_PAGE}/{correction.id}", status=404)
    client_for(jonas).page(STAFF_PAGE, status=403)


def test_somebody_whom_few_may_handle_is_listed_to_these_few_only(
    siris_browser: StrictClient, correction: DataRequest, kari: Person, siri: StaffMember
) -> None:
    with db.transaction() as session:
        session.execute(update(Person).where(Person.id == kari.id).values(protection=Protection.CONFIDENTIAL))
    assert "Kari" not in siris_browser.page(STAFF_PAGE).text
    siris_browser.page(f"{STAFF_PAGE}/{correction.id}", status=404)
    give_roles(siri, Role.PROTECTED_ACCESS)
    listed = siris_browser.page(STAFF_PAGE)
    assert "Kari Moen" in listed.text
    assert f"{STAFF_PAGE}/{correction.id}" not in listed.links.values(), "a reason must be given first"
    siris_browser.page(f"{STAFF_PAGE}/{correction.id}", status=404)


def test_the_staff_pages_cost_six_statements(siris_browser: StrictClient, correction: DataRequest) -> None:
    for path in (STAFF_PAGE, f"{STAFF_PAGE}/{correction.id}"):
        siris_browser.page(path)
        with count_statements() as statements:
            siris_browser.page(path)
        assert len(statements) <= 6, statements


def test_made_up_requests_do_not_exist(siris_browser: StrictClient) -> None:
    for made_up in (UUID(int=0), "x"):
        siris_browser.page(f"{STAFF_PAGE}/{made_up}", status=404)


def test_the_privacy_page_leads_here(browser: StrictClient) -> None:
    assert browser.page("/personvern").links["Mine opplysninger"] == PAGE


def test_a_representation_that_is_over_is_not_on_the_page(
    browser: StrictClient, kari: Person, ola: Person, the_system: System
) -> None:
    with db.transaction() as session:
        made = identity.register_representation(
            session,
            the_system,
            principal=kari,
            representative=ola,
            basis=Basis.POWER_OF_ATTORNEY,
            areas=[Area.OTHER],
        )
    assert "Ola Nordli" in browser.page(PAGE).text
    with db.transaction() as session:
        session.execute(
            update(type(made))
            .where(type(made).id == made.id)
            .values(revoked_at=made.created_at, revoked_by_name="Kari")
        )
    assert "Ola Nordli" not in browser.page(PAGE).text
