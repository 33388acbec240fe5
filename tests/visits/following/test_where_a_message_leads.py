"""Kari taps the message, and must not have to look for whom it is about."""

from collections.abc import Callable

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
