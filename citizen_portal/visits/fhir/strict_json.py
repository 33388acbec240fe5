"""JSON as RFC 8259 and FHIR mean it: UTF-8, no name twice in an object, no NaN, no text that a database cannot keep."""

import json
from typing import Any

from citizen_portal.visits.fhir.issues import Issue, Refused
from citizen_portal.visits.fhir.profile import LIMITS


class _NotStrict(ValueError):
    """The text is what Python calls JSON and we do not."""


def read_object(body: bytes) -> dict[str, Any]:
    """The JSON object in the body.

    Raises:
        Refused: it is not one, or is nested too deep. The reason never quotes the body.
    """
    try:
        value = json.loads(body.decode("utf-8"), object_pairs_hook=_object, parse_constant=_no_constant)
        _check_depth_and_text(value)
    except UnicodeDecodeError:
        raise _refused("The body is not UTF-8.") from None
    except _NotStrict as error:
        raise _refused(str(error)) from None
    except RecursionError:
        raise _refused("The body is nested too deep.") from None
    except json.JSONDecodeError as error:
        raise _refused(f"The body is not JSON: line {error.lineno}, column {error.colno}.") from None
    except ValueError:  # a whole number of thousands of digits
        raise _refused("A number is too large.") from None
    if not isinstance(value, dict):
        raise _refused("The body is not a JSON object.")
    return value


def _refused(diagnostics: str) -> Refused:
    return Refused([Issue("structure", None, diagnostics, "fatal")])


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise _NotStrict("A name occurs twice in an object.")
    return made


def _no_constant(_name: str) -> None:
    raise _NotStrict("NaN and Infinity are not JSON.")


def _check_depth_and_text(value: Any) -> None:
    level = [value]
    for _depth in range(LIMITS.depth):
        level = [inner for outer in level for inner in _inside(outer)]
        if not level:
            return
    raise RecursionError


def _inside(value: Any) -> list[Any]:
    if isinstance(value, dict):
        for name in value:
            _check_text(name)
        return list(value.values())
    if isinstance(value, str):
        _check_text(value)
    return value if isinstance(value, list) else []


def _check_text(text: str) -> None:
    try:
        is_text = "\0" not in text and (text.isascii() or bool(text.encode()))
    except UnicodeEncodeError:
        is_text = False
    if not is_text:
        raise _NotStrict("A text holds a character that is none: U+0000 or half a surrogate pair.")
