"""The one way into typst: templates beside this file, no system fonts, always PDF/A-2a and PDF/UA-1."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from functools import cache
from pathlib import Path
from typing import Final, Literal

import typst

Language = Literal["nb", "nn", "en", "se"]

FORMAT_DETAILS = "PDF/A-2a, PDF/UA-1"
"""What Noark's formatDetaljer says of these files (ISO 19005-2 level A, ISO 14289-1)."""

_FOLDER = Path(__file__).parent
_STANDARDS: Final = ["a-2a", "ua-1"]


def typeset(template: str, inputs: dict[str, str], written: date, files: Mapping[str, bytes] | None = None) -> bytes:
    """The PDF of a template, its metadata dated `written` (a calendar date in Norway).

    `files` are read by the template by name. Names must come from a small fixed set: typst remembers each name, and
    each template given without one, for as long as the process lives, and stops the process at 65 536 of them.
    """
    source = {"main.typ": (_FOLDER / template).read_bytes(), **(files or {})}
    return typst.compile(  # type: ignore[call-overload, no-any-return]  # its types leave out a dict of files
        source,
        font_paths=_fonts(),
        sys_inputs=inputs,
        pdf_standards=_STANDARDS,
        timestamp=datetime.combine(written, time(), UTC),
    )


@cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False)
