"""Organisation numbers as Maskinporten and Ansattporten write them: ISO 6523 with the Norwegian register's code."""

import re

_AUTHORITY = "iso6523-actorid-upis"
_ORGANISATION = re.compile(r"0192:([0-9]{9})", re.ASCII)
"""ICD 0192 is the Norwegian register of organisations (Enhetsregisteret)."""


def organisation_number(authority: object, identifier: object) -> str | None:
    """The number in `iso6523-actorid-upis` and `0192:…`; None for any other authority or form."""
    if authority != _AUTHORITY or not isinstance(identifier, str):
        return None
    match = _ORGANISATION.fullmatch(identifier)
    return match.group(1) if match else None
