"""Letters, receipts and decisions: what a document says, and its PDF."""

import json
from dataclasses import dataclass
from datetime import date
from typing import Any

from babel.dates import format_date

from citizen_portal.documents import text
from citizen_portal.documents.typesetting import REGIONS, Language, typeset

Field = tuple[str, str]
"""A label and what it says; the text may hold line breaks."""

_PAGE_LABELS: dict[Language, str] = {
    "nb": "Side {page} av {pages}",
    "nn": "Side {page} av {pages}",
    "en": "Page {page} of {pages}",
    "se": "Siidu {page} / {pages}",
}


@dataclass(frozen=True)
class Section:
    """A part of a document: paragraphs first, then labelled fields. An empty heading shows none."""

    heading: str
    paragraphs: tuple[str, ...] = ()
    fields: tuple[Field, ...] = ()


@dataclass(frozen=True)
class Document:
    """What a document says. Every text may be any string that a person can type.

    `date` is the document's own date in Norway: it stands at the top and in the metadata. `reference` is the short
    table of facts below the title (case number, received, sender …).
    """

    title: str
    language: Language
    municipality_name: str
    unit: str
    date: date
    reference: tuple[Field, ...] = ()
    sections: tuple[Section, ...] = ()


def render(document: Document) -> bytes:
    """The document as PDF/A-2a and PDF/UA-1. Safe to call from several threads; takes some milliseconds a page."""
    return typeset("letter.typ", {"letter": json.dumps(_data(document))}, document.date)


def _data(document: Document) -> dict[str, Any]:
    author = text.plain(document.municipality_name) or "–"
    return {
        "language": document.language,
        "region": REGIONS[document.language],
        "fonts": text.families(),
        "page-label": _PAGE_LABELS[document.language],
        "metadata": {"title": text.plain(document.title) or author, "author": author},
        "year": document.date.year,
        "month": document.date.month,
        "day": document.date.day,
        "date": format_date(document.date, "long", locale=document.language),
        "municipality": text.runs(document.municipality_name),
        "unit": text.runs(document.unit),
        "title": text.runs(document.title) or text.runs(author),
        "reference": _fields(document.reference),
        "sections": [
            {
                "heading": text.runs(section.heading),
                "paragraphs": [_prose(paragraph) for paragraph in section.paragraphs],
                "fields": _fields(section.fields),
            }
            for section in document.sections
        ],
    }


def _fields(fields: tuple[Field, ...]) -> list[Any]:
    return [(text.runs(label), _prose(value)) for label, value in fields]


def _prose(value: str) -> dict[str, Any]:
    return {"lines": text.lines(value), "rtl": text.is_right_to_left(value)}
