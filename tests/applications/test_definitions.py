"""Definitions are data that cannot be wrong in silence; any answers fit through the form and the draft unharmed."""

from datetime import date
from pathlib import Path
from uuid import uuid4

import pytest
from flask import Flask, render_template_string
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from citizen_portal import db
from citizen_portal.applications import queries, service
from citizen_portal.applications.answers import (
    Answer,
    Fault,
    as_date,
    clean,
    in_words,
    is_asked,
    problems_of,
    problems_of_step,
)
from citizen_portal.applications.definitions import (
    FOLDER,
    CheckboxField,
    ChoiceField,
    Definition,
    DefinitionError,
    FormField,
    current_definition,
    current_definitions,
    definition,
    read_definition,
    shipped,
)
from citizen_portal.applications.forms import StepForm
from citizen_portal.applications.models import Application
from citizen_portal.applications.status import Status
from citizen_portal.clock import now
from citizen_portal.errors import NotFound
from citizen_portal.identity.models import Person
from citizen_portal.tenancy.models import Municipality
from tests.conftest import ActorFor

SOURCE = (FOLDER / "trygghetsalarm.yaml").read_text("utf-8")
ALARM = definition("trygghetsalarm", 1)


def _broken(tmp_path: Path, old: str, new: str) -> str:
    """What is said about the shipped definition when a piece of it is replaced."""
    assert old in SOURCE
    path = tmp_path / "broken.yaml"
    path.write_text(SOURCE.replace(old, new, 1), "utf-8")
    with pytest.raises(DefinitionError) as error:
        read_definition(path)
    return str(error.value)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "          nn: Namnet på den som skal ha alarmen\n",
            "",
            "steps.0.fields.1.text.label.nn: the text is missing in Nynorsk",
        ),
        ("name: other_relation", "name: other_name", "the name other_name is taken"),
        ("name: other_name", "name: action", "the name action is taken"),
        ("type: phone", "type: fax", "steps.1.fields.4: the type fax is not known"),
        ("equals: other", "equals: nobody", "other_name: for_whom cannot be nobody"),
        ("show_if: {field: for_whom", "show_if: {field: needs", "other_name: needs is asked later"),
        ("value: agrees", "value: unable", "other_agrees: two choices have the same value"),
        ("concerns: other_name", "concerns: mother", "journal.concerns: there is no field mother"),
        ("  title: Søknad om trygghetsalarm – {name}", "  title: Søknad {0}", "only {name} can stand in a title"),
        ("restriction: exempt", "restriction: secret", "journal.screening.restriction"),
        ("weeks: 4", "weeks: 0", "answer_times.0.weeks"),
        ("id: trygghetsalarm", "id: [", "expected"),
    ],
)
def test_a_faulty_definition_is_refused_with_its_place(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert said in _broken(tmp_path, old, new)


def test_the_line_of_a_fault_is_named(tmp_path: Path) -> None:
    said = _broken(tmp_path, "weeks: 4", "weeks: 99")
    line = 1 + SOURCE[: SOURCE.index("weeks: 4")].count("\n")
    assert said.startswith(f"broken.yaml:{line}: answer_times.0.weeks: ")


def test_a_definition_may_leave_things_public(tmp_path: Path) -> None:
    path = tmp_path / "open.yaml"
    start, end = SOURCE.index("  screening:"), SOURCE.index("steps:")
    path.write_text(SOURCE[:start] + "\n" + SOURCE[end:], "utf-8")
    assert read_definition(path).journal.as_screening() is None


def test_the_same_version_twice_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a.yaml", "b.yaml"):
        (tmp_path / name).write_text(SOURCE, "utf-8")
    monkeypatch.setattr(shipped, "FOLDER", tmp_path)
    shipped._shipped.cache_clear()
    with pytest.raises(DefinitionError, match=r"b\.yaml:1: version: version 1 of trygghetsalarm"):
        shipped.versions_on(date(2026, 1, 1))


@pytest.fixture(autouse=True)
def _read_the_shipped_ones_again() -> object:
    yield
    shipped._shipped.cache_clear()


def test_a_version_holds_from_its_date(in_ringebu: Municipality) -> None:
    with db.read_only() as session:
        assert current_definition(session, "trygghetsalarm", date(2026, 1, 1)).version == 1
        assert [made.id for made in current_definitions(session, date(2025, 12, 31))] == ["trygghetsalarm"]
        assert "trygghetsalarm" in [made.id for made in current_definitions(session, date(2026, 1, 1))]
        with pytest.raises(NotFound):
            current_definition(session, "trygghetsalarm", date(2019, 12, 31))
    for unknown in (9, 1001):
        with pytest.raises(NotFound):
            definition("alarm", unknown)


def test_the_answer_time_is_that_of_the_day_of_receipt() -> None:
    newer = ALARM.answer_times[0].model_copy(update={"valid_from": date(2027, 1, 1), "weeks": 2})
    changed = ALARM.model_copy(update={"answer_times": (newer, *ALARM.answer_times)})
    assert changed.answer_by(date(2026, 12, 31)) == date(2027, 1, 28)
    assert changed.answer_by(date(2027, 1, 1)) == date(2027, 1, 15)
    assert changed.answer_time(date(2001, 1, 1)).weeks == 4


def test_an_access_request_is_answered_within_five_working_days() -> None:
    access = read_definition(FOLDER / "innsynskrav.yaml")
    assert access.answer_by(date(2026, 11, 26)) == date(2026, 12, 3)
    assert access.answer_by(date(2026, 12, 22)) == date(2026, 12, 31)  # neither Christmas nor its eve is a working day
    assert access.answer_time(date(2026, 12, 22)).working_days(date(2026, 12, 22)) == 5
    assert ALARM.answer_times[0].working_days(date(2026, 12, 22)) is None


@pytest.mark.parametrize("lengths", ["", "weeks: 4\n    deadline: access_request"])
def test_an_answer_time_has_one_length(tmp_path: Path, lengths: str) -> None:
    assert "answer_times.0: Value error, an answer time has either weeks or a deadline" in _broken(
        tmp_path, "weeks: 4", lengths
    )


@pytest.mark.parametrize(
    ("name", "typed", "fault"),
    [
        ("key_holder_phone", "90000000", None),
        ("key_holder_phone", "(+47) 900 00-000", None),
        ("key_holder_phone", "1234567", Fault.NOT_A_PHONE_NUMBER),
        ("contact_email", "", None),
        ("contact_email", "kari@example.no", None),
        ("contact_email", "kari@example", Fault.NOT_AN_EMAIL_ADDRESS),
        ("other_birth_date", "3. 9. 1941", None),
        ("other_birth_date", "31.02.1941", Fault.NOT_A_DATE),
        ("other_birth_date", "1941-09-03", Fault.NOT_A_DATE),
        ("other_name", "x" * 121, Fault.TOO_LONG),
        ("other_name", "   ", Fault.MISSING),
        ("for_whom", "everybody", Fault.NOT_A_CHOICE),
    ],
)
def test_each_kind_of_answer_is_checked(name: str, typed: str, fault: Fault | None) -> None:
    answers = {"for_whom": "other", "key_holder": "person", name: typed}
    faults = {problem.field.name: problem.fault for problem in problems_of(ALARM, answers)}
    assert faults.get(name) == fault


def test_a_date_is_read_as_people_write_it() -> None:
    assert as_date("24/11-2026") == as_date(" 24.11.2026 ") == date(2026, 11, 24)


def _typed(field: FormField) -> st.SearchStrategy[Answer]:
    if isinstance(field, CheckboxField):
        return st.booleans()
    anything = st.text(alphabet=st.characters(codec="utf-8"), max_size=60)
    if isinstance(field, ChoiceField):
        return st.sampled_from([choice.value for choice in field.choices]) | anything
    return anything


ANY_ANSWERS = st.fixed_dictionaries({field.name: _typed(field) for field in ALARM.fields})


def _draft() -> Application:
    return Application(
        id=uuid4(),
        definition_id=ALARM.id,
        definition_version=ALARM.version,
        language="nb",
        answers={},
        revision=0,
        status=Status.DRAFT,
        saved_at=now(),
    )


def _posted(page_form: StepForm) -> dict[str, object]:
    """What a browser sends back of the form."""
    return {field.name: field.data for field in page_form if field.data not in (False, None)}


@given(typed=ANY_ANSWERS)
@settings(max_examples=60, deadline=None)
def test_any_answers_are_saved_shown_and_sent_back_unchanged(typed: dict[str, Answer]) -> None:
    application = _draft()
    for number in range(1, len(ALARM.steps) + 1):
        application.save_step(number, typed, now())
    saved, revision = dict(application.answers), application.revision
    for number in range(1, len(ALARM.steps) + 1):
        form = StepForm(ALARM, number, application.answers, "nn")
        for field in form:
            field()  # renders, whatever it holds
        application.save_step(number, _posted(form), now())
    assert (application.answers, application.revision) == (saved, revision)


@given(typed=ANY_ANSWERS)
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_answers_come_back_from_the_database(
    archive: None, actor_for: ActorFor, kari: Person, typed: dict[str, Answer]
) -> None:
    actor = actor_for(kari)
    with db.transaction() as session:
        made = service.start_draft(session, actor, ALARM.id, "nb")
        for number in range(1, len(ALARM.steps) + 1):
            service.save_step(session, actor, made.id, number, typed, "nb")
    with db.read_only() as session:
        kept = queries.application_for(session, actor, made.id).answers
    for number in range(1, len(ALARM.steps) + 1):
        for name, answer in clean(ALARM, number, kept, typed).items():
            assert kept[name] == answer


@given(typed=ANY_ANSWERS)
@settings(max_examples=100, deadline=None)
def test_nothing_is_demanded_that_is_not_asked(typed: dict[str, Answer]) -> None:
    for problem in problems_of(ALARM, typed):
        assert is_asked(ALARM, problem.field, typed)
        shown = {line.name for line in in_words(ALARM, ALARM.step(problem.step), typed, "en")}
        assert problem.field.name in shown


def test_errors_stand_in_the_language_of_the_page(app: Flask) -> None:
    with app.test_request_context(headers={"Accept-Language": "nn", "Host": "ringebu.localhost"}):
        form = StepForm(ALARM, 3, {"contact_phone": "12", "contact_email": "x"}, "nn")
        form.show(problems_of_step(ALARM, 3, {"contact_phone": "12", "contact_email": "x"}))
        assert form.error_list[0] == (
            "contact_phone",
            render_template_string("{{ _('Write the phone number with 8 digits, for example 900 00 000.') }}"),
        )
        assert ("declaration", "Kryss av for at du har svart så rett du kan.") in form.error_list


def test_the_form_of_every_step_is_made_in_every_language() -> None:
    for language in ("nb", "nn", "en", "se"):
        for number in range(1, len(ALARM.steps) + 1):
            groups = list(StepForm(ALARM, number, {}, language).groups)
            assert [q.field.name for group in groups for q in group.questions] == [
                field.name for field in ALARM.step(number).fields
            ]
    condition = list(StepForm(ALARM, 1, {}, "nb").groups)[1]
    assert (condition.when, condition.condition.field) == ("En jeg er pårørende til", "for_whom")


def test_choices_may_be_explained(tmp_path: Path) -> None:
    path = tmp_path / "explained.yaml"
    path.write_text(SOURCE.replace("- {value: self,", "- {value: self, help: {nb: A, nn: B, en: C},", 1), "utf-8")
    explained: Definition = read_definition(path)
    question = next(StepForm(explained, 1, {}, "nn").groups).questions[0]
    assert question.helps("nn") == {"self": "B"}
