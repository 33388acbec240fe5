"""HTML read as the standard says, and refused at its first fault; a shape that was read before is read quickly."""

import re
from functools import lru_cache
from typing import Any, Final

import html5lib
from lxml import etree

_TAG: Final = re.compile(r'(<[^<>"]*(?:"[^"]*"[^<>"]*)*>)')
_VALUE: Final = re.compile(r'="[^"&]*"')
_KNOWN_REFERENCE: Final = re.compile(r"&(?:amp|lt|gt|quot|nbsp|#34|#39);")
_WANTS_STANDARD: Final = re.compile(r"<!--|[\x00-\x08\x0b-\x1f\x7f-\x9f\ufdd0-\ufdef\ufffe\uffff]")
"""Where what is no tag may be a fault too."""

_sound: Final[dict[str, list[str]]] = {}
"""Shape of a page that was read without a fault -> its elements in order."""


@lru_cache(maxsize=16)
def parse(html: str) -> Any:
    """The document. Raises html5lib's ParseError at a fault.

    Reading by the standard takes longer than making the page, and most pages differ in words from one that was read
    before: those are left to libxml2, as long as it finds the same elements.
    """
    shape = None if _WANTS_STANDARD.search(html) else shape_of(html)
    if shape in _sound:
        tree = etree.ElementTree(etree.fromstring(html, etree.HTMLParser()))
        if _elements(tree) == _sound[shape]:
            return tree
    parser = html5lib.HTMLParser(strict=True, tree=html5lib.getTreeBuilder("lxml"), namespaceHTMLElements=False)
    tree = parser.parse(html)
    if shape is not None:
        _sound[shape] = _elements(tree)
    return tree


def shape_of(html: str) -> str:
    """The page without its words and the values of its attributes: what its faults depend on."""
    plain = _KNOWN_REFERENCE.sub("x", html)
    return "".join(_VALUE.sub('=""', part) if part.startswith("<") else _words(part) for part in _TAG.split(plain))


def _words(text: str) -> str:
    if not text or text.isspace():
        return " " if text else ""
    return text if re.search("[<>&]", text) else "x"


def _elements(tree: Any) -> list[str]:
    return [etree.QName(element).localname for element in tree.iter(etree.Element)]
