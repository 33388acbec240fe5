"""Rules about the two journals and the change log."""

from dataclasses import dataclass
from itertools import islice
from typing import Final

from citizen_portal.archive.noark5 import names
from citizen_portal.archive.noark5.check.description import Description
from citizen_portal.archive.noark5.check.findings import Findings
from citizen_portal.archive.noark5.check.index import Index
from citizen_portal.archive.noark5.check.leaves import LeafRules
from citizen_portal.archive.noark5.check.reading import Extract, Node
from citizen_portal.archive.noark5.check.structure import StructureRules

_MOST_LISTED: Final = 1000


@dataclass(slots=True)
class JournalHead:
    """What a journal says of itself; empty or None where it cannot be read."""

    first_date: str = ""
    last_date: str = ""
    entry_count: int | None = None


def read_journal(extract: Extract, description: Description, index: Index, findings: Findings) -> JournalHead:
    """Read one journal, check its lines, and answer what its head says."""
    head, lines, last = JournalHead(), 0, (0, 0)
    leaf = LeafRules(extract.file, findings)
    for node in extract.groups(leaf, frozenset({names.JOURNAL_LINE})):
        if node.name == names.JOURNAL_HEAD:
            head.first_date, head.last_date = node.value(names.JOURNAL_START) or "", node.value(names.JOURNAL_END) or ""
            head.entry_count = _integer(node.value(names.JOURNAL_COUNT))
        elif node.name == names.JOURNAL_LINE:
            lines += 1
            last = _check_line(extract.file, node, lines, last, index, findings)
    said = description.counts.get((extract.file, names.JOURNAL_LINE))
    if said != lines:
        findings.add("D.21", extract.file, "", f"{lines} {names.JOURNAL_LINE}, the description says {said}")
    if head.entry_count is not None and head.entry_count != lines:
        findings.add("N5.59", extract.file, names.JOURNAL_HEAD, f"says {head.entry_count} entries, holds {lines}")
    return head


def _check_line(
    file: str, line: Node, position: int, last: tuple[int, int], index: Index, findings: Findings
) -> tuple[int, int]:
    for group in (g for name in (names.CASE_FILE, names.REGISTRY_ENTRY) for g in line.groups.get(name, [])):
        added = names.ADDED_2023 | (names.SCREENING_ON_CASE_2023 if group.name == names.CASE_FILE else frozenset())
        for name in sorted(group.values.keys() & added):
            findings.add("D.06", file, group.location, f"{name} was added to the journals in 2023")
    entry = next(iter(line.groups.get(names.REGISTRY_ENTRY, [])), Node(names.REGISTRY_ENTRY))
    if not entry.groups.get(names.PARTY):
        findings.add("D.05", file, entry.location, f"has no {names.PARTY}")
    index.add_journal_line(file, entry.value(names.SYSTEM_ID) or "", position)
    number = (_integer(entry.value(names.JOURNAL_YEAR)) or 0, _integer(entry.value(names.JOURNAL_NUMBER)) or 0)
    if number <= last:
        findings.add("D.16", file, entry.location, "does not come after the entry before it")
    return number


def compare_journals(
    heads: dict[str, JournalHead], structure: StructureRules | None, description: Description, findings: Findings
) -> None:
    """The two heads agree with each other and, at sharp boundaries, with the structure."""
    running = heads.get(names.RUNNING_JOURNAL_FILE, JournalHead())
    public = heads.get(names.PUBLIC_JOURNAL_FILE, JournalHead())
    entries, days = (
        structure.entries if structure else 0,
        (structure.first_date, structure.last_date) if structure else ("", ""),
    )
    for file, head in ((names.RUNNING_JOURNAL_FILE, running), (names.PUBLIC_JOURNAL_FILE, public)):
        if head.entry_count is None:
            findings.add("N5.59", file, names.JOURNAL_HEAD, f"{names.JOURNAL_COUNT} cannot be read")
        elif description.is_sharp and head.entry_count != entries:
            findings.add(
                "N5.59", file, names.JOURNAL_HEAD, f"says {head.entry_count} entries, the structure has {entries}"
            )
        if not head.first_date or not head.last_date:
            findings.add("N5.60", file, names.JOURNAL_HEAD, "the first or last date cannot be read")
        elif description.is_sharp and (head.first_date, head.last_date) != days:
            findings.add(
                "N5.60", file, names.JOURNAL_HEAD, f"spans other dates than the structure's {days[0]} to {days[1]}"
            )
    if running.entry_count != public.entry_count:
        findings.add("N5.59", names.PUBLIC_JOURNAL_FILE, names.JOURNAL_HEAD, "the journals differ in number of entries")
    if (running.first_date, running.last_date) != (public.first_date, public.last_date):
        findings.add("N5.60", names.PUBLIC_JOURNAL_FILE, names.JOURNAL_HEAD, "the journals differ in dates")
    if not days[0]:
        findings.add("N5.60", names.STRUCTURE_FILE, "", f"no {names.JOURNAL_DATE} at all")


def compare_lines(index: Index, findings: Findings) -> None:
    """Both journals hold exactly the structure's registry entries."""
    for journal in (names.RUNNING_JOURNAL_FILE, names.PUBLIC_JOURNAL_FILE):
        for identity in islice(index.only_in(journal, names.STRUCTURE_FILE), _MOST_LISTED):
            findings.add("D.16", journal, identity, "is not in the structure")
        for identity in islice(index.only_in(names.STRUCTURE_FILE, journal), _MOST_LISTED):
            findings.add("D.16", journal, identity, "is in the structure but not here")


def read_change_log(extract: Extract, description: Description, index: Index, findings: Findings) -> None:
    """Read the change log; its references are compared when all is read."""
    changes = 0
    for node in extract.groups(LeafRules(extract.file, findings), frozenset({names.CHANGE})):
        if node.name == names.CHANGE:
            changes += 1
            target = node.value(names.CHANGED_OBJECT) or ""
            index.add_reference(names.CHANGED_OBJECT, target, extract.file, f"change {changes}")
    said = description.counts.get((extract.file, names.CHANGE))
    if said != changes:
        findings.add("D.21", extract.file, "", f"{changes} {names.CHANGE}, the description says {said}")


def _integer(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else None
