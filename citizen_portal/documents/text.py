"""Text as people type it, made ready for fonts that do not hold every character.

PDF/A demands a glyph for every character, and typst refuses to write a file without one. So the text is cut here into
runs of one font each, by what the fonts hold (`glyphs.txt`), and what no font holds is written out in brackets: an
emoji by its Unicode name, `[thumbs up sign]`, anything else by its code points, `[U+4F60 U+597D]`. Nothing that was
typed is lost from the record, and nothing stops it from being written.
"""

import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

_UNBROKEN = 40
"""A longer row of characters without a space may be broken, so that it never runs off the page."""
_BREAK = "\u200b"
_LINE_BREAKS = str.maketrans(dict.fromkeys("\r\v\f\x1c\x1d\x1e\x85\u2028\u2029", "\n"))
_SPACES_KEPT = {"\u00a0", "\u2009", "\u202f"}
_INVISIBLE = {chr(code) for code in (0xAD, 0x61C, 0x200B, 0x200E, 0x200F, 0x202A, 0x202B, 0x202C, 0x2060)} | {
    chr(code) for code in range(0x2066, 0x206A)
}
"""Format characters that every renderer understands. An override of the direction (U+202D, U+202E) is not one."""
_JOINERS = {"\u200c", "\u200d"}
_DROPPED = {"\ufeff", *map(chr, range(0xFE00, 0xFE10)), *map(chr, range(0xE0100, 0xE01F0))}


class Run(NamedTuple):
    """A piece of text that one font holds; `font` counts in `families()`."""

    font: int
    text: str


@cache
def families() -> tuple[str, ...]:
    """The names of the fonts, the one to prefer first."""
    return tuple(_glyphs())


def lines(text: str) -> list[list[Run]]:
    """The text's lines, each in runs. Any string is accepted, lone surrogates and control characters too."""
    unified = unicodedata.normalize("NFC", text.replace("\r\n", "\n").translate(_LINE_BREAKS))
    return [_runs(line) for line in unified.split("\n")]


def runs(text: str) -> list[Run]:
    """The text on one line, in runs."""
    return _runs(unicodedata.normalize("NFC", " ".join(text.split())))


def plain(text: str) -> str:
    """The text on one line without what XML and a reader's title bar cannot take: controls, surrogates, private use."""
    seen = "".join(
        char for char in text if unicodedata.category(char) not in {"Cc", "Cs", "Co", "Cn"} or char.isspace()
    )
    return " ".join(seen.split())


def is_right_to_left(text: str) -> bool:
    """Whether the first letter belongs to a script that runs from right to left (as rule P2 of UAX #9)."""
    strong = (direction for char in text if (direction := unicodedata.bidirectional(char)) in {"L", "R", "AL"})
    return next(strong, "L") != "L"


def _runs(line: str) -> list[Run]:
    if line.isascii() and line.isprintable() and len(line) < _UNBROKEN:
        return [Run(0, line)] if line else []
    joined = groupby(_breakable(_shown(line)), key=lambda run: run.font)
    return [Run(font, "".join(run.text for run in group)) for font, group in joined]


def _breakable(pieces: Iterator[Run]) -> Iterator[Run]:
    length = 0
    for font, text in pieces:
        length = 0 if text[-1] == " " else length + len(text)
        if length > _UNBROKEN:
            yield Run(font, _BREAK)
            length = len(text)
        yield Run(font, text)


def _shown(line: str) -> Iterator[Run]:
    """The line character by character, with what cannot be shown replaced; invisible ones stay in the run before."""
    font, unknown = 0, ""
    for cluster in _clusters(line):
        found, shown, missing = _cluster(cluster)
        if unknown and shown in _JOINERS:
            continue  # the members of a family emoji are named together
        if unknown and shown:
            yield Run(0, _written_out(unknown))
            unknown = ""
        if shown:
            font = font if found is None else found
            yield Run(font, shown)
        unknown += missing
    if unknown:
        yield Run(0, _written_out(unknown))


def _clusters(line: str) -> Iterator[str]:
    """Each character with the marks that stand on it."""
    start = 0
    for index in range(1, len(line) + 1):
        if index == len(line) or not _is_mark(line[index]):
            yield line[start:index]
            start = index


def _is_mark(char: str) -> bool:
    return char >= "\u0300" and unicodedata.category(char).startswith("M") and char not in _DROPPED


@lru_cache(maxsize=4096)
def _cluster(cluster: str) -> tuple[int | None, str, str]:
    """In which font (None: the one before) the cluster shows, what of it shows, and what no font holds."""
    base, marks = cluster[0], cluster[1:]
    if base in _DROPPED:
        return None, "", marks
    if base in _INVISIBLE or base in _JOINERS or unicodedata.category(base) == "Zs" or base == "\t":
        shown = base if base in _SPACES_KEPT | _INVISIBLE | _JOINERS else " "
        return None, shown, marks
    fonts = list(_glyphs().values())
    holders = [number for number, held in enumerate(fonts) if base in held]
    if not holders:
        return 0, "", cluster
    best = max(holders, key=lambda number: sum(mark in fonts[number] for mark in marks))
    return best, base + "".join(m for m in marks if m in fonts[best]), "".join(m for m in marks if m not in fonts[best])


def _written_out(unknown: str) -> str:
    parts = []
    for is_symbol, chars in groupby(unknown, key=lambda char: unicodedata.category(char) in {"So", "Sk"}):
        written = [unicodedata.name(char, "").lower() if is_symbol else f"U+{ord(char):04X}" for char in chars]
        parts.append(f"[{(', ' if is_symbol else ' ').join(written)}]")
    return "".join(parts)


@cache
def _glyphs() -> dict[str, frozenset[str]]:
    """Which characters each of typst's own fonts holds, in its regular and its bold cut."""
    held = {}
    for line in Path(__file__).with_name("glyphs.txt").read_text("utf-8").splitlines():
        family, _, ranges = line.partition(": ")
        held[family] = frozenset(char for span in ranges.split() for char in _span(span))
    return held


def _span(span: str) -> Iterator[str]:
    first, _, last = span.partition("-")
    return map(chr, range(int(first, 16), int(last or first, 16) + 1))
