"""Archive renditions: an uploaded file in a form that archives take (FOR-2017-2286 chapter 5)."""

import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from citizen_portal.documents import text
from citizen_portal.documents.typesetting import FORMAT_DETAILS, REGIONS, Language, typeset
from citizen_portal.documents.untrusted import PdfPage, pdf_pages

_MAX_PAGES = 500
_MAX_ALTERNATIVE_TEXT = 30_000
_PAGE_SIDES = (3.0, 14_400.0)
"""Points: the smallest and the largest side of a page that PDF/A-2 allows (ISO 19005-2, 6.1.13)."""

_PAGE_WORDS: dict[Language, str] = {"nb": "Side", "nn": "Side", "en": "Page", "se": "Siidu"}


@dataclass(frozen=True)
class Rendition:
    """The archive's form of a file. `details` is what Noark's formatDetaljer says."""

    data: bytes
    mime: str = "application/pdf"
    extension: str = "pdf"
    details: str = FORMAT_DETAILS


def archive_rendition(data: bytes, mime: str, title: str, language: Language, written: date) -> Rendition | None:
    """The PDF as pictures of its pages with their text, in PDF/A-2a and PDF/UA-1; None where no rendition is needed.

    A JPEG or PNG is an archive format already. `written` dates the metadata. What is hidden in the PDF (scripts,
    attached files, form logic) is not in the rendition, so it is also the form to show to staff. About 0.15 s a page;
    meant for a job. Raises `untrusted.Unreadable`.
    """
    if mime != "application/pdf":
        return None
    with TemporaryDirectory() as folder:  # mode 0700
        pages = pdf_pages(data, Path(folder), _MAX_PAGES)
        described = {
            "title": text.plain(title) or "–",
            "language": language,
            "region": REGIONS[language],
            "year": written.year,
            "month": written.month,
            "day": written.day,
            "pages": [_sheet(page, f"{_PAGE_WORDS[language]} {number}") for number, page in enumerate(pages, 1)],
        }
        return Rendition(typeset("pages.typ", {"pages": json.dumps(described)}, written, Path(folder)))


def _sheet(page: PdfPage, without_text: str) -> dict[str, object]:
    smallest, largest = _PAGE_SIDES
    scale = min(1.0, largest / max(page.width, page.height))
    return {
        "width": max(smallest, page.width * scale),
        "height": max(smallest, page.height * scale),
        "text": text.plain(page.text)[:_MAX_ALTERNATIVE_TEXT] or without_text,
    }
