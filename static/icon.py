"""Writes the icon as a PNG of so many pixels to standard output, for the build: `python icon.py src/icon.svg 192`."""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import typst

PAGE = """
#set page(width: {size}pt, height: {size}pt, margin: 0pt)
#image("icon.svg", width: 100%, height: 100%)
"""


def png(svg: bytes, size: int) -> bytes:
    """The drawing as a square picture."""
    with TemporaryDirectory() as folder:
        source = Path(folder) / "icon.typ"
        source.write_text(PAGE.format(size=size), encoding="utf-8")
        (Path(folder) / "icon.svg").write_bytes(svg)
        return typst.compile(source, root=folder, format="png", ppi=72)


if __name__ == "__main__":
    sys.stdout.buffer.write(png(Path(sys.argv[1]).read_bytes(), int(sys.argv[2])))
