"""Read untrusted XML as a stream: no entities, no network, no document type, and memory that does not grow."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Final, TypeVar

from lxml import etree

from citizen_portal.archive.noark5 import names, schemas
from citizen_portal.archive.noark5.check.findings import Findings

_MOST_CHILDREN: Final = 10_000
"""More children of one name in one group than this are read but not remembered."""
_DESCRIPTION_LIMIT: Final = 4 * 1024 * 1024

_T = TypeVar("_T")

_PROLOG: Final = 4096
_ENCODING: Final = re.compile(rb"""(?:\xef\xbb\xbf)?<\?xml[^>]*?encoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")
_SAFE: Final[dict[str, Any]] = {
    "resolve_entities": False,
    "no_network": True,
    "load_dtd": False,
    "huge_tree": False,
    "remove_comments": True,
    "remove_pis": True,
}


@dataclass(slots=True)
class Node:
    """An element that is being read: its own name, and the texts and groups inside it that were read so far."""

    name: str
    xsi_type: str | None = None
    children: int = 0
    values: dict[str, list[str]] = field(default_factory=dict)
    groups: dict[str, list["Node"]] = field(default_factory=dict)

    def value(self, name: str) -> str | None:
        """The first text of that name, stripped; None when there is none."""
        found = self.values.get(name)
        return found[0].strip() if found else None

    @property
    def location(self) -> str:
        """What to call it in a finding."""
        identity = self.value(names.SYSTEM_ID)
        return f"{self.name} {identity}" if identity else self.name


LeafRule = Callable[[str, str, Node], None]
"""Told the name and text of a childless element, and the element around it."""


class Extract:
    """One XML file of the deposit, read from start to end once."""

    def __init__(self, path: Path, namespace: str, schema: etree.XMLSchema | None, findings: Findings) -> None:
        self.file = path.name
        self._path, self._prefix, self._schema, self._findings = path, f"{{{namespace}}}", schema, findings
        self.stack: list[Node] = []
        """The elements that are open, outermost first."""

    def groups(self, leaf: LeafRule, containers: frozenset[str]) -> Iterator[Node]:
        """Each element with children, when it ends. Containers are not remembered by what is around them."""
        for event, element in self._events():
            if event == "start":
                self._open(element)
                continue
            node = self.stack.pop()
            parent = self.stack[-1] if self.stack else Node("")
            if node.children:
                yield node
                if node.name not in containers:
                    _remember(parent.groups, node.name, node)
            else:
                text = element.text or ""
                leaf(node.name, text, parent)
                _remember(parent.values, node.name, text)
            _forget(element)

    def _open(self, element: etree._Element) -> None:
        if self.stack:
            self.stack[-1].children += 1
        name = str(element.tag)
        node = Node(name.removeprefix(self._prefix), element.get(f"{{{names.XSI_NS}}}type"))
        self.stack.append(node)
        if node.xsi_type is not None:
            self._check_type(element, node)

    def _check_type(self, element: etree._Element, node: Node) -> None:
        prefixes = {prefix for prefix, namespace in element.nsmap.items() if namespace == names.XSI_NS}
        known = {names.FOLDER: names.FOLDER_TYPES, names.RECORD: names.RECORD_TYPES}.get(node.name, ())
        if (
            prefixes != {"xsi"}
            or (node.xsi_type or "").strip() != node.xsi_type
            or (known and node.xsi_type not in known)
        ):
            self._findings.add("D.07", self.file, self.stack[-2].location if len(self.stack) > 1 else "", node.name)

    def _events(self) -> Iterator[tuple[str, etree._Element]]:
        try:
            with self._path.open("rb") as file:
                if self._prolog_is_safe(file.read(_PROLOG)):
                    file.seek(0)
                    yield from self._parse(file)
        except OSError as error:
            self._findings.add("D.02", self.file, "", f"cannot be read: {error.strerror}")

    def _parse(self, file: BinaryIO) -> Iterator[tuple[str, etree._Element]]:
        context = etree.iterparse(file, events=("start", "end"), schema=self._schema, encoding="utf-8", **_SAFE)
        is_begun = False
        try:
            for event, element in context:
                if not is_begun and element.getroottree().docinfo.doctype:
                    self._findings.add("D.02", self.file, "", "has a document type declaration")
                    return
                is_begun = True
                yield event, element
        except etree.XMLSyntaxError:
            is_explained = False
            for line in context.error_log:
                is_schema_error = line.domain == etree.ErrorDomains.SCHEMASV
                self._findings.add("N5.03" if is_schema_error else "D.02", self.file, _line(line.line), line.message)
                is_explained = is_explained or not is_schema_error
            if not is_explained and (self.stack or not is_begun):
                self._findings.add("D.02", self.file, "", "not well-formed: cannot be read to its end")

    def _prolog_is_safe(self, prolog: bytes) -> bool:
        declared = _ENCODING.match(prolog)
        if declared is not None and declared[1].lower() != b"utf-8":
            self._findings.add("D.02", self.file, "", f"encoded as {declared[1].decode('ascii')}, not UTF-8")
        if b"<!DOCTYPE" in prolog:
            self._findings.add("D.02", self.file, "", "has a document type declaration")
            return False
        return True


def read_description(path: Path, schema: etree.XMLSchema | None, findings: Findings) -> etree._Element | None:
    """The description as a tree; it is small, and read by position. None when it cannot be read."""
    try:
        if path.stat().st_size > _DESCRIPTION_LIMIT:
            findings.add("D.02", path.name, "", "too large to be a description")
            return None
        tree = etree.parse(str(path), etree.XMLParser(**_SAFE))
    except FileNotFoundError:
        findings.add("N5.01", path.name, "", "missing")
        return None
    except (OSError, etree.XMLSyntaxError) as error:
        findings.add("D.02", path.name, "", f"not well-formed: {error}")
        return None
    if tree.docinfo.doctype:
        findings.add("D.02", path.name, "", "has a document type declaration")
        return None
    if schema is not None and not schema.validate(tree):
        for line in schema.error_log:
            findings.add("N5.03", path.name, _line(line.line), line.message)
    root: etree._Element = tree.getroot()
    return root


def load_schema(deposit: Path, fallback: Path | None, name: str) -> etree.XMLSchema | None:
    """The schema inside the deposit if it is the official one, else the operator's official copy, else none.

    What a deposit brings is never compiled unless its bytes are known: a schema can point anywhere.
    """
    for folder in (deposit, fallback):
        if folder is not None and all(schemas.is_official(folder / part) for part in (name, names.CATALOGUE_SCHEMA)):
            return etree.XMLSchema(etree.parse(str(folder / name), etree.XMLParser(**_SAFE)))
    return None


def _remember(children: dict[str, list[_T]], name: str, child: _T) -> None:
    known = children.setdefault(name, [])
    if len(known) < _MOST_CHILDREN:
        known.append(child)


def _forget(element: etree._Element) -> None:
    """Drop what has been read. Only siblings before this one are removed: the parser still works behind it."""
    element.clear(keep_tail=True)
    parent = element.getparent()
    previous = element.getprevious()
    if parent is not None and previous is not None:
        parent.remove(previous)


def _line(number: int) -> str:
    return f"line {number}" if number else ""
