"""Reading a definition from YAML: whatever is wrong with it is told with file, line, place and reason."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from citizen_portal.applications.definitions.linting import faults_of
from citizen_portal.applications.definitions.schema import Definition


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault of a definition. `line` counts from 1; `place` names the part, such as «steps.0.fields.2.name»."""

    line: int
    place: str
    reason: str


class DefinitionError(Exception):
    """A definition that cannot be used. The message holds a line per finding: file, line, place and reason."""

    def __init__(self, name: str, findings: Iterable[Finding]) -> None:
        """`name` is the file's."""
        self.findings = tuple(findings)
        super().__init__("\n".join(f"{name}:{each.line}: {each.place}: {each.reason}" for each in self.findings))


def read_definition(path: Path) -> Definition:
    """Read and check a file. Raises DefinitionError with every fault that was found."""
    return parse_definition(path.read_text("utf-8"), path.name)


def parse_definition(source: str, name: str) -> Definition:
    """Read and check YAML; `name` is what the faults call it. Raises DefinitionError with every fault."""
    try:
        root = yaml.compose(source, Loader=yaml.SafeLoader)
        made = Definition.model_validate(yaml.safe_load(source))
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise DefinitionError(name, [Finding(line, "YAML", error.problem or "")]) from None
    except ValidationError as error:
        findings = [_finding(root, fault["loc"], fault["msg"]) for fault in error.errors()]
        raise DefinitionError(name, findings) from None
    if findings := [_finding(root, fault.place, fault.reason) for fault in faults_of(made)]:
        raise DefinitionError(name, findings)
    return made


def _finding(root: Any, place: Sequence[int | str], reason: str) -> Finding:
    return Finding(_line(root, place), ".".join(map(str, place)), reason)


def _line(node: Any, place: Sequence[int | str]) -> int:
    """The line, from 1, of the deepest part of the place that is in the file."""
    if node is None:
        return 1
    line: int = node.start_mark.line + 1
    for part in place:
        if isinstance(node, yaml.MappingNode):
            found = next((value for key, value in node.value if key.value == part), None)
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int):
            found = node.value[part] if part < len(node.value) else None
        else:
            found = None
        if found is not None:  # parts that are not in the file are pydantic's own, such as a union's tag
            node, line = found, found.start_mark.line + 1
    return line
