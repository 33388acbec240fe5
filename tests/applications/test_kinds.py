"""Every kind of question as Kari meets it: amounts, addresses, whom it concerns, her children one by one."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
import yaml

from citizen_portal import clock, db
from citizen_portal.applications import queries
from citizen_portal.applications.answers import Fault, in_words, problems_of_step
from citizen_portal.applications.answers.amounts import as_number
from citizen_portal.applications.definitions import FOLDER, Definition, shipped
from citizen_portal.auth.actor import System
from citizen_portal.identity import service as identity
from citizen_portal.identity.models import Area, Basis, Person
from tests.applications.conftest import reload
from tests.conftest import ActorFor, ClientFor
from tests.reading import StrictClient
from tests.representation.conftest import born

NB = {"Accept-Language": "nb"}
HOME = {"home-street": "Storgata 1", "home-postal_code": "2630", "home-city": "Ringebu"}
CHILD = {"children-0": "1", "children-0-name": "Emma"}


def _every_kind() -> Definition:
    alarm = yaml.safe_load((FOLDER / "trygghetsalarm.yaml").read_text("utf-8"))
    steps = yaml.safe_load((Path(__file__).parent / "kinds.yaml").read_text("utf-8"))
    alarm["journal"]["concerns"] = "child"
    return Definition.model_validate(alarm | steps)


KINDS = _every_kind()


@pytest.fixture(autouse=True)
def _only_this_service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    (tmp_path / "one.yaml").write_text(yaml.safe_dump(KINDS.model_dump(mode="json")), "utf-8")
    monkeypatch.setattr(shipped, "FOLDER", tmp_path)
    shipped._shipped.cache_clear()
    yield
    shipped._shipped.cache_clear()


@pytest.fixture
def browser(client_for: ClientFor, kari: Person, archive: None) -> StrictClient:
    return client_for(kari)


@pytest.fixture
def path(browser: StrictClient) -> str:
    """The address of a new draft."""
    return browser.send("/soknad/trygghetsalarm").headers["Location"].removesuffix("/fortsett")


@pytest.fixture
def emma(the_system: System, kari: Person) -> Person:
    """Kari's daughter of six."""
    child = born("Emma Moen", clock.today() - timedelta(days=6 * 366), 7)
    with db.transaction() as session:
        made = identity.register_representation(
            session,
            the_system,
            principal=child,
            representative=kari,
            basis=Basis.PARENTAL_RESPONSIBILITY,
            areas=list(Area),
        )
        made.confirmed_at = clock.now()
    return child


def _answers(actor_for: ActorFor, kari: Person, path: str) -> dict[str, Any]:
    return reload(actor_for(kari), _id(path)).answers


def _id(path: str) -> UUID:
    return UUID(path.rsplit("/", 1)[1])


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("12 500", "12500"),
        ("12\u00a0500,50 kr", "12500.50"),
        ("kr 12\u202f500", "12500"),
        ("12.500", "12500"),
        ("1.234.567,8", "1234567.8"),
        ("12.50", "12.50"),
        ("500,-", "500"),
        ("−5", "-5"),
        ("tolv", None),
        ("1e9", None),
        ("", None),
        ("9" * 100_000, None),
    ],
)
def test_an_amount_is_read_as_people_write_it(typed: str, value: str | None) -> None:
    found = as_number(typed)
    assert (None if found is None else str(found)) == value


@pytest.mark.parametrize(
    ("name", "typed", "fault"),
    [
        ("income", "12 500 kr", None),
        ("income", "mye", Fault.NOT_AN_AMOUNT),
        ("income", "12,5", Fault.NOT_A_WHOLE_NUMBER),
        ("income", "-1", Fault.TOO_LOW),
        ("hours", "7,5", None),
        ("hours", "7,55", Fault.TOO_MANY_DECIMALS),
        ("hours", "41", Fault.TOO_HIGH),
        ("hours", "mange", Fault.NOT_A_NUMBER),
    ],
)
def test_each_amount_is_checked(name: str, typed: str, fault: Fault | None) -> None:
    answers = {"has_income": "yes", "income": "1", name: typed}
    faults = {problem.name: problem.fault for problem in problems_of_step(KINDS, 2, answers)}
    assert faults.get(name) == fault


@pytest.mark.parametrize(
    ("address", "faults"),
    [
        ({}, {"home-street": Fault.MISSING}),
        ({"street": "Storgata 1", "postal_code": "2630", "city": "Ringebu"}, {}),
        ({"street": "Storgata 1"}, {"home-postal_code": Fault.NOT_A_POSTAL_CODE, "home-city": Fault.NO_PLACE}),
        (
            {"street": "Storgata 1", "postal_code": "263", "city": "Ringebu"},
            {"home-postal_code": Fault.NOT_A_POSTAL_CODE},
        ),
    ],
)
def test_an_address_has_all_its_parts(address: dict[str, str], faults: dict[str, Fault]) -> None:
    problems = problems_of_step(KINDS, 1, {"home": address})
    assert {problem.name: problem.fault for problem in problems if problem.field.name == "home"} == faults


