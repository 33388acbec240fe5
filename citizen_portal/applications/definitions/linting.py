"""What pydantic cannot see of a definition: whether its parts hang together. Each fault has its place in the file."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from citizen_portal.applications.definitions.schema import (
    RESERVED_NAMES,
    ChoiceField,
    Condition,
    Definition,
    FormField,
    GroupField,
)

Place = tuple[int | str, ...]


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing to mend: where it is, as keys and positions from the top of the file, and why it cannot stay."""

    place: Place
    reason: str


def faults_of(definition: Definition) -> Iterator[Fault]:
    """Everything that does not hang together, in the order of the file."""
    positions = _positions(definition)
    yield from _faults_of_titles(definition)
    if definition.journal.concerns and definition.journal.concerns not in positions:
        yield Fault(("journal", "concerns"), f"there is no field {definition.journal.concerns}")
    asked: dict[str, FormField] = {}
    if definition.signature and definition.signature.show_if:
        everything = {field.name: field for field in definition.fields}
        yield from _faults_of_condition(
            definition.signature.show_if, ("signature", "show_if"), "signature", everything, positions
        )
    for number, step in enumerate(definition.steps):
        at: Place = ("steps", number)
        if step.id in [earlier.id for earlier in definition.steps[:number]]:
            yield Fault((*at, "id"), f"the id {step.id} is taken by an earlier step")
        if step.show_if:
            yield from _faults_of_condition(step.show_if, (*at, "show_if"), step.id, asked, positions)
        for position, field in enumerate(step.fields):
            yield from _faults_of_field(field, (*at, "fields", position), asked, positions)
            asked.setdefault(field.name, field)


def _faults_of_field(
    field: FormField, at: Place, asked: Mapping[str, FormField], positions: Mapping[str, int]
) -> Iterator[Fault]:
    if field.name in asked or field.name in RESERVED_NAMES:
        yield Fault((*at, "name"), f"the name {field.name} is taken")
    if isinstance(field, ChoiceField):
        yield from _faults_of_choices(field, at)
    if field.show_if:
        yield from _faults_of_condition(field.show_if, (*at, "show_if"), field.name, asked, positions)
    if isinstance(field, GroupField):
        yield from _faults_of_group(field, at)


def _faults_of_group(group: GroupField, at: Place) -> Iterator[Fault]:
    if group.least > group.most:
        yield Fault((*at, "least"), "least is above most")
    asked: dict[str, FormField] = {}
    positions = {field.name: number for number, field in enumerate(group.fields)}
    for position, field in enumerate(group.fields):
        yield from _faults_of_field(field, (*at, "fields", position), asked, positions)
        asked.setdefault(field.name, field)


def _faults_of_choices(field: ChoiceField, at: Place) -> Iterator[Fault]:
    values = [choice.value for choice in field.choices]
    for number, value in enumerate(values):
        if value in values[:number]:
            yield Fault((*at, "choices", number, "value"), f"{field.name}: two choices have the same value {value}")


def _faults_of_condition(
    condition: Condition, at: Place, owner: str, asked: Mapping[str, FormField], positions: Mapping[str, int]
) -> Iterator[Fault]:
    other = asked.get(condition.field)
    if other is None and condition.field == owner:
        yield Fault(at, f"{owner}: the condition is a loop: it asks about itself")
    elif other is None and condition.field in positions:
        yield Fault(
            at, f"{owner}: {condition.field} is asked later, so that the two could wait for each other in a loop"
        )
    elif not isinstance(other, ChoiceField):
        yield Fault(at, f"{owner}: {condition.field} is no choice asked before it")
    else:
        known = {choice.value for choice in other.choices}
        for value in condition.values:
            if value not in known:
                yield Fault((*at, "equals"), f"{owner}: {condition.field} cannot be {value}")


def _faults_of_titles(definition: Definition) -> Iterator[Fault]:
    for name, pattern in (("title", definition.journal.title), ("public_title", definition.journal.public_title)):
        if "{" in pattern.replace("{name}", "") or "}" in pattern.replace("{name}", ""):
            yield Fault(("journal", name), f"only {{name}} can stand in a title: {pattern}")


def _positions(definition: Definition) -> dict[str, int]:
    return {field.name: number for number, field in enumerate(definition.fields)}
