"""Rules about the document files and everything that refers to something."""

import os
from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter
from pathlib import Path

from citizen_portal.archive.noark5 import names
from citizen_portal.archive.noark5.addml import sha256_of
from citizen_portal.archive.noark5.check.description import Description
from citizen_portal.archive.noark5.check.findings import Findings
from citizen_portal.archive.noark5.check.index import Index


def find_files(deposit: Path, index: Index, findings: Findings) -> None:
    """Put every file below the folder of documents into the index; links are not followed."""
    folders = [
        name for name in names.DOCUMENTS_FOLDERS if (deposit / name).is_dir() and not (deposit / name).is_symlink()
    ]
    if not folders:
        findings.add("N5.28", names.DOCUMENTS_FOLDER, "", "there is no folder of documents")
    for path in (path for folder in folders for path in _walk(deposit / folder)):
        relative = path.relative_to(deposit).as_posix()
        if path.is_symlink() or not path.is_file():
            findings.add("D.12", relative, "", "is not a plain file")
        else:
            index.add_found_file(relative, path.stat().st_size)


def _walk(folder: Path) -> Iterator[Path]:
    for parent, folders, files in os.walk(folder, followlinks=False):
        for name in (*files, *(name for name in folders if (Path(parent) / name).is_symlink())):
            yield Path(parent) / name


def check_files(deposit: Path, description: Description, index: Index, findings: Findings) -> None:
    """Compare the files with what refers to them and with the description."""
    count, said = index.file_count(), description.document_file_count
    if not count:
        findings.add("N5.28", names.DOCUMENTS_FOLDER, "", "there are no document files")
    if said != count:
        findings.add(
            "N5.28", names.ADDML_FILE, names.DOCUMENT_FILE_COUNT, f"{count} files, the description says {said}"
        )
    for path, location in index.missing_files():
        findings.add("N5.32", names.STRUCTURE_FILE, location, f"{path} is missing")
        findings.add("N5.30", names.STRUCTURE_FILE, location, f"{path} is missing")
    for path in index.unreferenced_files():
        findings.add("N5.33", path, "", "nothing refers to it")
    for path, references in groupby(index.referenced_files(), key=itemgetter(0)):
        _check_file(deposit / path, list(references), findings)


def _check_file(path: Path, references: list[tuple[str, int, str, str, str]], findings: Findings) -> None:
    try:
        sha256 = sha256_of(path)
    except OSError as error:
        findings.add("N5.30", references[0][0], "", f"cannot be read: {error.strerror}")
        return
    for relative, size, claimed_sha256, claimed_size, location in references:
        if claimed_sha256.lower() != sha256:
            findings.add("N5.30", names.STRUCTURE_FILE, location, f"{relative} does not have the checksum given")
        if claimed_size != str(size):
            findings.add("D.20", names.STRUCTURE_FILE, location, f"{relative} is {size} bytes, not {claimed_size}")


def check_references(index: Index, findings: Findings) -> None:
    """Identifiers are unique, and what is referred to is there."""
    for identity, count, location in index.duplicates():
        findings.add("N5.47", names.STRUCTURE_FILE, location, f"{identity} is used {count} times")
    rules = {
        names.SERIES_REFERENCE: ("N5.48", names.SERIES),
        names.CLASS_REFERENCE: ("N5.51", names.CLASS),
        names.CHANGED_OBJECT: ("N5.62", None),
    }
    for name in sorted(names.REFERENCES - names.IN_OTHER_EXTRACTS):
        rule, level = rules.get(name, ("D.14", None))
        for target, file, location in index.dangling(name, level):
            findings.add(rule, file, location, f"{name} {target} leads nowhere")
