"""A hostile or broken deposit gives findings: no crash, no leak, no waiting."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from citizen_portal.archive.noark5.check import check

NS = "http://www.arkivverket.no/standarder/noark5/arkivstruktur"
FILES = ["arkivuttrekk.xml", "arkivstruktur.xml", "endringslogg.xml", "loependeJournal.xml", "offentligJournal.xml"]


def rules(deposit: Path) -> set[str]:
    return {finding.rule for finding in check(deposit, None)}


def test_an_empty_folder(tmp_path: Path) -> None:
    assert {"N5.01", "N5.28", "N5.61", "D.01"} <= rules(tmp_path)


def test_no_folder_at_all(tmp_path: Path) -> None:
    with pytest.raises(NotADirectoryError):
        check(tmp_path / "nothing", None)


@pytest.mark.parametrize("file", FILES)
def test_an_entity_bomb(deposit: Path, file: str) -> None:
    entities = "".join(f'<!ENTITY a{i + 1} "{f"&a{i};" * 10}">' for i in range(20))
    bomb = f'<!DOCTYPE arkiv [<!ENTITY a0 "boom">{entities}]><arkiv xmlns="{NS}"><tittel>&a20;</tittel></arkiv>'
    (deposit / file).write_text(bomb)
    assert "D.02" in rules(deposit)


@pytest.mark.parametrize("file", FILES)
def test_an_entity_that_points_at_a_file(deposit: Path, file: str, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("the secret word is lemon")
    (deposit / file).write_text(
        f'<!DOCTYPE arkiv [<!ENTITY x SYSTEM "file://{secret}">]><arkiv xmlns="{NS}"><tittel>&x;</tittel></arkiv>'
    )
    findings = check(deposit, None)
    assert "D.02" in {finding.rule for finding in findings}
    assert not any("lemon" in finding.message for finding in findings)


@pytest.mark.parametrize("file", FILES)
def test_very_deep_nesting(deposit: Path, file: str) -> None:
    (deposit / file).write_text(f'<arkiv xmlns="{NS}">' + "<a>" * 100_000)
    assert "D.02" in rules(deposit)


def test_a_schema_of_the_deposits_own_is_never_compiled(deposit: Path) -> None:
    (deposit / "arkivstruktur.xsd").write_text(
        '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:include schemaLocation="file:///etc/passwd"/></xs:schema>'
    )
    assert {"D.01", "N5.02", "N5.03"} <= rules(deposit)


def test_a_known_copy_of_the_schemas_is_used_instead(deposit: Path, official_schemas: Path) -> None:
    (deposit / "arkivstruktur.xsd").unlink()
    structure = {finding.rule for finding in check(deposit, official_schemas)}
    assert "N5.03" not in structure
    assert {"N5.01", "D.01"} <= structure


def test_folders_where_files_should_be(deposit: Path) -> None:
    for name in [*FILES, "arkivstruktur.xsd"]:
        (deposit / name).unlink()
        (deposit / name).mkdir()
    assert {"N5.01", "N5.61", "D.01"} <= rules(deposit)


def test_links_are_not_followed(deposit: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "a.pdf").write_bytes(b"%PDF")
    (deposit / "dokumenter/elsewhere").symlink_to(outside)
    (deposit / "dokumenter/self").symlink_to(deposit)
    assert "D.12" in rules(deposit)


def test_a_thousand_breaches_of_one_rule_are_counted_beyond(deposit: Path) -> None:
    lines = "<endring><referanseArkivenhet> </referanseArkivenhet></endring>" * 3000
    (deposit / "endringslogg.xml").write_text(
        f'<endringslogg xmlns="http://www.arkivverket.no/standarder/noark5/endringslogg">{lines}</endringslogg>'
    )
    findings = check(deposit, None)
    assert len(findings) < 10_000
    assert any("2000 more" in finding.message for finding in findings)


@given(
    file=st.sampled_from(FILES), position=st.floats(0, 1), junk=st.binary(min_size=1, max_size=40), cut=st.booleans()
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_damage_gives_findings_and_no_crash(
    deposit: Path, pristine_deposit: Path, file: str, position: float, junk: bytes, cut: bool
) -> None:
    whole = (pristine_deposit / file).read_bytes()
    at = int(len(whole) * position)
    damaged = whole[:at] + junk + (b"" if cut else whole[at:])
    (deposit / file).write_bytes(damaged)
    try:
        findings = check(deposit, None)
    finally:
        (deposit / file).write_bytes(whole)
    assert findings or damaged == whole or file == "arkivuttrekk.xml"
