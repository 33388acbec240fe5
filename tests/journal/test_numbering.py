"""Numbers without gaps, whatever happens."""

from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from citizen_portal import clock, db
from citizen_portal.auth.actor import System
from citizen_portal.journal import service
from citizen_portal.journal.models import CaseFile, RegistryEntry
from citizen_portal.journal.numbering import next_case_number, next_journal_number
from citizen_portal.tenancy.models import Municipality, Unit
from tests.journal.conftest import letter_in, open_case, set_up

NEW_YEARS_EVE = datetime(2026, 12, 31, 22, 59, 30, tzinfo=UTC)
NEW_YEARS_DAY = datetime(2026, 12, 31, 23, 0, 30, tzinfo=UTC)


class Regretted(Exception):
    """Somebody stopped half-way."""


def _register_and_stop(session: Session, actor: System, case: CaseFile) -> None:
    service.register_incoming(session, actor, case, letter_in())
    raise Regretted


def test_the_first_case_of_the_year_is_number_one(archive: None, the_system: System, home_care: Unit) -> None:
    with clock.frozen(NEW_YEARS_EVE), db.transaction() as session:
        assert open_case(session, the_system, home_care).number == "2026/1"
        assert open_case(session, the_system, home_care).number == "2026/2"


def test_the_year_turns_at_midnight_in_norway(archive: None, the_system: System, home_care: Unit) -> None:
    with clock.frozen(NEW_YEARS_EVE), db.transaction() as session:
        case = open_case(session, the_system, home_care)
        last = service.register_incoming(session, the_system, case, letter_in())
    with clock.frozen(NEW_YEARS_DAY), db.transaction() as session:
        first = service.register_incoming(session, the_system, case, letter_in())
        assert open_case(session, the_system, home_care).number == "2027/1"
    assert (last.number, first.number) == ("1/2026", "1/2027")
    assert (last.entry_number, first.entry_number) == (1, 2)
    assert first.journal_date.year == 2027


def test_who_stops_half_way_leaves_no_gap(archive: None, the_system: System, home_care: Unit) -> None:
    with db.transaction() as session:
        case = open_case(session, the_system, home_care)
        service.register_incoming(session, the_system, case, letter_in())
    with pytest.raises(Regretted), db.transaction() as session:
        _register_and_stop(session, the_system, case)
    with db.transaction() as session:
        entry = service.register_incoming(session, the_system, case, letter_in())
    assert (entry.journal_sequence_number, entry.entry_number) == (2, 2)


def test_municipalities_count_for_themselves(
    archive: None, the_system: System, home_care: Unit, nord_fron: Municipality
) -> None:
    with db.transaction() as session:
        open_case(session, the_system, home_care)
    with db.as_municipality(nord_fron.id), db.transaction() as session:
        assert next_case_number(session, 2026) == 1


def test_many_at_once_get_one_number_each(archive: None, the_system: System, home_care: Unit) -> None:
    with db.transaction() as session:
        cases = [open_case(session, the_system, home_care) for _ in range(4)]

    def register(turn: int) -> int | None:
        try:
            with db.transaction() as session:
                if turn % 3 == 0:
                    open_case(session, the_system, home_care)
                entry = service.register_incoming(session, the_system, cases[turn % 4], letter_in())
                if turn % 5 == 0:
                    raise Regretted
                return entry.journal_sequence_number
        except Regretted:
            return None

    with ThreadPoolExecutor(8) as pool:
        waiting = [pool.submit(copy_context().run, register, turn) for turn in range(60)]
        numbers = [number for number in (future.result() for future in waiting) if number is not None]
    assert sorted(numbers) == list(range(1, len(numbers) + 1))
    with db.read_only() as session:
        by_case = session.execute(select(RegistryEntry.case_file_id, RegistryEntry.entry_number)).all()
        case_numbers = session.scalars(
            select(CaseFile.case_sequence_number).order_by(CaseFile.case_sequence_number)
        ).all()
    for case in cases:
        inside = sorted(number for case_id, number in by_case if case_id == case.id)
        assert inside == list(range(1, len(inside) + 1))
    assert list(case_numbers) == list(range(1, len(case_numbers) + 1))


@given(
    st.lists(st.tuples(st.sampled_from(["case", "entry"]), st.sampled_from([2026, 2027]), st.booleans()), max_size=25)
)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_history_of_success_and_regret_leaves_no_gap(
    in_ringebu: Municipality, history: list[tuple[str, int, bool]]
) -> None:
    kept: dict[tuple[str, int], list[int]] = {}
    with db.transaction() as session:
        start = {
            (kind, year): (next_case_number if kind == "case" else next_journal_number)(session, year)
            for kind in ("case", "entry")
            for year in (2026, 2027)
        }
    for kind, year, is_kept in history:
        try:
            with db.transaction() as session:
                number = (next_case_number if kind == "case" else next_journal_number)(session, year)
                if not is_kept:
                    raise Regretted
                kept.setdefault((kind, year), []).append(number)
        except Regretted:
            pass
    for key, numbers in kept.items():
        assert numbers == list(range(start[key] + 1, start[key] + 1 + len(numbers)))


def test_setting_up_needs_no_numbers(in_ringebu: Municipality, the_system: System) -> None:
    with db.transaction() as session:
        set_up(session, the_system)
        assert next_journal_number(session, 2026) == 1
