"""Kari finds the service, reads what it is and how long it takes, and keeps a receipt."""

from urllib.parse import quote

import pytest
from sqlalchemy import select

from citizen_portal import db
from citizen_portal.applications.definitions import LifeSituation
from citizen_portal.identity.models import Person
from citizen_portal.journal.models import RegistryEntry
from citizen_portal.tenancy.models import Municipality
from tests.applications.catalogue.conftest import Answered
from tests.applications.catalogue.test_search import HARD
from tests.applications.conftest import Draft, Sent
from tests.conftest import ActorFor, ClientFor
from tests.reading import Page, StrictClient, words
from tests.statements import count_statements

NB, NN = {"Accept-Language": "nb"}, {"Accept-Language": "nn"}
DAYS = [4] * 6 + [12] * 30 + [24] * 11 + [50]
"""48 cases: half of them within 12 days, 9 of 10 within 24."""


@pytest.fixture
def stranger(client_for: ClientFor, archive: None) -> StrictClient:
    """Somebody who is not logged in."""
    return client_for()


def _offered(page: Page) -> list[str]:
    return [words(title) for title in page.all("//main//ul[@class='rows']//*[@class='row__title']")]


def test_kari_finds_the_alarm_with_a_spelling_of_her_own(stranger: StrictClient) -> None:
    page = stranger.page("/soknad?sok=tryggleiks+alarmen", headers=NB)
    assert _offered(page) == ["Trygghetsalarm"]
    assert page.title.startswith("Søk om en tjeneste: 1 tjeneste for «tryggleiks alarmen»")
    assert page.all("//input[@name='sok']/@value") == ["tryggleiks alarmen"]
    assert page.links["Se alle tjenester"] == "/soknad"


def test_who_finds_nothing_is_shown_everything_and_a_person_to_call(stranger: StrictClient) -> None:
    page = stranger.page("/soknad?sok=badestamp", headers=NB)
    assert "Ingen tjeneste for «badestamp»" in page.text
    assert "så svarer et menneske som hjelper deg" in page.text
    assert "tel:61283000" in [link.get("href") for link in page.all("//main//a")]
    assert _offered(page) == _offered(stranger.page("/soknad", headers=NB)) != []


def test_kari_looks_where_her_life_is(stranger: StrictClient) -> None:
    page = stranger.page("/soknad", headers=NB)
    ways_in = [words(link) for link in page.all("//nav[@aria-label='Hva skjer i livet ditt?']//a")]
    assert ways_in[0].startswith("Alle tjenester")
    assert any(each.startswith("Bli eldre") for each in ways_in)
    older = stranger.page(f"/soknad?livssituasjon={LifeSituation.OLD_AGE}", headers=NB)
    assert "Trygghetsalarm" in _offered(older)
    assert older.all("//a[@aria-current='page']/@href") == ["/soknad?livssituasjon=bli-eldre#services"]
    assert "Trygghetsalarm" not in _offered(stranger.page("/soknad?livssituasjon=innsyn", headers=NB))
    assert _offered(stranger.page("/soknad?livssituasjon=<script>", headers=NB)) == _offered(page)


@pytest.mark.parametrize("sought", HARD)
def test_the_page_shows_anything_that_is_searched_for_as_text(stranger: StrictClient, sought: str) -> None:
    stranger.page(f"/soknad?sok={quote(sought[:500])}", headers=NB)


def test_a_municipality_offers_only_what_it_has_a_unit_for(
    stranger: StrictClient, client_for: ClientFor, nord_fron: Municipality
) -> None:
    assert "Trygghetsalarm" in _offered(stranger.page("/soknad", headers=NB))
    neighbour = client_for()
    neighbour.base_url = "http://nord-fron.localhost"
    assert _offered(neighbour.page("/soknad", headers=NB)) == []
    assert _offered(neighbour.page("/soknad?sok=trygghetsalarm", headers=NB)) == []
    assert neighbour.get("/soknad/trygghetsalarm").status_code == 404


