"""A thin layer over lxml's streaming writer: nested elements, text elements, and nothing empty."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

from lxml import etree

from citizen_portal import clock
from citizen_portal.archive.noark5 import names

# What XML 1.0 cannot carry: control characters, lone surrogates and the two non-characters of the basic plane.
_NOT_IN_XML: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


class Writer:
    """Writes elements of one namespace to a stream."""

    def __init__(self, stream: Any, namespace: str) -> None:
        self._stream = stream
        self._prefix = f"{{{namespace}}}"

    @contextmanager
    def element(self, tag: str, /, *, xsi_type: str | None = None, **attributes: str) -> Iterator[None]:
        """An element around what the block writes. `xsi_type` becomes `xsi:type`, which readers match literally."""
        if xsi_type is not None:
            attributes[f"{{{names.XSI_NS}}}type"] = xsi_type
        with self._stream.element(self._prefix + tag, attributes):
            yield
        self._stream.write("\n")  # one group per line: people and validators point at lines

    def text(self, tag: str, value: object) -> None:
        """An element with the value as text; none at all when there is no value or it is blank."""
        content = as_text(value)
        if content:
            with self._stream.element(self._prefix + tag):
                self._stream.write(content)


def as_text(value: object) -> str:
    """The value as a deposit writes it: instants in local time without zone, text without what XML cannot carry."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case datetime():
            return clock.to_oslo(value).replace(tzinfo=None).isoformat(timespec="seconds")
        case date():
            return value.isoformat()
        case _:
            return _NOT_IN_XML.sub("\ufffd", str(value)).strip()


@contextmanager
def document(path: Path, root: str, namespace: str, schema: str, **attributes: str) -> Iterator[Writer]:
    """An XML 1.0 file in UTF-8 with the root element open. `schema` is the file name that the root points to."""
    prefixes = {None: namespace, "xsi": names.XSI_NS}
    location = {f"{{{names.XSI_NS}}}schemaLocation": f"{namespace} {schema}"}
    with etree.xmlfile(str(path), encoding="utf-8") as stream:
        stream.write_declaration()
        with stream.element(f"{{{namespace}}}{root}", location | attributes, nsmap=prefixes):
            yield Writer(stream, namespace)
