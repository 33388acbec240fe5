"""The search of the catalogue, for people who spell as they speak and in whichever of our languages they like.

A word fits a text when Norwegian or English full text says so (it forgives inflection), and a name also when it
begins with it or has most of its trigrams (they forgive spelling); the more of the name it is, the better. The
definitions are some dozens and stand in no table: their texts go with the statement. Nothing of what is searched for
is kept.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from citizen_portal.applications.definitions import Definition, Text

LONGEST_SEARCH: Final = 100
"""Characters that are read of what somebody searches for; a field takes no more."""
MOST_WORDS: Final = 8

OF_NAME, OF_SEARCH_WORD, OF_LEAD, OF_WHO = 1.0, 0.8, 0.75, 0.5
"""How much it tells that a word fits there."""
NEAR_THE_BEST: Final = 0.6
"""How much of the best service's fit another one needs to be found along with it."""

_UNREADABLE: Final = frozenset({"Cn", "Cs"})
"""Code points that are no characters, and halves of one."""
_CONFIGURATIONS: Final = {"nb": "norwegian", "nn": "norwegian", "en": "english", "se": "simple"}
_SOUNDS: Final = str.maketrans({"ø": "o", "ö": "o", "å": "a", "æ": "e", "ä": "e", "đ": "d", "ŋ": "n", "ŧ": "t"})

_FITS: Final = text("""
WITH told AS MATERIALIZED (
    SELECT service, weight, configuration, folded, to_tsvector(configuration, words) AS lexemes
    FROM unnest(CAST(:services AS text[]), CAST(:weights AS float8[]), CAST(:configurations AS regconfig[]),
                CAST(:texts AS text[]), CAST(:folded_texts AS text[]))
         AS given (service, weight, configuration, words, folded)
), sought AS MATERIALIZED (
    SELECT word, folded, configuration, plainto_tsquery(configuration, word) AS query
    FROM unnest(CAST(:words AS text[]), CAST(:folded_words AS text[])) AS given (word, folded)
    CROSS JOIN unnest(CAST('{norwegian, english, simple}' AS regconfig[])) AS configuration
    WHERE numnode(plainto_tsquery('norwegian', word)) > 0 AND numnode(plainto_tsquery('english', word)) > 0
), tried AS MATERIALIZED (
    SELECT service, weight, word, length(sought.folded) > 3 AS is_long,
           lexemes @@ query OR strpos(' ' || told.folded, ' ' || sought.folded) > 0 AS is_there,
           word_similarity(sought.folded, told.folded) AS within,
           similarity(sought.folded, told.folded) AS alike
    FROM told JOIN sought USING (configuration)
)
SELECT service, word,
       max(weight * (0.8 * CASE WHEN is_there THEN 1 WHEN is_long AND within >= 0.6 THEN within END + 0.2 * alike))
FROM tried
GROUP BY service, word
""")
"""How well each word fits each service, up to 1 for the very name, NULL where it does not. Of up to three letters none
may be wrong. Words that say nothing, such as «for», are left out."""


def readable(typed: str) -> str:
    """What somebody searches for, as a page can show it again: one line of characters that can be read."""
    characters = (" " if unicodedata.category(each) == "Cc" else each for each in typed[:LONGEST_SEARCH])
    return " ".join("".join(each for each in characters if unicodedata.category(each) not in _UNREADABLE).split())


def find(session: Session, definitions: Sequence[Definition], sought: str) -> list[Definition]:
    """The definitions that fit what somebody searches for, best first and otherwise in the order given."""
    words = _words(sought)
    readings = [words, *_with_two_joined(words)]
    fits = _fits(session, definitions, sorted({word for reading in readings for word in reading}))
    scores = {one.id: _score(fits.get(one.id, {}), readings) for one in definitions}
    best = max(scores.values(), default=0.0)
    found = [one for one in definitions if scores[one.id] > 0 and scores[one.id] >= NEAR_THE_BEST * best]
    return sorted(found, key=lambda one: -scores[one.id])


def fold(words: str) -> str:
    """The words without what people spell differently: ø or o or oe, å or a or aa, accents, double letters."""
    sounds = unicodedata.normalize("NFC", words.casefold()).translate(_SOUNDS)
    letters = "".join(each for each in unicodedata.normalize("NFKD", sounds) if not unicodedata.combining(each))
    return re.sub(r"(.)\1+", r"\1", letters.replace("oe", "o").replace("ae", "e"))


def _words(sought: str) -> list[str]:
    return re.findall(r"\w+", unicodedata.normalize("NFC", sought[:LONGEST_SEARCH].casefold()))[:MOST_WORDS]


def _with_two_joined(words: Sequence[str]) -> Iterator[list[str]]:
    """The words with two neighbours as one: «støtte kontakt» is «støttekontakt»."""
    for place in range(len(words) - 1):
        yield [*words[:place], words[place] + words[place + 1], *words[place + 2 :]]


def _score(fits: Mapping[str, float], readings: Iterable[Sequence[str]]) -> float:
    """How well a service fits the best reading of what was typed: on the average of the words that say something."""
    told = [[fits[word] for word in reading if word in fits] for reading in readings]
    return max((sum(each) / len(each) for each in told if each), default=0.0)


def _fits(
    session: Session, definitions: Iterable[Definition], words: Sequence[str]
) -> Mapping[str, Mapping[str, float]]:
    """Service -> word -> how well it fits."""
    told = [(one.id, *line) for one in definitions for line in _told(one)]
    if not told or not words:
        return {}
    services, weights, configurations, texts, folded_texts = (list(column) for column in zip(*told, strict=True))
    given = {
        "services": services,
        "weights": weights,
        "configurations": configurations,
        "texts": texts,
        "folded_texts": folded_texts,
        "words": words,
        "folded_words": [fold(word) for word in words],
    }
    fits: dict[str, dict[str, float]] = defaultdict(dict)
    for service, word, fit in session.execute(_FITS, given):
        fits[service][word] = fit or 0.0
    return fits


def _told(definition: Definition) -> Iterator[tuple[float, str, str, str]]:
    """Weight, full-text configuration, words, and folded words where spelling is forgiven, of all that is told."""
    for name in (definition.service, definition.title):
        for configuration, words in _in_languages(name):
            yield OF_NAME, configuration, words, fold(words)
    for word in definition.search_words:
        for configuration in ("norwegian", "english"):
            yield OF_SEARCH_WORD, configuration, word, fold(word)
    for weight, description in ((OF_LEAD, definition.lead), (OF_WHO, definition.who)):
        for configuration, words in _in_languages(description):
            yield weight, configuration, words, ""


def _in_languages(told: Text) -> Iterator[tuple[str, str]]:
    for language, words in told.model_dump().items():
        yield _CONFIGURATIONS[language], words
