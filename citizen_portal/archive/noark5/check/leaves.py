"""Rules about single values, the same in every extract."""

import re
from datetime import date
from typing import Final

from citizen_portal.archive.noark5 import names
from citizen_portal.archive.noark5.check.findings import Findings
from citizen_portal.archive.noark5.check.reading import Node
from citizen_portal.journal.screening import contains_national_id

_UUID: Final = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_INSTANT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?")
_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d")


class LeafRules:
    """Told every childless element of one extract."""

    def __init__(self, file: str, findings: Findings) -> None:
        self._file, self._findings = file, findings
        self._empty_rule = "N5.63" if file == names.STRUCTURE_FILE else "D.19"

    def __call__(self, name: str, text: str, around: Node) -> None:
        """Check one value."""
        value = text.strip()
        if not value:
            self._add(self._empty_rule, around, f"{name} is empty")
        elif name in names.INSTANTS:
            if not _INSTANT.fullmatch(value):
                self._add("D.03", around, f"{name} is {value!r}, not a local time without zone")
        elif name in names.DATES:
            if not _DATE.fullmatch(value):
                self._add("D.03", around, f"{name} is {value!r}, not a date without zone")
        elif name == names.SYSTEM_ID or name in names.REFERENCES:
            if not _UUID.fullmatch(value):
                self._add("D.04", around, f"{name} is {value!r}, not a UUID")
        elif name in names.VALUES and value not in names.VALUES[name]:
            self._add("D.10", around, f"{name} is {value!r}, which the standard does not know")
        if self._is_public(name) and contains_national_id(value):
            self._add("D.17", around, f"{name} holds a national id")

    def _is_public(self, name: str) -> bool:
        """Whether the public reads it. Not identifiers: eleven digits of a UUID can look like a national id."""
        if name == names.SYSTEM_ID or name in names.REFERENCES:
            return False
        return self._file == names.PUBLIC_JOURNAL_FILE or name == names.PUBLIC_TITLE

    def _add(self, rule: str, around: Node, message: str) -> None:
        self._findings.add(rule, self._file, around.location, message)


def day_of(text: str | None) -> date | None:
    """The calendar date of a date or a time; None when there is none to read."""
    try:
        return date.fromisoformat((text or "")[:10])
    except ValueError:
        return None
