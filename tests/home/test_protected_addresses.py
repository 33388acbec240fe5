"""Of somebody with a protected address nothing is shown that tells where she is, and nothing tells that it is not."""

from collections.abc import Callable

import pytest
from flask import Flask

from citizen_portal.auth.guards import permission_of
from citizen_portal.identity.models import Area, Person, Protection, Representation
from tests.protection import GRADES, protect, shape
from tests.reading import StrictClient
from tests.visits.record import CareRecord, appointment, at, encounter

ClientFor = Callable[..., StrictClient]
Follow = Callable[..., Representation]
VISITS = "/min-side/besok"


@pytest.fixture(params=GRADES)
def grade(request: pytest.FixtureRequest) -> Protection:
    """Every grade, an unknown one too, is handled as the strictest."""
    assert isinstance(request.param, Protection)
    return request.param


def _a_day_of_visits(care_record: CareRecord, of: Person) -> None:
    care_record.must_push(
        appointment("1", of.national_id, at("08:00"), at("09:00")),
        encounter("1", of.national_id, at("08:12"), at("08:31")),
        appointment("2", of.national_id, at("13:00"), at("14:00"), service="Medisin"),
    )


def test_her_own_pages_are_those_of_anybody_without_visits(
    app: Flask, client_for: ClientFor, kari: Person, ola: Person, care_record: CareRecord, grade: Protection
) -> None:
    """Also in a browser that somebody else looks into: the same status and the same words, on every page there is."""
    protect(kari, grade)
    _a_day_of_visits(care_record, kari)
    karis, olas = client_for(kari), client_for(ola)
    pages = sorted(
        {
            rule.rule
            for rule in app.url_map.iter_rules()
            if "GET" in (rule.methods or ()) and not rule.arguments - set(rule.defaults or ())
            if (permission := permission_of(app, rule.endpoint)) and permission.audience == "citizen"
        }
    )
    assert {"/min-side", VISITS} <= set(pages)
    for path in pages:
        hers, his = karis.get(path), olas.get(path)
        assert hers.status_code == his.status_code, path
        assert shape(hers.text, kari) == shape(his.text, ola), path
    assert "08:12" not in karis.page(VISITS).text


def test_her_visits_page_never_says_that_nobody_comes(
    client_for: ClientFor, kari: Person, care_record: CareRecord
) -> None:
    protect(kari)
    _a_day_of_visits(care_record, kari)
    text = client_for(kari).page(f"{VISITS}/{kari.id}").text
    assert "Vi viser ingen besøk for denne uka." in text
    assert "ingen besøk er planlagt" not in text.lower()
    assert "Ring Ringebu kommune" in text


def test_a_daughter_loses_sight_of_her_at_once(
    client_for: ClientFor, kari: Person, borghild: Person, care_record: CareRecord, follows: Follow, grade: Protection
) -> None:
    follows(kari, borghild)
    follows(kari, borghild, area=Area.HEALTH)
    _a_day_of_visits(care_record, borghild)
    browser = client_for(kari)
    assert "08:12" in browser.page(f"{VISITS}/{borghild.id}").text
    protect(borghild, grade)
    assert browser.get(f"{VISITS}/{borghild.id}").status_code == 404
    for path in ("/min-side", VISITS, "/min-side/soknader", "/min-side/meldinger"):
        page = browser.page(path)
        assert "Borghild" not in page.html
        assert "08:12" not in page.text
    protect(borghild, Protection.NONE)
    assert "08:12" in browser.page(f"{VISITS}/{borghild.id}").text


def test_to_her_daughter_she_is_like_a_stranger(
    client_for: ClientFor, kari: Person, borghild: Person, ola: Person, follows: Follow, care_record: CareRecord
) -> None:
    follows(kari, borghild)
    protect(borghild)
    _a_day_of_visits(care_record, borghild)
    browser = client_for(kari)
    hers, strangers = browser.get(f"{VISITS}/{borghild.id}"), browser.get(f"{VISITS}/{ola.id}")
    assert (hers.status_code, shape(hers.text)) == (strangers.status_code, shape(strangers.text))


def test_she_follows_her_mother_as_before(
    client_for: ClientFor, kari: Person, borghild: Person, follows: Follow, care_record: CareRecord
) -> None:
    follows(kari, borghild)
    protect(kari)
    _a_day_of_visits(care_record, borghild)
    assert "08:12" in client_for(kari).page(VISITS).text


def test_the_care_record_system_is_told_nothing_and_its_reports_are_kept(
    client_for: ClientFor, kari: Person, ola: Person, care_record: CareRecord
) -> None:
    protect(kari)
    answers = [
        care_record.push(appointment(number, of.national_id, at("08:00"), at("09:00")))
        for number, of in (("1", kari), ("2", ola))
    ]
    hers, his = ((answer.status_code, shape(answer.text).replace('"2"', '"1"')) for answer in answers)
    assert hers == his
    protect(kari, Protection.NONE)
    assert "Morgenstell" in client_for(kari).page(VISITS).text
