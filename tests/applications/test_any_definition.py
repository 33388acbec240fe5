"""Whatever a definition asks and whatever is posted to it: it renders, saves, resumes, validates and comes back."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from flask import Flask, render_template_string
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from citizen_portal import db
from citizen_portal.applications import queries, record, service
from citizen_portal.applications.answers import (
    as_posted,
    asked_fields,
    asked_steps,
    clean,
    in_words,
    problems_of,
    problems_of_step,
    shown_fields,
    with_names,
)
from citizen_portal.applications.definitions import Definition, shipped
from citizen_portal.applications.forms import StepForm
from citizen_portal.applications.models import Application
from citizen_portal.clock import now
from citizen_portal.documents import render
from citizen_portal.identity.models import Person
from citizen_portal.tenancy.models import Unit
from tests.applications.strategies import OFFERED, definitions, posts, right_answers
from tests.conftest import ActorFor, ClientFor
from tests.reading import Page

LANGUAGES = ("nb", "nn", "en")
PAGE = (
    "<!doctype html><html lang=nb><title>x</title><main>"
    '{% from "applications/fields.html" import question_list with context %}'
    '{% from "components/form.html" import error_summary %}{{ error_summary(form) }}'
    "<form>{{ question_list(form.groups) }}</form></main></html>"
)
WITH_APP = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


@st.composite
def filled_in(draw: st.DrawFn) -> tuple[Definition, dict[str, Any]]:
    """A definition, and the answers of a draft in which every step was posted in turn."""
    definition = draw(definitions())
    answers: dict[str, Any] = {}
    for number, step in enumerate(definition.steps, start=1):
        answers |= clean(definition, number, answers, draw(posts(definition)))
        answers = with_names(step.fields, answers, OFFERED)
    return definition, answers


def _page(form: StepForm, language: str) -> Page:
    return Page(render_template_string(PAGE, form=form, content_language=language))


def _visible(page: Page) -> set[str]:
    """The names of the inputs that are seen where the browser follows the conditions."""
    hidden: list[Any] = []
    for part in page.all("//*[@data-show-when]"):
        chosen = page.all(f"//input[@type='radio' and @name='{part.get('data-show-when')}' and @checked]")
        seen = [one for one in chosen if not set(one.iterancestors()) & set(hidden)]
        if page.all(f"//input[@name='{part.get('data-show-when')}']") and not any(
            one.get("value") in part.get("data-show-value").split(" ") for one in seen
        ):
            hidden.append(part)
    inputs = page.all("//form//input[@name] | //form//textarea[@name]")
    return {one.get("name") for one in inputs if not set(one.iterancestors()) & set(hidden)}


@given(case=filled_in(), language=st.sampled_from(LANGUAGES))
@settings(WITH_APP, max_examples=25)
def test_every_page_renders_and_shows_what_is_demanded_and_nothing_else(
    app: Flask, case: tuple[Definition, dict[str, Any]], language: str
) -> None:
    definition, answers = case
    with app.test_request_context(headers={"Accept-Language": language, "Host": "ringebu.localhost"}):
        for number in range(1, len(definition.steps) + 1):
            form = StepForm(definition, number, answers, language, offered=OFFERED)
            problems = problems_of_step(definition, number, answers)
            form.show(problems)
            page = _page(form, language)
            assert len(form.error_list) == len({problem.name for problem in problems} - form.unanswerable)
            ids, visible = set(page.all("//@id")), _visible(page)
            assert len(page.all("//@id")) == len(ids)
            asked = {field.name for field in asked_fields(definition, number, answers)}
            assert {name.split("-")[0] for name in visible} <= asked
            for problem in problems:
                assert problem.field.name in asked or "-" in problem.name
                assert problem.name in ids, "the summary leads somewhere"
                assert problem.name in visible or not page.all(f"//input[@name='{problem.name}']"), problem
            if any(field.type not in ("person", "group") for field in asked_fields(definition, number, answers)):
                assert visible


@given(case=filled_in())
@settings(max_examples=50, deadline=None)
def test_a_page_that_is_sent_back_as_it_came_changes_nothing(case: tuple[Definition, dict[str, Any]]) -> None:
    definition, answers = case
    for number in range(1, len(definition.steps) + 1):
        fields = [shown.field for shown in shown_fields(definition, number, answers)]
        first = clean(definition, number, answers, dict(as_posted(fields, answers)))
        again = clean(definition, number, answers, dict(as_posted(fields, first)))
        assert first == again
        assert as_posted(fields, first) == as_posted(fields, answers)


@given(case=filled_in(), language=st.sampled_from((*LANGUAGES, "se")))
@settings(max_examples=50, deadline=None)
def test_what_was_answered_can_be_said_and_only_what_was_asked(
    case: tuple[Definition, dict[str, Any]], language: str
) -> None:
    definition, answers = case
    for number, step in enumerate(definition.steps, start=1):
        lines = in_words(definition, step, answers, language)
        asked = {field.name for field in asked_fields(definition, number, answers)}
        assert {line.name.split("-")[0] for line in lines} == asked
        assert bool(lines) == (number in asked_steps(definition, answers))
    assert {problem.step for problem in problems_of(definition, answers)} <= set(asked_steps(definition, answers))


@given(definition=definitions())
@settings(max_examples=50, deadline=None)
def test_a_careful_person_can_answer_everything(definition: Definition) -> None:
    answers: dict[str, Any] = {}
    for number, step in enumerate(definition.steps, start=1):
        fields = [shown.field for shown in shown_fields(definition, number, answers)]
        answers |= clean(definition, number, answers, dict(right_answers(fields)))
        answers = with_names(step.fields, answers, OFFERED)
    left = [problem for problem in problems_of(definition, answers) if problem.field.type not in ("person", "file")]
    assert left == [], "whom nobody is offered for can call"


@pytest.fixture
def ship(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """`ship(definition)` makes it the only service of the portal."""
    monkeypatch.setattr(shipped, "FOLDER", tmp_path)

    def put(definition: Definition) -> None:
        source = yaml.safe_dump(definition.model_dump(mode="json"), allow_unicode=True)
        (tmp_path / "one.yaml").write_text(source, "utf-8")
        shipped._shipped.cache_clear()

    yield put
    shipped._shipped.cache_clear()


def _forget(application: Application) -> None:
    with db.transaction() as session:
        session.delete(session.merge(application))


@given(case=filled_in(), data=st.data())
@settings(WITH_APP, max_examples=6)
def test_any_draft_comes_back_from_the_database_and_fits_the_record(
    ship: Any, archive: None, actor_for: ActorFor, kari: Person, home_care: Unit, case: Any, data: st.DataObject
) -> None:
    definition, actor = case[0], actor_for(kari)
    ship(definition)
    with db.transaction() as session:
        made = service.start_draft(session, actor, definition.id, "nn")
    for number in range(1, len(definition.steps) + 1):
        with db.transaction() as session:
            made, _problems = service.save_step(
                session, actor, made.id, number, data.draw(posts(definition)), "nn", action="next"
            )
    with db.read_only() as session:
        kept = queries.application_for(session, actor, made.id)
    assert (kept.answers, kept.problems) == (made.answers, made.problems)
    document = record.as_document(kept, kari, municipality_name="Ringebu", unit=home_care, received_at=now())
    assert render(document).startswith(b"%PDF")
    _forget(kept)


@given(definition=definitions(), data=st.data())
@settings(WITH_APP, max_examples=5)
def test_whatever_is_posted_a_page_comes_back(
    ship: Any,
    archive: None,
    client_for: ClientFor,
    actor_for: ActorFor,
    kari: Person,
    definition: Definition,
    data: Any,
) -> None:
    ship(definition)
    browser, actor = client_for(kari), actor_for(kari)
    with db.transaction() as session:
        made = service.start_draft(session, actor, definition.id, "nb")
    path = f"/min-side/soknader/{made.id}"
    for number in range(1, len(definition.steps) + 1):
        posted = {k: v.encode("utf-8", "replace").decode() for k, v in data.draw(posts(definition)).items()}
        action = data.draw(
            st.sampled_from(["next", "back", "add:f0_0", "remove:f0_0-1", "restore:f0_0", "remove:x-", "🙂"])
        )
        token = browser.page("/min-side/soknader").form(f"{path}/slett")["csrf_token"]
        response = browser.post(f"{path}/steg/{number}", data={**posted, "action": action, "csrf_token": token})
        assert response.status_code in (303, 422)
    for page in (
        "fortsett",
        "se-over",
        *(f"steg/{number}?mangler=1" for number in range(1, len(definition.steps) + 1)),
    ):
        assert browser.get(f"{path}/{page}").status_code in (200, 303)
    _forget(made)
