"""One person in the population register's JSON, in our words. What cannot be read counts as the strictest there is."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, Final

from citizen_portal.identity.models import Protection
from citizen_portal.identity.registers.errors import UnclearAnswer
from citizen_portal.identity.registers.port import Address, RegisteredPerson

SOURCE: Final = "Folkeregisteret"
_GRADES: Final = {
    "ugradert": Protection.NONE,
    "klientadresse": Protection.NONE,  # no threat to anybody, but the address tells of an institution: never shown
    "fortrolig": Protection.CONFIDENTIAL,
    "strengtFortrolig": Protection.STRICTLY_CONFIDENTIAL,
}
_STRICTNESS: Final = (
    Protection.NONE,
    Protection.CONFIDENTIAL,
    Protection.STRICTLY_CONFIDENTIAL,
    Protection.UNKNOWN,
)
_ADDRESSES: Final = ("bostedsadresse", "postadresse")


def person_in(document: Mapping[str, Any]) -> RegisteredPerson:
    """The person of an answer. Raises UnclearAnswer when it has no name, which everybody there has."""
    name = _name(current(document, "navn"))
    if not name:
        raise UnclearAnswer("Freg answered without a name")
    protection, death = protection_in(document), current(document, "doedsfall")
    return RegisteredPerson(
        name=name,
        birth_date=_first_date(current(document, "foedsel"), "foedselsdato"),
        protection=protection,
        is_dead=bool(death) or any(entry.get("status") == "doed" for entry in current(document, "status")),
        death_date=_first_date(death, "doedsdato"),
        address=_address(document) if protection is Protection.NONE else None,
    )


def current(document: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    """The entries of a part that hold now; the register keeps what held before beside them."""
    part = document.get(name)
    entries = part if isinstance(part, list) else [part]
    return [entry for entry in entries if isinstance(entry, dict) and entry.get("erGjeldende") is True]


def protection_in(document: Mapping[str, Any]) -> Protection:
    """The strictest grading of the person and of her addresses. One that cannot be read is the strictest of all."""
    grades = [*_grades(document.get("adressebeskyttelse"), "graderingsnivaa", missing=Protection.UNKNOWN)]
    for name in _ADDRESSES:
        grades += _grades(document.get(name), "adressegradering", missing=Protection.NONE)
    return max(grades, key=_STRICTNESS.index, default=Protection.NONE)


def _grades(part: Any, name: str, *, missing: Protection) -> Iterable[Protection]:
    """The gradings of a part. An entry is past only when it says so itself; an address need not carry any grading."""
    if part is None:
        return
    for entry in part if isinstance(part, list) else [part]:
        if not isinstance(entry, dict):
            yield Protection.UNKNOWN
        elif entry.get("erGjeldende") is not False:
            grade = entry.get(name)
            known = _GRADES.get(grade, Protection.UNKNOWN) if isinstance(grade, str) else Protection.UNKNOWN
            yield missing if grade is None else known


def _address(document: Mapping[str, Any]) -> Address | None:
    """Where she lives, else where she gets post; None when any of them is not for everybody to see."""
    entries = [entry for name in _ADDRESSES for entry in current(document, name)]
    if any(entry.get("adressegradering", "ugradert") != "ugradert" for entry in entries):
        return None
    return next(filter(None, map(_readable_address, entries)), None)


def _readable_address(entry: Mapping[str, Any]) -> Address | None:
    for kind, lines_of in _KINDS.items():
        found = entry.get(kind)
        place = found.get("poststed") if isinstance(found, dict) else None
        if isinstance(found, dict) and isinstance(place, dict):
            lines = tuple(line for line in lines_of(found) if line)
            code, name = _text(place, "postnummer"), _text(place, "poststedsnavn")
            if lines and code and name:
                return Address(lines, code, name, SOURCE)
    return None


def _street_lines(found: Mapping[str, Any]) -> tuple[str, ...]:
    number = found.get("adressenummer")
    number = number if isinstance(number, dict) else {}
    house = f"{_text(number, 'husnummer')}{_text(number, 'husbokstav')}"
    street = " ".join(part for part in (_text(found, "adressenavn"), house) if part)
    return (_text(found, "coAdressenavn"), _text(found, "adressetilleggsnavn"), street)


def _free_lines(found: Mapping[str, Any]) -> tuple[str, ...]:
    lines = found.get("adresselinje")
    return tuple(_text({"line": line}, "line") for line in lines) if isinstance(lines, list) else ()


def _box_lines(found: Mapping[str, Any]) -> tuple[str, ...]:
    box = _text(found, "postboks")
    return (_text(found, "postbokseier"), f"Postboks {box}" if box.isdigit() else box)


_KINDS: Final = {
    "vegadresse": _street_lines,
    "matrikkeladresse": _street_lines,
    "vegadresseForPost": _street_lines,
    "postadresseIFrittFormat": _free_lines,
    "postboksadresse": _box_lines,
}


def _name(entries: list[Mapping[str, Any]]) -> str:
    parts = (_text(entry, part) for entry in entries[:1] for part in ("fornavn", "mellomnavn", "etternavn"))
    return " ".join(part for part in parts if part)


def _first_date(entries: list[Mapping[str, Any]], name: str) -> date | None:
    for entry in entries:
        try:
            return date.fromisoformat(_text(entry, name)[:10])
        except ValueError:
            continue
    return None


def _text(values: Mapping[str, Any], name: str) -> str:
    """A text without what no database takes, such as half a surrogate pair."""
    value = values.get(name)
    words = value.split() if isinstance(value, str) else []
    return "".join(character for character in " ".join(words) if character.isprintable())
