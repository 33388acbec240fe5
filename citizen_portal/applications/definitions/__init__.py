"""Service definitions: what a service is called, what its form asks, how long an answer takes and how it is archived.

They are data, one text in YAML per service and version, in the languages of the citizen's side: those that come with
the portal (`shipped`), and those that a municipality has made of them in the staff side (`models`, `offered`). A draft
keeps the version that it was started with. Law and deadlines have the date from which they hold (design §4 rule 14).
"""

from citizen_portal.applications.definitions.offered import (
    current_definition,
    current_definitions,
    definition,
)
from citizen_portal.applications.definitions.reading import (
    DefinitionError,
    Finding,
    parse_definition,
    read_definition,
)
from citizen_portal.applications.definitions.schema import (
    AddressField,
    CheckboxField,
    ChoiceField,
    Condition,
    Definition,
    FileField,
    FormField,
    GroupField,
    LifeSituation,
    NumberField,
    PersonField,
    Source,
    Step,
    Text,
    WrittenField,
)
from citizen_portal.applications.definitions.shipped import FOLDER

__all__ = [
    "FOLDER",
    "AddressField",
    "CheckboxField",
    "ChoiceField",
    "Condition",
    "Definition",
    "DefinitionError",
    "FileField",
    "Finding",
    "FormField",
    "GroupField",
    "LifeSituation",
    "NumberField",
    "PersonField",
    "Source",
    "Step",
    "Text",
    "WrittenField",
    "current_definition",
    "current_definitions",
    "definition",
    "parse_definition",
    "read_definition",
]
