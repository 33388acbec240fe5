"""Astrid and the operator deliver the archive at the shell."""

from pathlib import Path

import pytest

from citizen_portal import clock, db
from citizen_portal.auth.actor import System
from citizen_portal.journal import service
from citizen_portal.tenancy.models import Municipality, Unit
from tests.journal.conftest import letter_in, open_case, set_up
from tests.test_cli import environment, portal, portal_here

__all__ = ["environment"]

Environment = dict[str, str | None]
ALL_YEAR = ("--from", "2026-01-01", "--to", "2099-12-31")


@pytest.fixture
def a_letter(the_system: System, home_care: Unit) -> None:
    """One letter in Ringebu's journal, today."""
    with db.transaction() as session:
        set_up(session, the_system)
        service.register_incoming(session, the_system, open_case(session, the_system, home_care), letter_in())


def test_the_schemas_are_taken_over_and_a_deposit_is_made_and_found_sound(
    a_letter: None, environment: Environment, official_schemas: Path, tmp_path: Path
) -> None:
    out, schemas = str(tmp_path / "avlevering"), str(tmp_path / "schemas")
    taken = portal(environment, "archive", "schemas", "--from", str(official_schemas), "--schemas", schemas)
    assert taken.stdout == f"The official schemas are in {schemas}\n"
    command = ("archive", "export", "--municipality", "3439", *ALL_YEAR, "--out", out, "--schemas", schemas)
    made = portal(environment, *command)
    assert "1 case files" in made.stdout
    assert "1 document files" in made.stdout
    assert f"{out} is complete; the SHA-256 of its description is " in made.stdout
    checked = portal(environment, "archive", "check", out)
    assert (checked.returncode, checked.stdout) == (0, "No findings.\n")
    again = portal_here(environment, *command)
    assert (again.returncode, again.stdout) == (1, "Error: something is there already; nothing is overwritten\n")
    (tmp_path / "avlevering" / "dokumenter" / "notes.txt").write_text("not ours")
    found = portal_here(environment, "archive", "check", out)
    assert found.returncode == 1
    assert "N5.33  dokumenter/notes.txt: nothing refers to it" in found.stdout


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("3440", *ALL_YEAR), "there is no municipality with that number"),
        (("3439", "--from", "2026-02-01", "--to", "2026-01-01"), "the period ends before it begins"),
        (("3439", "--from", "2020-01-01", "--to", "2020-12-31"), "nothing was journaled in the period"),
        (
            ("3439", *ALL_YEAR),
            "not the official ones (see `archive schemas`): arkivstruktur.xsd",
        ),
    ],
)
def test_what_keeps_a_deposit_from_being_made_is_said_in_a_sentence(
    a_letter: None, environment: Environment, tmp_path: Path, arguments: tuple[str, ...], sentence: str
) -> None:
    out, nowhere = tmp_path / "avlevering", tmp_path / "no-schemas"
    refused = portal_here(
        environment, "archive", "export", "--municipality", *arguments, "--out", str(out), "--schemas", str(nowhere)
    )
    assert refused.returncode == 1
    assert refused.stdout.startswith("Error: ")
    assert sentence in refused.stdout
    assert not out.exists()


def test_a_municipality_without_an_archive_is_told_so(
    in_ringebu: Municipality, environment: Environment, tmp_path: Path
) -> None:
    day = clock.today().isoformat()
    period = ("--from", day, "--to", day)
    refused = portal_here(
        environment, "archive", "export", "--municipality", "3439", *period, "--out", str(tmp_path / "avlevering")
    )
    assert (refused.returncode, refused.stdout) == (1, "Error: the municipality has no active series\n")
