"""The official schemas: not ours, never in the repository, and unmodified in every deposit (Noark 5 § 6.4.18).

An operator keeps them in a folder of its own (`PORTAL_NOARK5_SCHEMAS`), filled by `citizen-portal archive schemas`.
Only the bytes below are taken: N5/v5.0 as of December 2023 and ADDML 8.3, with CRLF line ends as published.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from citizen_portal.archive.noark5 import names
from citizen_portal.errors import DomainError

_SCHEMAS: Final = "https://github.com/arkivverket/schemas/raw/master"


class UnofficialSchema(DomainError):
    """A schema is missing, or is not byte for byte the official one."""


@dataclass(frozen=True, slots=True)
class OfficialSchema:
    """One schema: file name, size in bytes, SHA-256 and the address at which the National Archives publish it."""

    name: str
    size_bytes: int
    sha256: str
    address: str


MANIFEST: Final = tuple(
    OfficialSchema(name, size_bytes, sha256, f"{_SCHEMAS}/{folder}/{name}")
    for name, size_bytes, sha256, folder in (
        (
            names.STRUCTURE_SCHEMA,
            30518,
            "77acc0f549f4f3856f56429cb30e6b626ddb05d8b8a3d6cae00cb5911b60f58c",
            "N5/v5.0",
        ),
        (
            names.CATALOGUE_SCHEMA,
            41044,
            "c7c0a7e7996f60b4c28eacd0e34e6af0d6ca2cfb76f58080221e163fb972a305",
            "N5/v5.0",
        ),
        (
            names.CHANGE_LOG_SCHEMA,
            2228,
            "07cbc86e8b3c4b42ed831cdd5c09aa402a2c4049bbca2d287e184f3138edf1de",
            "N5/v5.0",
        ),
        (
            names.RUNNING_JOURNAL_SCHEMA,
            7159,
            "a631f05eac6496394e78597ac7d20d9e1269fcaccb6d1a8f5c50c75e53384f27",
            "N5/v5.0",
        ),
        (
            names.PUBLIC_JOURNAL_SCHEMA,
            6446,
            "e3d9befccf53255be8233d2836ef1de35d9270d95bb3bcbd58ca63544fe170b3",
            "N5/v5.0",
        ),
        (
            names.ADDML_SCHEMA,
            20679,
            "ae2c4c9be0c1f4f291be36db3dfc069085f35eb515b072d3b1230ac89647d5dd",
            "ADDML/v8.3",
        ),
    )
)
_BY_NAME: Final = {schema.name: schema for schema in MANIFEST}


def is_official(path: Path) -> bool:
    """Whether the file is byte for byte the official schema of its name."""
    try:
        content = _read(path)
    except OSError:
        return False
    return hashlib.sha256(content).hexdigest() == _BY_NAME[path.name].sha256


def official_content(folder: Path | None, name: str) -> bytes:
    """The bytes of the official schema from the operator's folder. Raises UnofficialSchema."""
    if folder is None or not is_official(folder / name):
        raise UnofficialSchema(name)
    return (folder / name).read_bytes()


def demand_all(folder: Path | None) -> Path:
    """The folder, if it holds all the official schemas. Raises UnofficialSchema with the names that are wrong."""
    wrong = [schema.name for schema in MANIFEST if folder is None or not is_official(folder / schema.name)]
    if folder is None or wrong:
        raise UnofficialSchema(*wrong)
    return folder


def install(from_folder: Path, to_folder: Path) -> None:
    """Copy the six schemas into the operator's folder; nothing is written unless all of them are the official ones.

    Raises UnofficialSchema with the names of those that are missing or differ.
    """
    demand_all(from_folder)
    to_folder.mkdir(parents=True, exist_ok=True)
    for schema in MANIFEST:
        staged = to_folder / f".{schema.name}.new"
        staged.write_bytes(official_content(from_folder, schema.name))
        staged.replace(to_folder / schema.name)


def _read(path: Path) -> bytes:
    """The file's bytes, at most one more than an official schema of its name has."""
    with path.open("rb") as file:
        return file.read(_BY_NAME[path.name].size_bytes + 1)
