"""Kari chooses what to be told; Borghild decides who follows her."""

from collections.abc import Callable
from datetime import date, time
from random import Random

import pytest
from sqlalchemy import select, update

from citizen_portal import clock, db
from citizen_portal.audit.models import AuditEvent, EventTag
from citizen_portal.auth.actor import Assurance
from citizen_portal.demo import people
from citizen_portal.identity import service as identity
from citizen_portal.identity.models import Basis, Person, Protection, Representation
from citizen_portal.tenancy.models import Municipality
from citizen_portal.visits.deviations.models import DeviationKind
from citizen_portal.visits.following.models import Choice, VisitFollowing
from tests.reading import StrictClient
from tests.visits.conftest import NOON, Follow
from tests.visits.following.conftest import AddVisit, GoesWrong, Told, told_before

ClientFor = Callable[..., StrictClient]
VISITS = "/min-side/besok"


def choices_of(person: Person) -> str:
    """The address of the choices about a person."""
    return f"{VISITS}/{person.id}/varsler"


def followers_of(person: Person) -> str:
    """The address of the page of who follows her."""
    return f"{VISITS}/{person.id}/folgere"


def filled(**changes: str) -> dict[str, str]:
    """The form of the choices, filled in."""
    return {"choice": "summary", "quiet_from": "22:00", "quiet_until": "07:00"} | changes


@pytest.fixture
def kari_follows(follows: Follow, kari: Person, borghild: Person) -> Representation:
    """Kari follows her mother."""
    return follows(kari, borghild)


@pytest.fixture
def gudny(connected: None, nord_fron: Municipality) -> Person:
    """A citizen of the neighbour municipality."""
    with db.as_municipality(nord_fron.id), db.transaction() as session:
        return identity.register_person(
            session,
            national_id=people.synthetic_national_id(date(1970, 1, 2), is_woman=True, randomness=Random(1)),  # noqa: S311  of nobody
            name="Gudny Haverstad",
            birth_date=date(1970, 1, 2),
        )


def following() -> VisitFollowing | None:
    """The one choice that was made."""
    with db.read_only() as session:
        return session.scalars(select(VisitFollowing)).one_or_none()


def events(*tags: EventTag) -> list[AuditEvent]:
    """What the log says of these."""
    with db.read_only() as session:
        return list(
            session.scalars(
                select(AuditEvent)
                .where(AuditEvent.tag.in_([tag.value for tag in tags]))
                .order_by(AuditEvent.sequence_number)
            )
        )


def test_kari_comes_from_the_visits_to_her_choice_and_back(
    client_for: ClientFor, kari_follows: Representation, kari: Person, borghild: Person
) -> None:
    browser = client_for(kari)
    page = browser.page(VISITS)
    assert "Varsle meg bare ved avvik" in page.text
    page = browser.page(page.links["Varsle meg bare ved avvik"])
    assert page.h1 == "Varsle meg om Borghild Moen"
    assert page.all("//input[@checked]/@value | //option[@selected]/@value") == ["deviations", "22:00", "07:00", "y"]
    answer = browser.send(choices_of(borghild), filled(choice="each_visit", quiet_from="", quiet_until=""))
    assert answer.location == f"{VISITS}/{borghild.id}"
    page = browser.page(answer.location)
    assert "Valget ditt er lagret." in page.text
    assert "Varsle meg etter hvert besøk" in page.text
    made = following()
    assert made is not None
    assert (made.choice, made.quiet_from, made.quiet_until) == (Choice.EACH_VISIT, None, None)
    (event,) = events(EventTag.FOLLOWING_CHOSEN)
    assert (event.about_person_id, event.details) == (borghild.id, {"choice": "each_visit"})


def test_the_same_choice_twice_counts_once_and_another_replaces_it(
    client_for: ClientFor, kari_follows: Representation, kari: Person, borghild: Person
) -> None:
    browser = client_for(kari)
    for choice in ("summary", "summary", "nothing"):
        browser.send(choices_of(borghild), filled(choice=choice))
    assert [event.details["choice"] for event in events(EventTag.FOLLOWING_CHOSEN)] == ["summary", "nothing"]
    made = following()
    assert made is not None
    assert (made.choice, made.quiet_from) == (Choice.NOTHING, time(22))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"choice": "everything"}, "Velg ett av svarene."),
        ({"quiet_from": ""}, "Velg både når de stille timene begynner og når de slutter"),
        ({"quiet_from": "07:00"}, "Velg et annet klokkeslett"),
        ({"quiet_until": "25:00"}, "Velg ett av svarene."),
    ],
)
def test_what_makes_no_sense_is_told_and_what_was_chosen_stays(
    client_for: ClientFor, kari_follows: Representation, kari: Person, borghild: Person,
    changes: dict[str, str], words: str,
) -> None:  # fmt: skip
    browser = client_for(kari)
    answer = browser.send(choices_of(borghild), filled(**changes))
    assert answer.status_code == 422
    assert words in answer.text
    assert following() is None
    if "choice" not in changes:
        assert 'value="summary" checked' in answer.text


