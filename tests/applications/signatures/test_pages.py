"""What Kari and Per meet when both must sign."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import select

from citizen_portal import db
from citizen_portal.applications.drafts import deleting
from citizen_portal.applications.models import Application
from citizen_portal.applications.signatures.models import SignatureRequest
from citizen_portal.audit.models import AuditEvent, EventTag
from citizen_portal.auth.actor import Assurance, Citizen
from citizen_portal.identity.models import Person
from tests.applications.signatures.conftest import FilledIn, change
from tests.reading import StrictClient
from tests.statements import count_statements

ClientFor = Callable[..., StrictClient]
ActorFor = Callable[..., Citizen]


@pytest.fixture
def browser_of(client_for: ClientFor) -> ClientFor:
    """`browser_of(who)` reads in Bokmål."""

    def browser(who: Person, assurance: Assurance = Assurance.HIGH) -> StrictClient:
        made = client_for(who, assurance)
        made.set_cookie("language", "nb", domain="ringebu.localhost")
        return made

    return browser


@pytest.fixture
def draft(kari: Person, actor_for: ActorFor, filled_in: FilledIn) -> Application:
    """Kari's own, which somebody else must sign."""
    return filled_in(actor_for(kari))


def path_of(draft: Application, page: str = "underskrift") -> str:
    return f"/min-side/soknader/{draft.id}/{page}"


def ask(browser: StrictClient, draft: Application, whom: Person, last_name: str = "Moen") -> None:
    page = browser.page(path_of(draft, "se-over"))
    form_page = browser.page(page.links["Gå videre til underskriften"])
    form = form_page.form(path_of(draft))
    response = browser.post(path_of(draft), data={**form, "national_id": whom.national_id, "last_name": last_name})
    assert response.status_code == 303, response.text


def the_request() -> SignatureRequest:
    with db.read_only() as session:
        return session.scalars(select(SignatureRequest).order_by(SignatureRequest.id.desc())).first()  # type: ignore[return-value]


def test_kari_asks_and_per_reads_and_signs(
    kari: Person, per: Person, draft: Application, browser_of: ClientFor
) -> None:
    karis, pers = browser_of(kari), browser_of(per)
    assert "Send søknaden" not in karis.page(path_of(draft, "se-over")).text
    ask(karis, draft, per)
    assert "Har ikke skrevet under ennå" in karis.page(path_of(draft)).text
    assert "Venter på underskrift fra Moen" in karis.page("/min-side").text
    for start in ("/min-side", "/min-side/soknader"):
        waiting = pers.page(start)
        (link,) = [
            href for text, href in waiting.links.items() if "Kari Moen ber deg skrive under på en søknad" in text
        ]
    page = pers.page(link)
    assert page.h1 == "Kari Moen ber deg skrive under"
    assert "Mor har falt to ganger i høst." in page.text
    signed = pers.post(f"{link}/skriv-under", data=page.form(f"{link}/skriv-under"))
    assert signed.status_code == 303
    after = pers.page(link)
    assert "Underskrevet" in after.text
    assert "Mottatt" in after.text
    assert "Underskrevet av deg" in pers.page("/min-side/soknader").text
    assert "Per Moen" in karis.page(f"/min-side/soknader/{draft.id}").text
    with db.read_only() as session:
        readers = select(AuditEvent.actor_name).where(AuditEvent.tag == EventTag.APPLICATION_READ.value)
        assert set(session.scalars(readers)) == {"Per Moen"}


def test_the_page_does_not_tell_whom_the_portal_knows(
    kari: Person, per: Person, draft: Application, browser_of: ClientFor
) -> None:
    karis = browser_of(kari)
    ask(karis, draft, per, "Pettersen")
    asked = karis.page(path_of(draft))
    assert "Pettersen" in asked.text
    assert "Per Moen" not in asked.html
    assert per.national_id not in asked.html
    page = browser_of(per).page("/min-side")
    assert "skrive under" not in page.text


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"national_id": "1234567890", "last_name": "Moen"}, "Skriv de 11 sifrene"),
        ({"national_id": "", "last_name": ""}, "Skriv etternavnet"),
        ({"last_name": "Moen", "national_id": "own"}, "Skriv nummeret til en annen"),
    ],
)
def test_what_is_wrong_is_said_and_the_number_is_not_repeated(
    kari: Person, draft: Application, browser_of: ClientFor, typed: dict[str, str], said: str
) -> None:
    karis = browser_of(kari)
    typed = {**typed, "national_id": typed["national_id"].replace("own", kari.national_id)}
    form = karis.page(f"{path_of(draft)}?utgave={draft.revision}").form(path_of(draft))
    answer = karis.post(path_of(draft), data={**form, **typed})
    assert answer.status_code == 422
    assert said in answer.text
    assert not typed["national_id"] or typed["national_id"] not in answer.text


def test_answers_that_were_not_looked_over_are_asked_about_for_nobody(
    kari: Person, per: Person, draft: Application, browser_of: ClientFor, actor_for: ActorFor
) -> None:
    karis = browser_of(kari)
    form = karis.page(f"{path_of(draft)}?utgave={draft.revision}").form(path_of(draft))
    change(actor_for(kari), draft.id)
    answer = karis.post(path_of(draft), data={**form, "national_id": per.national_id, "last_name": "Moen"})
    assert answer.headers["Location"] == path_of(draft, "se-over")
    with db.read_only() as session:
        assert session.scalars(select(SignatureRequest)).all() == []


