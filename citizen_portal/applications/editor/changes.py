"""What differs between two texts, as a list that can be read from the top."""

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from textwrap import dedent


@dataclass(frozen=True, slots=True)
class Change:
    """Lines that stand where others stood; either may be none. `line` is the first one's number in the new text."""

    line: int
    removed: tuple[str, ...]
    added: tuple[str, ...]

    @property
    def before(self) -> str:
        """The lines that were removed, without the indent that they share."""
        return dedent("\n".join(self.removed))

    @property
    def after(self) -> str:
        """The lines that were added, without the indent that they share."""
        return dedent("\n".join(self.added))


def changes_between(before: str, after: str) -> Iterator[Change]:
    """The places where the texts differ, from the top."""
    old, new = before.splitlines(), after.splitlines()
    for kind, old_start, old_end, new_start, new_end in SequenceMatcher(None, old, new).get_opcodes():
        if kind != "equal":
            yield Change(new_start + 1, tuple(old[old_start:old_end]), tuple(new[new_start:new_end]))
