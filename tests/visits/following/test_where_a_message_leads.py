"""Kari taps the message, and must not have to look for whom it is about."""

from collections.abc import Callable
from datetime import timedelta

from citizen_portal import clock
from citizen_portal.identity.models import Person
from tests.reading import StrictClient
from tests.visits.conftest import Follow
from tests.visits.following.conftest import AddVisit, GoesWrong, SignedOff

ClientFor = Callable[..., StrictClient]
PAGE = "/min-side/besok"


def test_the_page_opens_with_the_one_to_whom_nobody_came(
    client_for: ClientFor,
    kari: Person,
    borghild: Person,
    ola: Person,
    follows: Follow,
    add_visit: AddVisit,
    goes_wrong: GoesWrong,
    signed_off: SignedOff,
) -> None:
    follows(kari, borghild)
    follows(kari, ola)
    add_visit(borghild)
    visit = add_visit(ola)
    browser = client_for(kari)
    assert browser.page(PAGE).h1 == "Borghild Moen · i dag"
    goes_wrong(visit)
    assert browser.page(PAGE).h1 == "Ola Nordli · i dag"
    assert browser.page(f"{PAGE}/{borghild.id}").h1 == "Borghild Moen · i dag"
    signed_off(visit)
    assert browser.page(PAGE).h1 == "Borghild Moen · i dag"


def test_on_monday_morning_it_leads_on_to_sunday_evening(
    client_for: ClientFor,
    kari: Person,
    borghild: Person,
    follows: Follow,
    add_visit: AddVisit,
    goes_wrong: GoesWrong,
    signed_off: SignedOff,
) -> None:
    monday = clock.now() + timedelta(days=6)
    with clock.frozen(monday):
        follows(kari, borghild)
        visit = add_visit(borghild, monday - timedelta(hours=15))
        browser = client_for(kari)
        words = "I går ble et besøk ikke som planlagt. Se hva vi vet."
        assert words not in browser.page(PAGE).text
        goes_wrong(visit)
        page = browser.page(PAGE)
        assert page.h1 == "Borghild Moen · i dag"
        sunday = browser.page(page.links[words])
        assert sunday.h1 == "Borghild Moen · i går"
        assert "Medisin ikke kvittert ennå" in sunday.text
        assert words not in sunday.text
        signed_off(visit)
        assert words not in browser.page(PAGE).text
