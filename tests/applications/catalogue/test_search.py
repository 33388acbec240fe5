"""People find the service, however they spell and in whichever language they ask."""

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from citizen_portal import db
from citizen_portal.applications.catalogue import search
from citizen_portal.applications.definitions import Definition, definition

SAFETY_ALARM = definition("trygghetsalarm", 1)


def _service(id_: str, names: tuple[str, str, str], lead: str, *search_words: str) -> Definition:
    nb, nn, en = names
    name = {"nb": nb, "nn": nn, "en": en}
    described = dict.fromkeys(("nb", "nn", "en", "se"), lead)
    return Definition.model_validate(
        SAFETY_ALARM.model_dump()
        | {"id": id_, "search_words": search_words, "lead": described, "who": described}
        | {"title": {"nb": f"Søknad om {nb}", "nn": f"Søknad om {nn}", "en": f"Application for {en}"}}
        | {"service": name | {"se": nb}}
    )


KINDERGARTEN = ("Barnehageplass", "Barnehageplass", "Kindergarten place")
CONTACT = ("Støttekontakt", "Støttekontakt", "Support contact")
SERVICES = [
    SAFETY_ALARM,
    _service("barnehage", KINDERGARTEN, "En plass der barn leker.", "førskole"),
    _service("stottekontakt", CONTACT, "En å gjøre noe sammen med.", "ensom"),
    _service("omsorgsbolig", ("Omsorgsbolig", "Omsorgsbustad", "Care home"), "Et hjem med hjelp i nærheten.", "eldre"),
    _service(
        "betaling", ("Redusert betaling", "Redusert betaling", "Reduced fee"), "Mindre for barnehage.", "moderasjon"
    ),
]


def _found(sought: str) -> list[str]:
    with db.read_only() as session:
        return [one.id for one in search.find(session, SERVICES, sought)]


@pytest.mark.parametrize(
    ("sought", "service"),
    [
        ("trygghetsalarm", "trygghetsalarm"),
        ("tryggleiksalarm", "trygghetsalarm"),
        ("TRYGHETSALAM", "trygghetsalarm"),
        ("trygghets alarm", "trygghetsalarm"),
        ("trygghetsalarmer", "trygghetsalarm"),
        ("safety alarms", "trygghetsalarm"),
        ("Oadjoalárbma", "trygghetsalarm"),
        ("oadjoalarbma", "trygghetsalarm"),
        ("barnehageplas", "barnehage"),
        ("barnehave", "barnehage"),
        ("barnehager", "barnehage"),
        ("kindergarden", "barnehage"),
        ("forskole", "barnehage"),
        ("støtte kontakt", "stottekontakt"),
        ("stottekontakt", "stottekontakt"),
        ("stoettekontakt", "stottekontakt"),
        ("støttekontakter", "stottekontakt"),
        ("søke om støtte kontakt til sønnen min", "stottekontakt"),
        ("omsorgsbustad", "omsorgsbolig"),
        ("omsårgsbolig", "omsorgsbolig"),
        ("support contact", "stottekontakt"),
    ],
)
def test_the_service_comes_first_however_it_is_written(connected: None, sought: str, service: str) -> None:
    assert _found(sought)[:1] == [service]


def test_a_name_comes_before_a_mention_in_the_description(connected: None) -> None:
    assert _found("barnehage") == ["barnehage", "betaling"]


def test_words_that_say_nothing_find_nothing(connected: None) -> None:
    for sought in ("", "   ", "for", "og til", "%", "'", "qwertyuiop", "badestamp"):
        assert _found(sought) == []


def test_what_everything_has_in_common_hides_nothing_of_what_is_sought(connected: None) -> None:
    assert _found("søknad om barnehageplass")[0] == "barnehage"
    assert "trygghetsalarm" not in _found("søknad om barnehageplass")
    assert len(_found("søknad")) == len(SERVICES)


@pytest.mark.parametrize(
    ("written", "same"),
    [
        ("Støtte", "stotte"),
        ("blåbær", "blaabaer"),
        ("stoette", "støtte"),
        ("tryggleik", "trygleik"),
        ("Å", "aa"),
        ("A\u030a", "å"),
        ("Áŋŋá", "anna"),
    ],
)
def test_what_sounds_the_same_is_the_same(written: str, same: str) -> None:
    assert search.fold(written) == search.fold(same)


HARD = [
    "🙂" * 100_000,
    "\u202eאבג",
    "\0",
    "a\0b",
    "<script>alert(1)</script>",
    "%_\\",
    "'; DROP TABLE unit; --",
    "& | ! :*",
    "👩‍👩‍👧",
]


@examples(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text() | st.sampled_from(HARD))
def test_no_search_fails(connected: None, sought: str) -> None:
    shown = search.readable(sought)
    assert len(shown) <= search.LONGEST_SEARCH
    assert set(_found(sought)) <= {one.id for one in SERVICES}
    assert search.readable(shown) == shown
