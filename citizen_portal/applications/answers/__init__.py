"""Answers to a form: kept as typed, checked against the definition, and put into words. One module per kind of field.

A draft keeps what was typed as it was typed, right or wrong. Answers to questions that are not asked any more, because
an earlier answer changed, stay in the draft and count for nothing.
"""

from citizen_portal.applications.answers.conditions import (
    Shown,
    asked_fields,
    asked_steps,
    holds,
    is_asked,
    shown_among,
    shown_fields,
)
from citizen_portal.applications.answers.groups import RowChange, removed_name, without_removed
from citizen_portal.applications.answers.people import NOBODY, SELF, Offered, with_names
from citizen_portal.applications.answers.terms import (
    MOST_CHARACTERS,
    Answer,
    Answers,
    Fault,
    Line,
    Problem,
)
from citizen_portal.applications.answers.whole import (
    answered,
    as_posted,
    clean,
    in_words,
    problems_of,
    problems_of_step,
    under_headings,
)
from citizen_portal.applications.answers.written import as_date

__all__ = [
    "MOST_CHARACTERS",
    "NOBODY",
    "SELF",
    "Answer",
    "Answers",
    "Fault",
    "Line",
    "Offered",
    "Problem",
    "RowChange",
    "Shown",
    "answered",
    "as_date",
    "as_posted",
    "asked_fields",
    "asked_steps",
    "clean",
    "holds",
    "in_words",
    "is_asked",
    "problems_of",
    "problems_of_step",
    "removed_name",
    "shown_among",
    "shown_fields",
    "under_headings",
    "with_names",
    "without_removed",
]