def test_nobody_chooses_for_a_stranger_nor_across_the_border(
    client_for: ClientFor, kari_follows: Representation, kari: Person, borghild: Person, ola: Person, gudny: Person
) -> None:
    for who, whom in ((ola, borghild), (gudny, borghild), (kari, ola), (borghild, borghild)):
        browser = client_for(who)
        browser.page(choices_of(whom), status=404)
        answer = browser.send(choices_of(whom), filled(), of="/min-side", action="/sprak")
        assert answer.status_code == 404
    assert following() is None


def test_following_demands_the_highest_level_of_login(client_for: ClientFor, kari: Person, borghild: Person) -> None:
    for path in (choices_of(borghild), followers_of(borghild)):
        assert "niva=high" in client_for(kari, Assurance.SUBSTANTIAL).get(path).location


def test_borghild_sees_who_follows_her_stops_kari_at_once_and_lets_her_in_again(
    client_for: ClientFor, kari_follows: Representation, kari: Person, borghild: Person,
    add_visit: AddVisit, goes_wrong: GoesWrong, told: Told,
) -> None:  # fmt: skip
    goes_wrong(add_visit(borghild), DeviationKind.MISSING)
    karis, borghilds = client_for(kari), client_for(borghild)
    assert "Medisin" in karis.page(VISITS).text
    page = borghilds.page(VISITS)
    page = borghilds.page(page.links["Hvem følger besøkene Du bestemmer hvem som kan se dem."])
    assert page.h1 == "Hvem følger besøkene dine"
    assert "Kari Moen Ser besøkene." in page.text

    stop = f"{followers_of(borghild)}/{kari.id}/stopp"
    borghilds.send(stop, {}, of=followers_of(borghild), action=stop)
    borghilds.send(stop, {}, of="/min-side", action="/sprak")  # a tab that was open
    assert "Kari Moen Stoppet. Ser ingen besøk." in borghilds.page(followers_of(borghild)).text
    karis.page(f"{VISITS}/{borghild.id}", status=404)
    karis.page(choices_of(borghild), status=404)
    assert "Borghild" not in karis.page("/min-side").text
    assert told(kari) == ["representation-changed"], "and nothing of the missing visit"

    allow = f"{followers_of(borghild)}/{kari.id}/tillat"
    borghilds.send(allow, {}, of=followers_of(borghild), action=allow)
    assert "Medisin" in karis.page(f"{VISITS}/{borghild.id}").text
    assert told_before(kari) == ["representation-changed"] * 2
    noted = events(EventTag.FOLLOWER_STOPPED, EventTag.FOLLOWER_ALLOWED)
    assert [event.tag for event in noted] == ["follower-stopped", "follower-allowed"]
    assert {event.about_person_id for event in noted} == {borghild.id}


def test_next_of_kin_do_not_decide_over_each_other_nor_does_anybody_else(
    client_for: ClientFor, kari_follows: Representation, follows: Follow, kari: Person, borghild: Person,
    ola: Person, gudny: Person,
) -> None:  # fmt: skip
    follows(ola, borghild)
    for who in (kari, ola, gudny):
        browser = client_for(who)
        browser.page(followers_of(borghild), status=404)
        for path in ("stopp", "tillat"):
            address = f"{followers_of(borghild)}/{kari.id}/{path}"
            assert browser.send(address, {}, of="/min-side", action="/sprak").status_code == 404
    assert "Hvem følger besøkene" not in client_for(kari).page(f"{VISITS}/{borghild.id}").text
    assert events(EventTag.FOLLOWER_STOPPED) == []


def test_a_guardian_decides_and_cannot_be_stopped(
    client_for: ClientFor, kari_follows: Representation, follows: Follow, kari: Person, borghild: Person, ola: Person,
    told: Told,
) -> None:  # fmt: skip
    guardianship = follows(ola, borghild)
    with db.transaction() as session:
        row = session.merge(guardianship)
        row.basis, row.confirmed_at = Basis.GUARDIANSHIP, clock.now()
    guardian = client_for(ola)
    page = guardian.page(followers_of(borghild))
    assert page.h1 == "Hvem følger besøkene til Borghild Moen"
    assert "Kari Moen" in page.text
    stop = f"{followers_of(borghild)}/{kari.id}/stopp"
    guardian.send(stop, {}, of=followers_of(borghild), action=stop)
    client_for(kari).page(f"{VISITS}/{borghild.id}", status=404)
    assert told(borghild) == told(kari) == ["representation-changed"]

    own = client_for(borghild)
    page = own.page(followers_of(borghild))
    assert "Dette kan ikke stoppes her" in page.text
    address = f"{followers_of(borghild)}/{ola.id}/stopp"
    assert own.send(address, {}, of="/min-side", action="/sprak").status_code == 404


