"""Every endpoint that takes an id, tried by everybody in every relation to whom the object belongs to."""

import os
from collections.abc import Iterator

import pytest

from citizen_portal import db
from citizen_portal.config import Settings
from citizen_portal.postgres import EmbeddedPostgres
from tests import cluster
from tests.architecture.access import put_table, table_in_docs
from tests.architecture.matrix import (
    LOG_IN,
    NO_ROLE,
    NOT_FOUND,
    REASON,
    STEP_UP,
    YES,
    Matrix,
    as_table,
    measured,
    unknown_arguments,
)
from tests.architecture.world import World, make_world

pytestmark = [pytest.mark.keeps_data, pytest.mark.xdist_group("matrix"), pytest.mark.timeout(600)]
"""Some thousands of requests, all in the first test."""


@pytest.fixture(scope="module")
def world(database: tuple[EmbeddedPostgres, str], settings: Settings) -> Iterator[World]:
    """Two people with one of everything, and everybody who may want to look."""
    yield make_world(settings)
    db.dispose()
    server, name = database
    cluster.empty(server.url("postgres", name))


@pytest.fixture(scope="module")
def matrix(world: World) -> Matrix:
    """What everybody is answered."""
    assert unknown_arguments(world.app) == [], "say in tests/architecture/matrix.py what these are"
    return measured(world.app, world.columns, world.object_of)


def _cells(matrix: Matrix, world: World) -> Iterator[tuple[str, str, str, str]]:
    """(audience of the endpoint, column's label, outcome, where it is)"""
    for (audience, method, rule), cells in matrix.items():
        for label, outcome in cells.items():
            yield audience, label, outcome, f"{method} {rule}, {label}: {outcome}"


def test_nobody_outside_ever_comes_to_anything(matrix: Matrix, world: World) -> None:
    """Strangers, another municipality, another area, a protected address: whatever the printed table says."""
    outside = {column.label for column in world.columns if column.is_outside}
    assert [where for _, label, outcome, where in _cells(matrix, world) if label in outside and outcome == YES] == []


def test_each_comes_to_pages_of_their_own_kind_only(matrix: Matrix, world: World) -> None:
    kind = {column.label: column.audience for column in world.columns}
    wrong = [
        where
        for audience, label, outcome, where in _cells(matrix, world)
        if audience != kind[label] and outcome not in (LOG_IN, STEP_UP, "400")
    ]
    assert wrong == []


def test_nothing_else_is_answered(matrix: Matrix, world: World) -> None:
    """No error of ours, and nothing that tells a stranger's object from one that never was."""
    known = {YES, NOT_FOUND, NO_ROLE, LOG_IN, STEP_UP, REASON}
    odd = [
        where
        for audience, label, outcome, where in _cells(matrix, world)
        if outcome not in known and label not in ("nobody", "machine")
    ]
    assert odd == []


def test_a_weak_login_comes_to_nothing_of_anothers_and_to_no_health(matrix: Matrix, world: World) -> None:
    weak = {"acts in the area, substantial", "own, substantial"}
    assert [where for _, label, outcome, where in _cells(matrix, world) if label in weak and outcome == YES] == []


@pytest.mark.parametrize("audience", ["citizen", "staff"])
def test_the_matrix_in_the_docs_is_what_holds(matrix: Matrix, world: World, audience: str) -> None:
    made = as_table(matrix, audience, world.columns)
    if os.environ.get("PORTAL_WRITE_ACCESS_TABLE") == "1":  # `make access`
        put_table(f"{audience} matrix", made)
    assert table_in_docs(f"{audience} matrix") == made, "run `make access` and read the difference"
