"""The law that staff register representation by, as dated data (design §4 rule 14)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

import yaml

from citizen_portal.identity.models import Area, Basis

_FILE = Path(__file__).parent / "next_of_kin.yaml"


@dataclass(frozen=True, slots=True)
class LegalBasis:
    """A paragraph by which somebody may act for another, what it says in short, and the areas that it can cover."""

    id: str
    reference: str
    summary: Mapping[str, str]
    basis: Basis
    areas: frozenset[Area]
    valid_from: date
    valid_to: date | None

    def in_language(self, language: str) -> str:
        """What it says, in Nynorsk or Bokmål."""
        return self.summary["nn" if language == "nn" else "nb"]

    def holds_on(self, day: date) -> bool:
        """Whether it is the law on the day."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


def legal_bases(on: date) -> tuple[LegalBasis, ...]:
    """Those that hold on the day."""
    return tuple(basis for basis in _all() if basis.holds_on(on))


@cache
def _all() -> tuple[LegalBasis, ...]:
    rows = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return tuple(
        LegalBasis(
            id=row["id"],
            reference=row["reference"],
            summary=row["summary"],
            basis=Basis(row["basis"]),
            areas=frozenset(Area(area) for area in row["areas"]),
            valid_from=row["valid_from"],
            valid_to=row.get("valid_to"),
        )
        for row in rows
    )