def test_answers_are_said_in_words() -> None:
    answers = {
        "home": {"street": "Storgata 1", "postal_code": "2630", "city": "Ringebu"},
        "has_income": "yes",
        "income": "12500 kr",
        "hours": "7,5",
        "child": {"who": "x", "name": "Emma Moen"},
        "children": [{"name": "Emma", "school": "no"}, {"name": "Nora"}],
    }
    said = {
        (line.heading, line.name): line.answer for step in KINDS.steps for line in in_words(KINDS, step, answers, "nb")
    }
    assert said[None, "home-street"] == "Storgata 1\n2630 Ringebu"
    assert said[None, "income"] == "12\u202f500\u00a0kr"
    assert said[None, "hours"] == "7,5\u00a0timer i uka"
    assert said[None, "child"] == "Emma Moen"
    assert said["Barn 1", "children-0-school"] == "Nei"
    assert said["Barn 2", "children-1-name"] == "Nora"
    assert (None, "part") not in said


def test_kari_chooses_her_child_and_the_case_has_the_childs_name(
    browser: StrictClient, path: str, emma: Person, actor_for: ActorFor, kari: Person
) -> None:
    page = browser.page(f"{path}/steg/1", headers=NB)
    assert "Meg selv (Kari Moen)" in page.text
    assert "Emma Moen" in page.text
    browser.send(f"{path}/steg/1", {**HOME, "child": str(emma.id), "has_income": "no"})
    browser.send(f"{path}/steg/3", CHILD)
    assert "Emma Moen" in browser.page(f"{path}/se-over", headers=NB).text
    assert browser.send(f"{path}/se-over").headers["Location"] == f"{path}/kvittering"
    with db.read_only() as session:
        case = queries.case_for(session, actor_for(kari), _id(path))
    assert case.case_file is not None
    assert case.case_file.title == "Søknad om trygghetsalarm – Emma Moen"
    assert case.case_file.citizen_id == kari.id


def test_a_strangers_id_is_not_somebody_to_choose(
    browser: StrictClient, path: str, ola: Person, actor_for: ActorFor, kari: Person
) -> None:
    for stranger in (str(ola.id), str(uuid4()), "self; drop table"):
        answer = browser.send(f"{path}/steg/1", {**HOME, "child": stranger, "has_income": "no"}, headers=NB)
        assert answer.status_code == 422
        assert "Du kan ikke velge denne personen nå." in answer.text
        assert not re.search(r"\bOla", answer.text)
    assert "name" not in _answers(actor_for, kari, path)["child"]


def test_a_child_for_whom_she_answers_no_longer_must_be_chosen_anew(
    browser: StrictClient, path: str, emma: Person, actor_for: ActorFor, kari: Person
) -> None:
    browser.send(f"{path}/steg/1", {**HOME, "child": str(emma.id), "has_income": "no"})
    browser.send(f"{path}/steg/3", CHILD)
    form = browser.page(f"{path}/se-over").form()
    with db.transaction() as session:
        session.merge(emma).birth_date = clock.today() - timedelta(days=30 * 366)
    assert browser.post(f"{path}/se-over", data=form).headers["Location"] == f"{path}/se-over"
    assert browser.get(f"{path}/se-over").headers["Location"] == f"{path}/steg/1?mangler=1"
    page = browser.page(f"{path}/steg/1?mangler=1", headers=NB)
    assert "Du kan ikke velge denne personen nå. Velg en av dem som står i lista." in page.links


def test_a_step_that_does_not_concern_her_is_passed_over(browser: StrictClient, path: str) -> None:
    browser.send(f"{path}/steg/1", {**HOME, "child": "self", "has_income": "partly"})
    assert "Steg 2 av 3: Inntekt" in browser.page(f"{path}/steg/2", headers=NB).text
    assert browser.send(f"{path}/steg/2", {"income": "1", "part": "x"}).headers["Location"] == f"{path}/steg/3"
    moved_on = browser.send(f"{path}/steg/1", {**HOME, "child": "self", "has_income": "no"})
    assert moved_on.headers["Location"] == f"{path}/steg/3"
    page = browser.page(f"{path}/steg/3", headers=NB)
    assert "Steg 2 av 2: Barn" in page.text
    assert browser.send(f"{path}/steg/3", {"action": "back"}).headers["Location"] == f"{path}/steg/1"
    assert browser.get(f"{path}/steg/2").headers["Location"] == f"{path}/fortsett"
    browser.send(f"{path}/steg/3", CHILD)
    assert "Inntekten" not in browser.page(f"{path}/se-over", headers=NB).text
    browser.send(f"{path}/steg/1", {**HOME, "child": "self", "has_income": "yes"})
    assert browser.page(f"{path}/steg/2").form()["income"] == "1", "what was written is still there"
    assert "Hvilken del?" not in browser.page(f"{path}/steg/2", headers=NB).text


