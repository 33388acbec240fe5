"""Check a deposit against the official schemas and the rules of the national validator and the depots.

Every breach is listed. A hostile or broken deposit gives findings, never an exception, and memory stays flat: extracts
are read as streams, and what must be compared lies in a scratch index on disk.
"""

from contextlib import closing
from pathlib import Path
from typing import Final

from citizen_portal.archive.noark5 import names
from citizen_portal.archive.noark5.check import description as describing
from citizen_portal.archive.noark5.check import documents, journals, reading
from citizen_portal.archive.noark5.check.findings import RULES, Finding, Findings
from citizen_portal.archive.noark5.check.index import Index
from citizen_portal.archive.noark5.check.structure import StructureRules

__all__ = ["RULES", "Finding", "check"]

_NAMESPACES: Final = {
    names.STRUCTURE_FILE: names.STRUCTURE_NS,
    names.CHANGE_LOG_FILE: names.CHANGE_LOG_NS,
    names.RUNNING_JOURNAL_FILE: names.RUNNING_JOURNAL_NS,
    names.PUBLIC_JOURNAL_FILE: names.PUBLIC_JOURNAL_NS,
}


def check(directory: Path, schemas: Path | None) -> list[Finding]:
    """Every breach in the deposit in `directory`, the national validator's rules first; an empty list when it is sound.

    The schemas used are those inside the deposit when they are byte for byte the official ones, else those in the
    folder `schemas`; without either the form cannot be judged, and that is a finding. Raises NotADirectoryError.
    """
    if not directory.is_dir():
        raise NotADirectoryError(directory)
    findings = Findings()
    with closing(Index()) as index:
        _check(directory, schemas, index, findings)
    return findings.all()


def _check(directory: Path, schemas: Path | None, index: Index, findings: Findings) -> None:
    describing.check_files(directory, findings)
    addml_schema = reading.load_schema(directory, schemas, names.ADDML_SCHEMA)
    root = reading.read_description(directory / names.ADDML_FILE, addml_schema, findings)
    description = describing.Description() if root is None else describing.read(directory, root, findings)
    structure = None
    heads: dict[str, journals.JournalHead] = {}
    for name, namespace in _NAMESPACES.items():
        if not (directory / name).is_file():
            continue
        schema = reading.load_schema(directory, schemas, names.SCHEMA_OF[name])
        if schema is None:
            findings.add("N5.03", name, "", "no official schema to judge it by")
        extract = reading.Extract(directory / name, namespace, schema, findings)
        if name == names.STRUCTURE_FILE:
            structure = StructureRules(extract, description, index, findings)
            structure.run()
        elif name == names.CHANGE_LOG_FILE:
            journals.read_change_log(extract, description, index, findings)
        else:
            heads[name] = journals.read_journal(extract, description, index, findings)
    documents.find_files(directory, index, findings)
    index.settle()
    journals.compare_journals(heads, structure, description, findings)
    journals.compare_lines(index, findings)
    documents.check_references(index, findings)
    documents.check_files(directory, description, index, findings)
