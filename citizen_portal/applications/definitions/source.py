"""Definitions as text: YAML of a bounded size that can do nothing but hold data.

Whoever edits a definition is trusted with a form, not with the server. Before anything is built of a text it is looked
through event by event: no aliases (a few lines of them can stand for gigabytes), no tags (they name types to be made),
no deep nesting, no more than a definition can need.
"""

import re
from collections.abc import Iterator
from typing import Any, Final

import yaml

from citizen_portal.applications.definitions.linting import N_

LONGEST: Final = 200_000
"""Characters. The longest definition that comes with the portal has a tenth of them."""
MOST_LINES: Final = 5_000
DEEPEST: Final = 20
"""Levels of lists and mappings within each other; a definition has eleven."""

_UNREADABLE: Final = re.compile("[^\t\n\r\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufffc\U00010000-\U0010ffff]")
"""Control characters, line breaks that an editor does not show as such, and what stands where bytes were no UTF-8."""


class SourceError(Exception):
    """The text cannot be read. `line` counts from 1; `reason` is a text to translate, with `facts` for it."""

    def __init__(self, line: int, reason: str, **facts: object) -> None:
        super().__init__(reason)
        self.line, self.reason, self.facts = line, reason, facts


class _Loader(yaml.CSafeLoader):
    """Plain data, with a line for a scalar that looks like a date or a number and is none."""

    def construct_object(self, node: Any, deep: bool = False) -> Any:
        """The value of a node. Raises yaml.MarkedYAMLError."""
        try:
            return super().construct_object(node, deep)
        except (ValueError, OverflowError):
            reason = "it looks like a date or a number and is none"
            raise yaml.constructor.ConstructorError(None, None, reason, node.start_mark) from None


def load(source: str) -> tuple[yaml.Node, Any]:
    """The text as nodes, which know their lines, and as data. Raises SourceError."""
    demand_plain(source)
    try:
        _demand_harmless(source)
        loader = _Loader(source)
        root = loader.get_single_node()
        if root is None:
            raise SourceError(1, N_("the text is empty"))
        _demand_each_key_once(root)
        return root, loader.construct_document(root)
    except yaml.MarkedYAMLError as error:
        line = min(error.problem_mark.line + 1, source.count("\n") + 1) if error.problem_mark else 1
        reason = N_("this is no YAML: look for a missing colon, quotation mark or indent (%(problem)s)")
        raise SourceError(line, reason, problem=error.problem or "") from None


def demand_plain(source: str) -> None:
    """Raise SourceError for a text that is empty, too long, or holds characters that cannot be read."""
    if not source.strip():
        raise SourceError(1, N_("the text is empty"))
    if len(source) > LONGEST:
        raise SourceError(1, N_("the text is too long: it can hold %(number)s characters"), number=LONGEST)
    if source.count("\n") > MOST_LINES:
        raise SourceError(MOST_LINES, N_("the text is too long: it can hold %(number)s lines"), number=MOST_LINES)
    if found := _UNREADABLE.search(source):
        line = source.count("\n", 0, found.start()) + 1
        code = f"U+{ord(found[0]):04X}"
        raise SourceError(line, N_("a character cannot be read: %(code)s. Delete it or write it anew"), code=code)


def _demand_harmless(source: str) -> None:
    depth = 0
    for event in yaml.parse(source, Loader=yaml.CSafeLoader):
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise SourceError(line, N_("aliases (& and *) cannot be used: write the text out"))
        if getattr(event, "tag", None):
            raise SourceError(line, N_("tags (!) cannot be used: put the text in quotation marks"))
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            raise SourceError(line, N_("there are too many levels within each other"))


def _demand_each_key_once(root: yaml.Node) -> None:
    for mapping in _mappings(root):
        seen: set[str] = set()
        for key, _value in mapping.value:
            if isinstance(key, yaml.ScalarNode):
                if key.value in seen:
                    reason = N_("%(name)s stands here twice: only one of them would count")
                    raise SourceError(key.start_mark.line + 1, reason, name=key.value)
                seen.add(key.value)


def _mappings(node: yaml.Node) -> Iterator[yaml.MappingNode]:
    if isinstance(node, yaml.MappingNode):
        yield node
        for key, value in node.value:
            yield from _mappings(key)
            yield from _mappings(value)
    elif isinstance(node, yaml.SequenceNode):
        for one in node.value:
            yield from _mappings(one)