def test_a_change_is_told_to_both(
    kari: Person, per: Person, draft: Application, browser_of: ClientFor, actor_for: ActorFor
) -> None:
    karis, pers = browser_of(kari), browser_of(per)
    ask(karis, draft, per)
    link = f"/min-side/underskrifter/{the_request().id}"
    seen = pers.page(link).form(f"{link}/skriv-under")
    change(actor_for(kari), draft.id)
    assert pers.post(f"{link}/skriv-under", data=seen).headers["Location"] == link
    void = pers.page(link)
    assert void.h1 == "Svarene er endret"
    assert "Noe annet" not in void.html
    assert "gjelder ikke lenger" in karis.page(path_of(draft, "se-over")).text


def test_kari_takes_it_back_and_asks_somebody_else(
    kari: Person, per: Person, ola: Person, draft: Application, browser_of: ClientFor
) -> None:
    karis, pers = browser_of(kari), browser_of(per)
    ask(karis, draft, per)
    link = f"/min-side/underskrifter/{the_request().id}"
    seen = pers.page(link).form(f"{link}/skriv-under")
    form = karis.page(path_of(draft)).form(f"{path_of(draft)}/trekk")
    assert karis.post(f"{path_of(draft)}/trekk", data=form).status_code == 303
    gone = pers.post(f"{link}/skriv-under", data=seen)
    assert gone.status_code == 404
    assert "Du er ikke bedt om å skrive under" in gone.text
    ask(karis, draft, ola, "Nordli")
    assert "Kari Moen ber deg skrive under" in browser_of(ola).page("/min-side").text


def test_per_says_no_with_a_reason(kari: Person, per: Person, draft: Application, browser_of: ClientFor) -> None:
    karis, pers = browser_of(kari), browser_of(per)
    ask(karis, draft, per)
    link = f"/min-side/underskrifter/{the_request().id}"
    form = pers.page(link).form(f"{link}/si-nei")
    too_long = pers.post(f"{link}/si-nei", data={**form, "reason": "x" * 2001})
    assert too_long.status_code == 422
    assert pers.post(f"{link}/si-nei", data={**form, "reason": "<b>Nei</b> 🙂"}).status_code == 303
    told = karis.page(path_of(draft, "se-over"))
    assert "Moen vil ikke skrive under" in told.text
    assert "<b>Nei</b> 🙂" in told.text


def test_the_draft_cannot_be_sent_by_a_form_from_before(
    kari: Person, draft: Application, browser_of: ClientFor
) -> None:
    karis = browser_of(kari)
    token = karis.page(f"{path_of(draft)}?utgave={draft.revision}").form(path_of(draft))["csrf_token"]
    answer = karis.post(path_of(draft, "se-over"), data={"csrf_token": token, "revision": draft.revision})
    assert answer.headers["Location"] == path_of(draft)
    assert karis.get(path_of(draft)).headers["Location"] == path_of(draft, "se-over")


@pytest.mark.usefixtures("parents")
def test_the_other_parent_is_a_choice_of_one_tap(
    kari: Person, per: Person, emma: Person, browser_of: ClientFor, actor_for: ActorFor, filled_in: FilledIn
) -> None:
    actor = actor_for(kari)
    draft = filled_in(replace(actor, acting_for=actor.principal(emma.id)))
    karis = browser_of(kari)
    page = karis.page(f"{path_of(draft)}?utgave={draft.revision}")
    assert "Per Moen" in page.text
    answer = karis.post(path_of(draft), data={**page.form(path_of(draft)), "who": str(per.id)})
    assert answer.status_code == 303
    assert "Per Moen" in karis.page(path_of(draft)).text
    stranger = karis.post(path_of(draft), data={**page.form(path_of(draft)), "who": str(emma.id)})
    assert stranger.status_code == 422


def test_a_weak_login_is_asked_for_a_stronger_one(
    kari: Person, per: Person, draft: Application, browser_of: ClientFor
) -> None:
    ask(browser_of(kari), draft, per)
    weak = browser_of(per, Assurance.SUBSTANTIAL).get(f"/min-side/underskrifter/{the_request().id}")
    assert "niva=high" in weak.headers["Location"]


def test_the_pages_ask_the_database_little(
    kari: Person, per: Person, draft: Application, browser_of: ClientFor, actor_for: ActorFor
) -> None:
    karis, pers = browser_of(kari), browser_of(per)
    ask(karis, draft, per)
    link = f"/min-side/underskrifter/{the_request().id}"
    for browser, path in (
        *((karis, path_of(draft, page)) for page in ("se-over", "underskrift", "steg/1")),
        *((karis, path) for path in ("/min-side", "/min-side/soknader")),
        *((pers, path) for path in ("/min-side", "/min-side/soknader", link)),
    ):
        with count_statements() as statements:
            browser.page(path)
        assert len(statements) <= 6, (path, statements)


def test_a_deleted_draft_is_a_clear_message(
    kari: Person, per: Person, draft: Application, browser_of: ClientFor, actor_for: ActorFor
) -> None:
    ask(browser_of(kari), draft, per)
    link = f"/min-side/underskrifter/{the_request().id}"
    with db.transaction() as session:
        deleting.delete_draft(session, actor_for(kari), draft.id)
    gone = browser_of(per).get(link)
    assert gone.status_code == 404
    assert "Kanskje er forespørselen trukket" in gone.text
