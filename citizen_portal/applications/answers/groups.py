"""The same questions for each of several: the rows of a group, and how they come and go.

A row that was just taken away is kept beside the group until the page is left, so that it can be taken back.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from citizen_portal.applications.answers.conditions import asked_among
from citizen_portal.applications.answers.simple import kind_of_simple
from citizen_portal.applications.answers.terms import Answer, Answers, Fault, Line, Mistake, Posted
from citizen_portal.applications.definitions import GroupField, Step

MOST_ROWS: Final = 50
"""More than any group takes: what is posted beyond it was made by no page of ours."""
_ACTION: Final = re.compile(r"(add|remove|restore):([a-z][a-z0-9_]{0,39})(?:-(\d{1,2}))?")


class Group:
    """Rows of answers. A page posts «children-0» of each row, so that one where nothing was typed is not lost."""

    def kept(self, field: GroupField, name: str, posted: Posted) -> Answer:
        """The rows in their order, each with its own answers."""
        return [
            {
                inner.name: kind_of_simple(inner).kept(inner, f"{name}-{number}-{inner.name}", posted)
                for inner in field.fields
            }
            for number in _posted_rows(name, posted)
        ]

    def as_posted(self, field: GroupField, name: str, answer: Answer) -> Iterator[tuple[str, str]]:
        """Each row that the page shows, with its answers."""
        for number, row in enumerate(rows_of(field, answer)):
            yield f"{name}-{number}", "1"
            for inner in field.fields:
                at = f"{name}-{number}-{inner.name}"
                yield from kind_of_simple(inner).as_posted(inner, at, row.get(inner.name))

    def mistakes(self, field: GroupField, name: str, answer: Answer) -> Iterator[Mistake]:
        """What is wrong in each row; else too few or too many of them."""
        rows = rows_of(field, answer)
        found = [
            mistake
            for number, row in enumerate(rows)
            for inner in asked_among(field.fields, row)
            for mistake in kind_of_simple(inner).mistakes(inner, f"{name}-{number}-{inner.name}", row.get(inner.name))
        ]
        yield from found
        if not found and sum(_is_filled(field, row) for row in rows) < least_of(field):
            yield Mistake(field, name, Fault.TOO_FEW, least_of(field))
        if len(rows) > field.most:
            yield Mistake(field, name, Fault.TOO_MANY, field.most)

    def lines(self, field: GroupField, name: str, answer: Answer, language: str) -> Iterator[Line]:
        """The lines of each row under its heading; one without an answer when there is no row."""
        rows = [row for row in rows_of(field, answer) if _is_filled(field, row)]
        if not rows:
            yield Line(name, field.label.in_language(language), "")
        for number, row in enumerate(rows_of(field, answer)):
            if row in rows:
                heading = heading_of(field, number, language)
                for inner in asked_among(field.fields, row):
                    at = f"{name}-{number}-{inner.name}"
                    for line in kind_of_simple(inner).lines(inner, at, row.get(inner.name), language):
                        yield Line(line.name, line.question, line.answer, heading)


@dataclass(frozen=True, slots=True)
class RowChange:
    """What a button in a group does: adds a row, takes one away, or takes it back. `row` counts from 0."""

    verb: str
    group: str
    row: int

    @classmethod
    def of(cls, action: str) -> "RowChange | None":
        """What a button's value says, «add:children» or «remove:children-1»; None for any other."""
        found = _ACTION.fullmatch(action)
        return cls(found[1], found[2], int(found[3] or 0)) if found else None

    def of_group(self, step: Step) -> GroupField | None:
        """The group in the step; None when it has none of that name."""
        groups = (field for field in step.fields if isinstance(field, GroupField))
        return next((group for group in groups if group.name == self.group), None)

    def apply(self, field: GroupField, answers: Answers, taken_away: Answers) -> dict[str, Answer]:
        """The answers after the change; what cannot be changed stays. `taken_away` may hold the row removed last."""
        rows, beside = list(rows_of(field, answers.get(field.name))), removed_name(field.name)
        removed = taken_away.get(beside)
        kept: dict[str, Answer] = {}
        if self.verb == "add" and len(rows) < field.most:
            rows.append({})
        elif self.verb == "remove" and self.row < len(rows) > least_of(field):
            kept = {beside: {"row": self.row, "answers": rows.pop(self.row)}}
        elif self.verb == "restore" and isinstance(removed, Mapping) and len(rows) < field.most:
            rows.insert(removed["row"], removed["answers"])
        return {**answers, field.name: rows, **kept}

    def row_in_view(self, answers: Answers) -> str:
        """The id of what the page shows first after the change."""
        rows = answers.get(self.group)
        if self.verb == "remove":
            return removed_name(self.group)
        last = len(rows) - 1 if isinstance(rows, list) else 0
        return f"{self.group}-{last if self.verb == 'add' else min(self.row, last)}"


def removed_name(group: str) -> str:
    """Where the draft keeps the row that was taken away last. No field can have this name."""
    return f"{group}-removed"


def without_removed(answers: Answers) -> dict[str, Answer]:
    """The answers without rows that were taken away."""
    return {name: answer for name, answer in answers.items() if not name.endswith(removed_name(""))}


def rows_of(field: GroupField, answer: Answer) -> list[Mapping[str, Any]]:
    """The rows, and blank ones up to as many as there must be."""
    rows = [row for row in answer if isinstance(row, Mapping)] if isinstance(answer, list) else []
    return [*rows, *({} for _lacking in range(least_of(field) - len(rows)))]


def least_of(field: GroupField) -> int:
    """How many there must be; one where an answer is demanded at all."""
    return max(field.least, 1 if field.required else 0)


def heading_of(field: GroupField, number: int, language: str) -> str:
    """«Barn 2» for the row, counted from 0."""
    return f"{field.item.in_language(language)} {number + 1}"


def _posted_rows(name: str, posted: Posted) -> list[int]:
    pattern = re.compile(rf"{re.escape(name)}-(\d{{1,3}})(?:-.*)?", re.DOTALL | re.ASCII)
    found = (pattern.fullmatch(key) for key in posted)
    return sorted({int(match[1]) for match in found if match})[:MOST_ROWS]


def _is_filled(field: GroupField, row: Mapping[str, Any]) -> bool:
    posted = (kind_of_simple(inner).as_posted(inner, inner.name, row.get(inner.name)) for inner in field.fields)
    return any(value.strip() for values in posted for _name, value in values)