def test_of_a_protected_person_nobody_is_shown_and_nothing_tells_why(
    client_for: ClientFor, kari_follows: Representation, kari: Person, borghild: Person, ola: Person
) -> None:
    with db.transaction() as session:
        session.execute(update(Person).where(Person.id == borghild.id).values(protection=Protection.CONFIDENTIAL))
    hers = client_for(borghild).page(followers_of(borghild))
    olas = client_for(ola).page(followers_of(ola))
    assert "Ingen følger besøkene her." in hers.text
    assert hers.text.replace("Borghild Moen", "") == olas.text.replace("Ola Nordli", "")
    client_for(kari).page(choices_of(borghild), status=404)


def test_the_page_says_calmly_that_the_unit_knows_and_the_front_page_says_it_first(
    client_for: ClientFor, kari_follows: Representation, kari: Person, borghild: Person, add_visit: AddVisit,
    goes_wrong: GoesWrong,
) -> None:  # fmt: skip
    visit = add_visit(borghild)
    browser = client_for(kari)
    assert "er varslet" not in browser.page(VISITS).text
    assert _comes_first(browser.page("/min-side").text, "Venter på deg")
    goes_wrong(visit, opened_at=NOON.replace(hour=9, minute=40), tell_at=NOON.replace(hour=12, minute=20))
    assert "ikke kvittert ennå Ringebu kommune er varslet 09:40." in browser.page(VISITS).text
    assert _comes_first(browser.page("/min-side").text, "Venter på deg"), "the unit still has its time"
    with clock.frozen(NOON.replace(hour=12, minute=20)):
        page = client_for(kari).page("/min-side")
    assert _comes_first(page.text, "Mamma i dag")
    assert "Ringebu kommune er varslet 09:40." in page.text


def _comes_first(text: str, words: str) -> bool:
    others = {"Venter på deg", "Mamma i dag"} - {words}
    return all(text.index(words) < text.index(other) for other in others)


def test_kari_sees_how_all_three_have_it_today(
    client_for: ClientFor, follows: Follow, kari: Person, borghild: Person, ola: Person, add_visit: AddVisit
) -> None:
    for person in (borghild, ola):
        follows(kari, person)
        add_visit(person)
    browser = client_for(kari)
    page = browser.page(f"{VISITS}/{borghild.id}")
    assert page.links["Ola Nordli 1 ikke kvittert ennå"].startswith(f"{VISITS}/{ola.id}?")
    assert "Kari Moen 1" not in page.text
    assert {event.about_person_id for event in events(EventTag.VISITS_READ)} == {borghild.id, ola.id}


def test_no_page_costs_more_than_six_statements(
    client_for: ClientFor, follows: Follow, kari: Person, borghild: Person, ola: Person, add_visit: AddVisit,
    statements: list[str],
) -> None:  # fmt: skip
    for person in (borghild, ola):
        follows(kari, person)
        add_visit(person)
    pages = {f"{VISITS}/{borghild.id}": kari, choices_of(borghild): kari, followers_of(borghild): borghild}
    for path, who in pages.items():
        browser = client_for(who)
        browser.page(path)
        statements.clear()
        browser.page(path)
        assert len(statements) <= 6, (path, statements)


def test_the_text_can_be_large_on_every_page(client_for: ClientFor, kari: Person) -> None:
    browser = client_for(kari)
    assert browser.page(VISITS).all("//body/@data-size") == []
    answer = browser.send("/tekststorrelse", {"size": "lg", "next": VISITS}, of=VISITS, action="/tekststorrelse")
    assert answer.location == VISITS
    assert browser.page("/min-side").all("//body/@data-size") == ["lg"]
    browser.send("/tekststorrelse", {"size": "huge", "next": "//evil.example"}, of=VISITS, action="/tekststorrelse")
    assert browser.page(VISITS).all("//body/@data-size") == ["lg"]
    browser.send("/tekststorrelse", {"size": "md", "next": VISITS}, of=VISITS, action="/tekststorrelse")
    assert browser.page(VISITS).all("//body/@data-size") == []


@pytest.mark.parametrize("language", ["nn", "en", "se"])
def test_the_pages_speak_every_language(
    client_for: ClientFor, kari_follows: Representation, kari: Person, borghild: Person, language: str
) -> None:
    for who, path in ((kari, choices_of(borghild)), (borghild, followers_of(borghild))):
        browser = client_for(who)
        browser.set_cookie("language", language, domain="ringebu.localhost")
        assert browser.page(path).all("//main/@lang") == [language]
