"""What a check finds, and the rules it can find broken."""

from collections import Counter
from dataclasses import dataclass
from typing import Final

from citizen_portal.archive.noark5 import names

RULES: Final = {
    "N5.01": "the files that the description lists exist",
    "N5.02": "each listed file has its SHA-256",
    "N5.03": "the XML follows the official schemas",
    "N5.10": "as many folders as the description says",
    "N5.12": "no class has both subclasses and folders",
    "N5.15": "every case file is closed or cancelled",
    "N5.16": "as many registrations as the description says",
    "N5.17": "every registry entry has a type",
    "N5.19": "no class has both subclasses and registrations",
    "N5.22": "every registry entry is archived or cancelled",
    "N5.24": "every registration lies in a folder",
    "N5.25": "every document is finished",
    "N5.27": "creation times can be read",
    "N5.28": "as many document files as the description says",
    "N5.29": "the format is the file's extension",
    "N5.30": "document files have their checksums",
    "N5.32": "document files that are referred to exist",
    "N5.33": "no document file without a reference",
    "N5.42": "screening is there exactly when the description says so",
    "N5.44": "decided disposal is there exactly when the description says so",
    "N5.45": "executed disposal is there exactly when the description says so",
    "N5.47": "no systemID is used twice",
    "N5.48": "references to series lead somewhere",
    "N5.51": "references to secondary classes lead somewhere",
    "N5.59": "the journals hold as many entries as the structure",
    "N5.60": "the journals begin and end with the structure",
    "N5.61": "there is a change log",
    "N5.62": "the change log refers to what is in the structure",
    "N5.63": "no element of the structure is empty",
    "D.01": "the schemas in the deposit are the official ones, unmodified",
    "D.02": "the XML is well-formed, UTF-8 and without a document type",
    "D.03": "times are local, without zone",
    "D.04": "identifiers are UUIDs",
    "D.05": "every registry entry has a correspondence party",
    "D.06": "the journals keep to their form of 2019",
    "D.07": "xsi:type is written so, with a plain name",
    "D.08": "the description has its properties where they are read",
    "D.09": "the description lists the four extracts and no other",
    "D.10": "coded metadata have the standard's values",
    "D.11": "entries and files lie within the archival period",
    "D.12": "file names stay inside the deposit",
    "D.13": "files of cancelled entries and production files stay at home",
    "D.14": "references lead to something in the deposit",
    "D.15": "nothing else lies in the deposit",
    "D.16": "both journals hold the structure's entries, in order",
    "D.17": "no national id in what the public reads",
    "D.18": "what screening demands is there",
    "D.19": "no element outside the structure is empty",
    "D.20": "files have the size and algorithm that is said",
    "D.21": "as many changes and journal lines as the description says",
}
"""N5.xx are the national validator's own numbers, of its tests that can fail; D.xx is what depots demand besides."""

_MOST_PER_RULE: Final = 1000


@dataclass(frozen=True, slots=True)
class Finding:
    """One breach: the rule's id, the file in the deposit, where in it, and what is wrong."""

    rule: str
    file: str
    location: str
    message: str

    def __str__(self) -> str:
        place = f"{self.file} ({self.location})" if self.location else self.file
        return f"{self.rule}  {place}: {self.message}"


class Findings:
    """Collects breaches. All are counted; beyond a thousand of one rule they are not listed one by one."""

    def __init__(self) -> None:
        self._listed: list[Finding] = []
        self._counts: Counter[str] = Counter()

    def add(self, rule: str, file: str, location: str, message: str) -> None:
        """Take down one breach of one of the `RULES`."""
        assert rule in RULES  # noqa: S101  a typing error in our own code, caught by any test of the rule
        self._counts[rule] += 1
        if self._counts[rule] <= _MOST_PER_RULE:
            self._listed.append(Finding(rule, file, location, message))

    def all(self) -> list[Finding]:
        """Every finding by rule, with a last line for each rule that has more than are listed."""
        more = [
            Finding(rule, names.ADDML_FILE, "", f"{count - _MOST_PER_RULE} more of the same rule")
            for rule, count in self._counts.items()
            if count > _MOST_PER_RULE
        ]
        return sorted(self._listed, key=lambda finding: _order(finding.rule)) + more


def _order(rule: str) -> tuple[bool, str]:
    return (not rule.startswith("N5"), rule)