def test_children_come_and_go_without_javascript_and_nothing_typed_is_lost(browser: StrictClient, path: str) -> None:
    step = f"{path}/steg/3"
    add = browser.send(step, {**CHILD, "children-0-name": "Emma <b>", "action": "add:children"})
    assert add.headers["Location"] == f"{step}?rad=children-1#children-1"
    typed = {**CHILD, "children-0-name": "Emma <b>", "children-1": "1", "children-1-name": "Nora"}
    page = browser.page(step, headers=NB)
    assert page.form()["children-0-name"] == "Emma <b>"
    remove = browser.send(step, {**typed, "action": "remove:children-0"})
    assert remove.headers["Location"] == f"{step}?rad=children-removed#children-removed"
    page = browser.page(step, headers=NB)
    assert page.form()["children-0-name"] == "Nora"
    assert "Barn 1 er fjernet." in page.text
    back = browser.send(step, {**CHILD, "children-0-name": "Nora", "action": "restore:children"})
    assert back.headers["Location"] == f"{step}?rad=children-0#children-0"
    form = browser.page(step).form()
    assert (form["children-0-name"], form["children-1-name"]) == ("Emma <b>", "Nora")


def test_the_same_button_pressed_twice_adds_one_child(
    browser: StrictClient, path: str, actor_for: ActorFor, kari: Person
) -> None:
    form = browser.page(f"{path}/steg/3").form()
    for _tap in range(2):
        browser.post(f"{path}/steg/3", data={**form, **CHILD, "action": "add:children"})
    assert len(_answers(actor_for, kari, path)["children"]) == 2


def test_there_are_never_more_children_than_the_form_takes(
    browser: StrictClient, path: str, actor_for: ActorFor, kari: Person
) -> None:
    three = {f"children-{row}-name": "Barn" for row in range(3)}
    browser.send(f"{path}/steg/3", {**three, "action": "add:children"})
    assert len(_answers(actor_for, kari, path)["children"]) == 3
    assert "Legg til barn" not in browser.page(f"{path}/steg/3", headers=NB).text
    answer = browser.send(f"{path}/steg/3", {f"children-{row}-name": "Barn" for row in range(5)}, headers=NB)
    assert "Det kan være høyst 3. Fjern dem som er for mange." in answer.text
    assert 'href="#children"' in answer.text


def test_a_fault_in_a_row_points_at_its_field(browser: StrictClient, path: str) -> None:
    rows = {"children-0": "1", "children-0-name": "Emma", "children-1": "1", "children-1-school": "yes"}
    answer = browser.send(f"{path}/steg/3", rows, headers=NB)
    assert answer.status_code == 422
    assert 'href="#children-1-name"' in answer.text
    assert 'href="#children-1-which"' in answer.text
    assert 'href="#children-0-which"' not in answer.text


def test_a_child_that_was_removed_is_not_sent(
    browser: StrictClient, path: str, actor_for: ActorFor, kari: Person
) -> None:
    browser.send(f"{path}/steg/1", {**HOME, "child": "self", "has_income": "no"})
    two = {**CHILD, "children-1": "1", "children-1-name": "Hemmelig"}
    browser.send(f"{path}/steg/3", {**two, "action": "remove:children-1"})
    assert browser.send(f"{path}/se-over").headers["Location"] == f"{path}/kvittering"
    assert "Hemmelig" not in str(_answers(actor_for, kari, path))


def test_a_hundred_thousand_signs_in_a_row_are_kept(
    browser: StrictClient, path: str, actor_for: ActorFor, kari: Person
) -> None:
    long = "👵🏽" * 50_000
    answer = browser.send(f"{path}/steg/3", {**CHILD, "children-0-name": long}, headers=NB)
    assert "Kort det ned til 200 tegn." in answer.text
    assert _answers(actor_for, kari, path)["children"][0]["name"] == long


def test_what_is_cut_is_said_to_be_cut(browser: StrictClient, path: str) -> None:
    answer = browser.send(f"{path}/steg/3", {**CHILD, "children-0-name": "x" * 200_001}, headers=NB)
    assert "Vi tok bare vare på de første" in answer.text
