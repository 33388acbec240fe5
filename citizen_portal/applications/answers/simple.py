"""The kinds that stand alone or in the rows of a group."""

from collections.abc import Mapping
from typing import Any, Final

from citizen_portal.applications.answers.addresses import Address
from citizen_portal.applications.answers.amounts import Amount
from citizen_portal.applications.answers.choices import Choice, Tick
from citizen_portal.applications.answers.terms import PostedKind
from citizen_portal.applications.answers.written import Written
from citizen_portal.applications.definitions import (
    AddressField,
    CheckboxField,
    ChoiceField,
    FormField,
    NumberField,
    WrittenField,
)

SIMPLE_KINDS: Final[Mapping[type, PostedKind[Any]]] = {
    WrittenField: Written(),
    NumberField: Amount(),
    ChoiceField: Choice(),
    CheckboxField: Tick(),
    AddressField: Address(),
}


def kind_of_simple(field: FormField) -> PostedKind[Any]:
    """What the field does with its answer."""
    return SIMPLE_KINDS[type(field)]
