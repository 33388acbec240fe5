"""The official schemas, and nothing else, go into a deposit."""

from pathlib import Path

import pytest

from citizen_portal.archive.noark5 import schemas
from citizen_portal.archive.noark5.schemas import MANIFEST, UnofficialSchema


def test_the_official_schemas_are_taken_over(official_schemas: Path, tmp_path: Path) -> None:
    target = tmp_path / "etc" / "schemas"
    schemas.install(official_schemas, target)
    schemas.install(official_schemas, target)
    assert sorted(path.name for path in target.iterdir()) == sorted(schema.name for schema in MANIFEST)
    assert all(schemas.is_official(target / schema.name) for schema in MANIFEST)


def test_one_wrong_byte_and_nothing_is_taken_over(official_schemas: Path, tmp_path: Path) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    schemas.install(official_schemas, source)
    wrong = source / "metadatakatalog.xsd"
    wrong.write_bytes(wrong.read_bytes().replace(b"\r\n", b"\n"))
    with pytest.raises(UnofficialSchema, match=r"metadatakatalog\.xsd"):
        schemas.install(source, target)
    assert not target.exists()


def test_a_missing_schema_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnofficialSchema) as refused:
        schemas.demand_all(tmp_path)
    assert len(refused.value.args) == 6
    with pytest.raises(UnofficialSchema):
        schemas.demand_all(None)


def test_the_schemas_are_not_in_the_repository() -> None:
    root = Path(__file__).parents[2]
    assert not [path for folder in ("citizen_portal", "tests", "docs") for path in (root / folder).rglob("*.xsd")]
