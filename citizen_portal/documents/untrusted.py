"""Files from strangers, read by `confined.py` in a process of its own: about 0.2 s each."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_CONFINED = Path(__file__).with_name("confined.py")

DOTS_PER_INCH = 150
MAX_PAGE_SIDE = 3500
"""Pixels: an A3 page at 150 dots per inch has 2 480."""


class Unreadable(Exception):
    """The file could not be read. `reason`: damaged, encrypted, too many pages, or too many pixels."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class PdfPage:
    """One page: its size in points (1/72 inch), and the text that stands on it."""

    width: float
    height: float
    text: str


def count_pdf_pages(data: bytes, max_pages: int, seconds: float = 20) -> int:
    """How many pages the PDF has, each of which opens. Raises Unreadable, also when it takes longer than `seconds`."""
    facts, _ = _ask(data, seconds, task="pdf_facts", max_pages=max_pages)
    return int(facts["pages"])


def pdf_pages(data: bytes, folder: Path, max_pages: int) -> list[PdfPage]:
    """The PDF's pages, and in `folder` a picture of each: `1.jpg`, `2.jpg` … Raises Unreadable."""
    limits = {"dots_per_inch": DOTS_PER_INCH, "max_side": MAX_PAGE_SIDE, "max_pages": max_pages}
    facts, _ = _ask(data, 120, task="pdf_pages", folder=str(folder), **limits)
    return [PdfPage(**page) for page in facts["pages"]]


def rewrite_picture(data: bytes, max_pixels: int, max_side: int) -> bytes:
    """A JPEG or PNG written anew in its own format, upright, without metadata. Raises Unreadable."""
    _, picture = _ask(data, 20, task="picture", max_pixels=max_pixels, max_side=max_side)
    return picture


def _ask(data: bytes, seconds: float, **request: Any) -> tuple[dict[str, Any], bytes]:
    command = [sys.executable, "-I", str(_CONFINED), json.dumps(request)]
    try:
        done = subprocess.run(command, input=data, capture_output=True, env={}, cwd="/", timeout=seconds)  # noqa: S603  # our own script
    except subprocess.TimeoutExpired:
        raise Unreadable("damaged") from None
    line, _, extra = done.stdout.partition(b"\n")
    if done.returncode or not line:
        raise Unreadable("damaged")  # the parser crashed, or met a limit
    facts = json.loads(line)
    if "error" in facts:
        raise Unreadable(facts["error"])
    return facts, extra
