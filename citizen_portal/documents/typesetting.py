"""The one way into typst: templates beside this file, no system fonts, always PDF/A-2a and PDF/UA-1."""

from datetime import UTC, date, datetime, time
from functools import cache
from pathlib import Path
from shutil import copy
from typing import Final, Literal

import typst

Language = Literal["nb", "nn", "en", "se"]

REGIONS: dict[Language, str] = {"nb": "NO", "nn": "NO", "en": "GB", "se": "NO"}

FORMAT_DETAILS = "PDF/A-2a, PDF/UA-1"
"""What Noark's formatDetaljer says of these files (ISO 19005-2 level A, ISO 14289-1)."""

_FOLDER = Path(__file__).parent
_STANDARDS: Final = ("a-2a", "ua-1")


def typeset(template: str, inputs: dict[str, str], written: date, pictures: Path | None = None) -> bytes:
    """The PDF of a template, its metadata dated `written` (a calendar date in Norway).

    The template reads pictures by name from the folder `pictures`, into which it is copied for that. It always goes
    to typst as a path: a template given as bytes is remembered for as long as the process lives, and the 65 536th of
    them stops the process.
    """
    source = _FOLDER / template
    if pictures is not None:
        source = Path(copy(source, pictures))
    return typst.compile(
        source,
        root=source.parent,
        font_paths=_fonts(),
        sys_inputs=inputs,
        pdf_standards=list(_STANDARDS),
        timestamp=datetime.combine(written, time(), UTC),
    )


@cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False)