def test_the_service_says_what_it_is_in_both_norwegians(stranger: StrictClient, answered: Answered) -> None:
    page = stranger.page("/soknad/trygghetsalarm", headers=NB)
    for said in ("Hvem er det for?", "Hva trenger du?", "Hva koster det?", "Du får svar innen 4 uker."):
        assert said in page.text
    assert page.links["helse- og omsorgstjenesteloven § 3-2"].startswith("https://lovdata.no/")
    assert "Av de siste" not in page.text
    answered(DAYS)
    page = stranger.page("/soknad/trygghetsalarm", headers=NB)
    assert "Av de siste 48 søknadene fikk halvparten svar innen 12 dager, og 9 av 10 innen 24 dager." in page.text
    page = stranger.page("/soknad/trygghetsalarm", headers=NN)
    assert "Av dei siste 48 søknadene fekk halvparten svar innan 12 dagar, og 9 av 10 innan 24 dagar." in page.text
    assert page.all("//section[@aria-labelledby='laws']//li/@lang") == ["nb"]


def test_the_description_is_there_in_northern_sami_and_what_falls_back_says_so(stranger: StrictClient) -> None:
    page = stranger.page("/soknad/trygghetsalarm", headers={"Accept-Language": "se"})
    assert page.all("/html/@lang | //main/@lang") == ["se", "nb"]
    assert [words(each)[:18] for each in page.all("//main//span[@lang='se']")] == [
        "Oadjoalármmain sáh",
        "Don sáhtát oažžut ",
        "Ohcan ii mávsse ma",
    ]
    catalogue = stranger.page("/soknad?sok=oadjoalarbma", headers={"Accept-Language": "se"})
    assert _offered(catalogue) == ["Oadjoalárbma"]


@pytest.mark.parametrize(
    ("headers", "promise", "measured"),
    [
        (NB, "Du får svar innen 4 uker.", "Av de siste 10 søknadene fikk 9 av 10 svar innen 1 dag."),
        (NN, "Du får svar innan 4 veker.", "Av dei siste 10 søknadene fekk 9 av 10 svar innan 1 dag."),
    ],
)
def test_kari_sees_how_long_it_takes_before_she_sends(
    client_for: ClientFor,
    actor_for: ActorFor,
    kari: Person,
    draft: Draft,
    answered: Answered,
    headers: dict[str, str],
    promise: str,
    measured: str,
) -> None:
    check = f"/min-side/soknader/{draft(actor_for(kari)).id}/se-over"
    assert promise in client_for(kari).page(check, headers=headers).text
    answered([1] * 10)
    assert measured in client_for(kari).page(check, headers=headers).text


@pytest.mark.parametrize(
    ("headers", "said"),
    [
        (NB, ("Journalnummer", "Hjemmetjenesten", "Svar senest", "Vil du legge til eller endre noe?")),
        (NN, ("Journalnummer", "Hjemmetjenesten", "Svar seinast", "Vil du leggje til eller endre noko?")),
    ],
)
def test_the_receipt_holds_what_kari_needs_later(
    client_for: ClientFor,
    actor_for: ActorFor,
    kari: Person,
    sent: Sent,
    answered: Answered,
    headers: dict[str, str],
    said: tuple[str, ...],
) -> None:
    answered(DAYS)
    application = sent(actor_for(kari))
    with db.read_only() as session:
        number = session.scalars(select(RegistryEntry)).one().number
    page = client_for(kari).page(f"/min-side/soknader/{application.id}/kvittering", headers=headers)
    for each in (*said, number, "12 dag"):
        assert each in page.text
    assert f"/min-side/soknader/{application.id}" in page.links.values()
    assert any("/dokument/" in href for href in page.links.values())
    assert "tel:61283100" in page.links.values()


def test_a_service_that_was_sent_from_another_window_is_no_error(
    client_for: ClientFor, kari: Person, archive: None
) -> None:
    kari_at_home = client_for(kari)
    assert kari_at_home.send("/soknad/trygghetsalarm").status_code == 303
    assert kari_at_home.send("/soknad/trygghetsalarm").status_code == 303
    assert kari_at_home.post("/soknad/badestamp", data={}).status_code in (400, 404)


def test_no_page_asks_the_database_more_than_six_times(
    client_for: ClientFor, actor_for: ActorFor, kari: Person, sent: Sent, draft: Draft
) -> None:
    done, made = sent(actor_for(kari)), draft(actor_for(kari))
    phone = client_for(kari)
    phone.page("/soknad")  # remembers the host and stamps the session
    for path in (
        "/soknad",
        "/soknad?sok=alarm",
        "/soknad/trygghetsalarm",
        f"/min-side/soknader/{made.id}/se-over",
        f"/min-side/soknader/{done.id}/kvittering",
    ):
        with count_statements() as statements:
            phone.page(path)
        assert len(statements) <= 6, (path, statements)
