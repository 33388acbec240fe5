"""What pydantic cannot see of a definition: whether its parts hang together. Each fault has its place in the file."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from citizen_portal.applications.definitions.schema import (
    RESERVED_NAMES,
    ChoiceField,
    Condition,
    Definition,
    FormField,
    GroupField,
)

Place = tuple[int | str, ...]


def N_(text: str) -> str:  # noqa: N802  the name by which texts are found that are translated later
    """Mark a text for translation: the page that says it knows the language."""
    return text


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing to mend: where it is, as keys and positions from the top of the file, and why it cannot stay.

    `reason` is a text to translate, with `facts` for its placeholders.
    """

    place: Place
    reason: str
    facts: Mapping[str, object] = field(default_factory=dict)


def faults_of(definition: Definition) -> Iterator[Fault]:
    """Everything that does not hang together, in the order of the file."""
    positions = _positions(definition)
    yield from _faults_of_titles(definition)
    if definition.journal.concerns and definition.journal.concerns not in positions:
        yield Fault(("journal", "concerns"), N_("there is no field %(name)s"), {"name": definition.journal.concerns})
    asked: dict[str, FormField] = {}
    if definition.signature and definition.signature.show_if:
        everything = {field.name: field for field in definition.fields}
        yield from _faults_of_condition(
            definition.signature.show_if, ("signature", "show_if"), "signature", everything, positions
        )
    for number, step in enumerate(definition.steps):
        at: Place = ("steps", number)
        if step.id in [earlier.id for earlier in definition.steps[:number]]:
            yield Fault((*at, "id"), N_("the id %(name)s is taken by an earlier step"), {"name": step.id})
        if step.show_if:
            yield from _faults_of_condition(step.show_if, (*at, "show_if"), step.id, asked, positions)
        for position, one in enumerate(step.fields):
            yield from _faults_of_field(one, (*at, "fields", position), asked, positions)
            asked.setdefault(one.name, one)


def _faults_of_field(
    field: FormField, at: Place, asked: Mapping[str, FormField], positions: Mapping[str, int]
) -> Iterator[Fault]:
    if field.name in asked or field.name in RESERVED_NAMES:
        yield Fault((*at, "name"), N_("the name %(name)s is taken"), {"name": field.name})
    if isinstance(field, ChoiceField):
        yield from _faults_of_choices(field, at)
    if field.show_if:
        yield from _faults_of_condition(field.show_if, (*at, "show_if"), field.name, asked, positions)
    if isinstance(field, GroupField):
        yield from _faults_of_group(field, at)


def _faults_of_group(group: GroupField, at: Place) -> Iterator[Fault]:
    if group.least > group.most:
        yield Fault((*at, "least"), N_("least is above most"))
    asked: dict[str, FormField] = {}
    positions = {one.name: number for number, one in enumerate(group.fields)}
    for position, one in enumerate(group.fields):
        yield from _faults_of_field(one, (*at, "fields", position), asked, positions)
        asked.setdefault(one.name, one)


def _faults_of_choices(field: ChoiceField, at: Place) -> Iterator[Fault]:
    values = [choice.value for choice in field.choices]
    for number, value in enumerate(values):
        if value in values[:number]:
            reason = N_("%(name)s: two choices have the same value %(value)s")
            yield Fault((*at, "choices", number, "value"), reason, {"name": field.name, "value": value})


def _faults_of_condition(
    condition: Condition, at: Place, owner: str, asked: Mapping[str, FormField], positions: Mapping[str, int]
) -> Iterator[Fault]:
    other = asked.get(condition.field)
    facts = {"name": owner, "other": condition.field}
    if other is None and condition.field == owner:
        yield Fault(at, N_("%(name)s: the condition is a loop: it asks about itself"), {"name": owner})
    elif other is None and condition.field in positions:
        reason = N_("%(name)s: %(other)s is asked later, so that the two could wait for each other in a loop")
        yield Fault(at, reason, facts)
    elif not isinstance(other, ChoiceField):
        yield Fault(at, N_("%(name)s: %(other)s is no choice asked before it"), facts)
    else:
        known = {choice.value for choice in other.choices}
        for value in condition.values:
            if value not in known:
                reason = N_("%(name)s: %(other)s cannot be %(value)s")
                yield Fault((*at, "equals"), reason, {**facts, "value": value})


def _faults_of_titles(definition: Definition) -> Iterator[Fault]:
    for name, pattern in (("title", definition.journal.title), ("public_title", definition.journal.public_title)):
        if "{" in pattern.replace("{name}", "") or "}" in pattern.replace("{name}", ""):
            reason = N_("only {name} can stand in a title: %(title)s")
            yield Fault(("journal", name), reason, {"title": pattern})


def _positions(definition: Definition) -> dict[str, int]:
    return {field.name: number for number, field in enumerate(definition.fields)}
