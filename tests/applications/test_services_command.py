"""An operator checks definitions at the shell and is told file, line, place and reason."""

from pathlib import Path

from click.testing import CliRunner

from citizen_portal.applications.definitions import FOLDER
from citizen_portal.cli import main

SOURCE = (FOLDER / "trygghetsalarm.yaml").read_text("utf-8")


def test_what_comes_with_the_portal_is_checked_when_nothing_is_named() -> None:
    done = CliRunner().invoke(main, ["services", "check"])
    assert (done.exit_code, done.output) == (0, f"{len(list(FOLDER.glob('*.yaml')))} definitions, no faults.\n")


def test_every_fault_of_every_file_is_told(tmp_path: Path) -> None:
    first, second, sound = tmp_path / "first.yaml", tmp_path / "second.yaml", tmp_path / "sound.yaml"
    first.write_text(SOURCE.replace("weeks: 4", "weeks: 99").replace("restriction: exempt", "restriction: no"), "utf-8")
    second.write_text(SOURCE.replace("name: other_relation", "name: other_name"), "utf-8")
    sound.write_text(SOURCE.replace("id: trygghetsalarm", "id: alarm"), "utf-8")
    done = CliRunner().invoke(main, ["services", "check", *map(str, (first, second, sound))])
    line = 1 + SOURCE[: SOURCE.index("weeks: 4")].count("\n")
    assert done.exit_code == 1
    assert f"first.yaml:{line}: answer_times.0.weeks: " in done.output
    assert "journal.screening.restriction: " in done.output
    assert "steps.0.fields.3.name: the name other_name is taken" in done.output
    assert "sound.yaml" not in done.output
    *told, last = done.output.splitlines()
    assert last == f"Error: {len(told)} faults"


def test_the_same_version_in_two_files_is_told(tmp_path: Path) -> None:
    paths = [tmp_path / "a.yaml", tmp_path / "b.yaml"]
    for path in paths:
        path.write_text(SOURCE, "utf-8")
    done = CliRunner().invoke(main, ["services", "check", *map(str, paths)])
    assert done.exit_code == 1
    assert "b.yaml:1: version: version 1 of trygghetsalarm is in a.yaml, too" in done.output


def test_a_file_that_is_not_there_is_told() -> None:
    done = CliRunner().invoke(main, ["services", "check", "missing.yaml"])
    assert done.exit_code == 2
    assert "'missing.yaml' does not exist" in done.output
