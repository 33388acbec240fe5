"""Is it FHIR R4 at all? Judged by the models of fhir.resources (R4B, whose Appointment and Encounter equal R4's).

The models take a quarter of a second to import, so only a process that receives a push pays for them.
"""

import re
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel, ValidationError

from citizen_portal.visits.fhir.issues import NO_TIME, Issue

_ELEMENT_NAME = re.compile(r"_?[A-Za-z][A-Za-z0-9]{0,63}")
_MISSING = "required", "This element is required."
_TELLINGS = {
    "missing": _MISSING,
    "model_field_validation.missing": _MISSING,
    "extra_forbidden": ("structure", "Here is an element that FHIR R4 does not know in this place."),
}
_WRONG_TYPE = "structure", "This element has the wrong type."
_WRONG_VALUE = "value", "The value does not have the form that FHIR R4 prescribes."
_TIMES = frozenset({"start", "end", "lastUpdated"})
_WRONG_TIME = "value", NO_TIME
_NOT_A_MODEL = "structure", "This resource, or one that it contains, is not FHIR R4."


def shape_issues(resource_type: str, resource: Any, path: str) -> Iterator[Issue]:
    """Everything in which a Bundle, Appointment or Encounter is not FHIR R4; `path` is where it stands."""
    from fhir.resources.R4B.appointment import Appointment
    from fhir.resources.R4B.bundle import Bundle
    from fhir.resources.R4B.encounter import Encounter

    models: dict[str, type[BaseModel]] = {"Appointment": Appointment, "Bundle": Bundle, "Encounter": Encounter}
    try:
        models[resource_type].model_validate(resource)
    except ValidationError as error:
        for detail in error.errors(include_url=False, include_context=False, include_input=False):
            yield _issue(detail["type"], detail["loc"], path)
    except (LookupError, TypeError, ValueError, ArithmeticError, AttributeError, RecursionError):
        # the models raise these for a contained resource of a type that they do not know
        yield Issue(_NOT_A_MODEL[0], path, _NOT_A_MODEL[1])


def _issue(kind: str, location: tuple[int | str, ...], path: str) -> Issue:
    is_type = kind.endswith("_type") or kind == "model_validation_format"
    is_time = location[-1:] and location[-1] in _TIMES
    code, diagnostics = _TELLINGS.get(kind) or (_WRONG_TYPE if is_type else _WRONG_TIME if is_time else _WRONG_VALUE)
    return Issue(code, _expression(path, location), diagnostics)


def _expression(path: str, location: tuple[int | str, ...]) -> str:
    """The FHIRPath of the element. A name that cannot be an element's is left out: it is the sender's own text."""
    for step in location:
        if isinstance(step, int):
            path += f"[{step}]"
        elif step == "root" or not _ELEMENT_NAME.fullmatch(step):
            break
        else:
            path += f".{step}"
    return path
