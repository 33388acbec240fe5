"""Reading a definition from YAML: whatever is wrong with it is told with file, line, place and reason."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import yaml
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from citizen_portal.applications.definitions import source as sources
from citizen_portal.applications.definitions.linting import N_, Fault, faults_of
from citizen_portal.applications.definitions.schema import Definition
from citizen_portal.applications.definitions.source import SourceError


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault of a definition. `line` counts from 1; `place` names the part, such as «steps.0.fields.2.name».

    `reason` is a text to translate, with `facts` for its placeholders.
    """

    line: int
    place: str
    reason: str
    facts: Mapping[str, object] = field(default_factory=dict)

    @property
    def words(self) -> str:
        """The reason in English."""
        return self.reason % self.facts if self.facts else self.reason


class DefinitionError(Exception):
    """A definition that cannot be used. The message holds a line per finding: file, line, place and reason."""

    def __init__(self, name: str, findings: Iterable[Finding]) -> None:
        """`name` is the file's."""
        self.findings = tuple(findings)
        super().__init__("\n".join(f"{name}:{each.line}: {each.place}: {each.words}" for each in self.findings))


def read_definition(path: Path) -> Definition:
    """Read and check a file. Raises DefinitionError with every fault that was found."""
    return parse_definition(path.read_text("utf-8", errors="replace"), path.name)


def parse_definition(
    source: str, name: str, also: Callable[[Definition], Iterable[Fault]] = lambda _made: ()
) -> Definition:
    """Read and check YAML; `name` is what the faults call it, `also` what else it must fulfil.

    Raises DefinitionError with every fault.
    """
    try:
        root, data = sources.load(source)
        made = Definition.model_validate(data)
    except SourceError as error:
        raise DefinitionError(name, [Finding(error.line, "YAML", error.reason, error.facts)]) from None
    except ValidationError as error:
        findings = [_finding(root, fault["loc"], *_reason(fault)) for fault in error.errors()]
        raise DefinitionError(name, findings) from None
    faults = [*faults_of(made), *also(made)]
    if findings := [_finding(root, fault.place, fault.reason, fault.facts) for fault in faults]:
        raise DefinitionError(name, findings)
    return made


_LACKING: Final = {
    "nb": N_("the text is missing in Bokmål"),
    "nn": N_("the text is missing in Nynorsk"),
    "en": N_("the text is missing in English"),
    "se": N_("the text is missing in Northern Sami"),
}
_REASONS: Final = {
    "missing": N_("%(name)s is missing"),
    "extra_forbidden": N_("%(name)s is not known here: check how it is spelled"),
    "string_type": N_("it must be a text: put it in quotation marks"),
    "string_too_short": N_("the text is empty"),
    "string_pattern_mismatch": N_("it must be written as %(pattern)s"),
    "int_type": N_("it must be a whole number"),
    "int_parsing": N_("it must be a whole number"),
    "int_from_float": N_("it must be a whole number"),
    "greater_than_equal": N_("it must be at least %(ge)s"),
    "less_than_equal": N_("it can be at most %(le)s"),
    "date_type": N_("it must be a date, such as 2027-01-31"),
    "date_parsing": N_("it must be a date, such as 2027-01-31"),
    "date_from_datetime_parsing": N_("it must be a date, such as 2027-01-31"),
    "date_from_datetime_inexact": N_("it must be a date, such as 2027-01-31"),
    "bool_type": N_("it must be true or false"),
    "bool_parsing": N_("it must be true or false"),
    "enum": N_("it must be one of %(expected)s"),
    "literal_error": N_("it must be one of %(expected)s"),
    "union_tag_invalid": N_("the type %(tag)s is not known: it must be one of %(expected_tags)s"),
    "union_tag_not_found": N_("the type is missing"),
    "too_short": N_("the list must hold at least %(min_length)s"),
    "tuple_type": N_("it must be a list"),
    "model_type": N_("it must hold lines of its own, with names and values"),
    "model_attributes_type": N_("it must hold lines of its own, with names and values"),
    "minimum_above_maximum": N_("minimum is above maximum"),
}
"""Pydantic's faults in our words, by their type."""


def _reason(fault: ErrorDetails) -> tuple[str, Mapping[str, object]]:
    last = str(fault["loc"][-1]) if fault["loc"] else ""
    if fault["type"] == "missing" and last in _LACKING:
        return _LACKING[last], {}
    if fault["type"] not in _REASONS:
        return "%(said)s", {"said": fault["msg"]}
    return _REASONS[fault["type"]], {"name": last, **fault.get("ctx", {})}


def _finding(root: Any, place: Sequence[int | str], reason: str, facts: Mapping[str, object]) -> Finding:
    return Finding(_line(root, place), ".".join(map(str, place)), reason, facts)


def _line(node: Any, place: Sequence[int | str]) -> int:
    """The line, from 1, of the deepest part of the place that is in the file."""
    line: int = node.start_mark.line + 1
    for part in place:
        if isinstance(node, yaml.MappingNode):
            found = next((pair for pair in node.value if pair[0].value == part), None)
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int):
            found = (node.value[part], node.value[part]) if part < len(node.value) else None
        else:
            found = None
        if found is not None:  # parts that are not in the file are pydantic's own, such as a union's tag
            node, line = found[1], found[0].start_mark.line + 1
    return line
