"""Whom it concerns: the applicant, a child of hers, somebody whom she represents.

The draft keeps who was chosen, with her name of that day; a choice without a name was never offered, or is no longer.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from citizen_portal.applications.answers.terms import (
    Answer,
    Answers,
    Fault,
    Line,
    Mistake,
    Posted,
    kept_text,
    part_of,
    text_of,
)
from citizen_portal.applications.definitions import FormField, PersonField

SELF: Final = "self"


@dataclass(frozen=True, slots=True)
class Offered:
    """Those who can be chosen today: person id as text -> name."""

    applicant: str = ""
    children: Mapping[str, str] | None = None
    """Those for whom the applicant has parental responsibility."""
    represented: Mapping[str, str] | None = None
    is_by_other: bool = False
    """Whether somebody fills in for the applicant: then it concerns the applicant and nobody else."""

    def choices(self, field: PersonField) -> dict[str, str]:
        """What the field can be answered with, and the name of each."""
        if self.is_by_other:
            return {SELF: self.applicant}
        known = {SELF: {SELF: self.applicant}, "child": self.children, "represented": self.represented}
        return {who: name for kind in field.among for who, name in (known[kind] or {}).items()}


NOBODY: Final = Offered()
"""For a form that does not ask whom it concerns."""


class Person:
    """Somebody who was offered when the step was saved."""

    def kept(self, _field: PersonField, name: str, posted: Posted) -> Answer:
        """Who was chosen; her name is ours to say (`with_names`)."""
        return {"who": kept_text(posted.get(name))}

    def as_posted(self, _field: PersonField, name: str, answer: Answer) -> Iterator[tuple[str, str]]:
        """Who was chosen; nothing when nobody was."""
        if who := text_of(part_of(answer, "who")):
            yield name, who

    def mistakes(self, field: PersonField, name: str, answer: Answer) -> Iterator[Mistake]:
        """Nobody chosen, or somebody who cannot be."""
        if text_of(part_of(answer, "who")):
            if not text_of(part_of(answer, "name")):
                yield Mistake(field, name, Fault.NOT_A_PERSON)
        elif field.required:
            yield Mistake(field, name, Fault.MISSING)

    def lines(self, field: PersonField, name: str, answer: Answer, language: str) -> Iterator[Line]:
        """The name, and never an id."""
        yield Line(name, field.label.in_language(language), text_of(part_of(answer, "name")))


def with_names(fields: Iterable[FormField], answers: Answers, offered: Offered) -> dict[str, Answer]:
    """The answers, where each chosen person has her name if she can be chosen today, and else has none."""
    named = dict(answers)
    for field in fields:
        if isinstance(field, PersonField) and (who := text_of(part_of(answers.get(field.name), "who"))):
            known = offered.choices(field).get(who)
            named[field.name] = {"who": who, "name": known} if known else {"who": who}
    return named
