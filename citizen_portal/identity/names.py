"""Names as people write them: «Bjørg Åsen» is found by «bjorg aasen»."""

from typing import Any, Final

from sqlalchemy import ColumnElement, and_, func

_WRITTEN: Final = "øöòóôåäàáâæéèêëíìîïúùûüčđŋšŧžçñ-"
_FOLDED: Final = "oooooaaaaaaeeeeiiiiuuuucdnstzcn "
_ALSO_WRITTEN: Final = (("aa", "a"), ("ae", "a"), ("oe", "o"))


def folded(name: str) -> str:
    """The name without what people write in different ways: «Bjørg Åsen», «bjorg aasen»."""
    name = name.lower().translate(str.maketrans(_WRITTEN, _FOLDED))
    for written, simple in _ALSO_WRITTEN:
        name = name.replace(written, simple)
    return name


def contains_words(name: Any, wanted: str) -> ColumnElement[bool]:
    """Whether a word of the name, a column, begins with each of the words.

    Every name is looked through: row security lets no index on words be used, since matching them is not leakproof.
    Measured on a busy machine it takes a third of a second for 20 000 people; a city would keep the folded name.
    """
    written = func.concat(" ", _folded_in_sql(name))
    return and_(*(written.contains(f" {word}", autoescape=True) for word in folded(wanted).split()))


def _folded_in_sql(name: Any) -> ColumnElement[str]:
    expression = func.translate(func.lower(name), _WRITTEN, _FOLDED)
    for written, simple in _ALSO_WRITTEN:
        expression = func.replace(expression, written, simple)
    return expression
