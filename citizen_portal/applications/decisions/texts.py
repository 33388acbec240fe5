"""The standard texts of decisions: dated data, see `texts.yaml`."""

from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Final, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from citizen_portal.applications.decisions.terms import AGAINST, Outcome, Part
from citizen_portal.applications.definitions import Definition

_FILE: Final = Path(__file__).parent / "texts.yaml"
LANGUAGES: Final = ("nb", "nn")
"""Those in which we write decisions."""
_ONLY_AGAINST: Final = frozenset({Part.POSTPONEMENT, Part.COSTS})
"""What only somebody who may be unhappy needs to know."""
Answered = Literal["application", "appeal"]


class Norwegian(BaseModel):
    """A text in both written languages."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    nb: str = Field(min_length=1)
    nn: str = Field(min_length=1)

    def in_language(self, language: str) -> str:
        """The text in nn, or in nb for any other language."""
        return self.nn if language == "nn" else self.nb


class TextSet(BaseModel):
    """All standard texts that hold from a day on, and the law behind them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    valid_from: date
    authority: str
    title: Mapping[Answered, Norwegian]
    opening: Mapping[Outcome, Norwegian]
    background: Mapping[Answered, Norwegian]
    headings: Mapping[Part, Norwegian]
    parts: Mapping[Part, Norwegian]
    closing: Norwegian

    def part(self, part: Part, outcome: Outcome | None, language: str, words: Mapping[str, str]) -> str:
        """What the part says when nobody has written it; an empty text where somebody must."""
        if part is Part.LAW:
            return words["law"]
        if part not in self.parts or (part in _ONLY_AGAINST and outcome not in AGAINST):
            return ""
        return self.parts[part].in_language(language).format_map(words)

    def is_standard(self, part: Part, said: str, shown: Outcome | None, words: Mapping[str, Mapping[str, str]]) -> bool:
        """Whether nobody has written it: it is the standard text of some outcome and language, or blank where the
        standard text was, too. `shown` is the outcome that the page was shown with, `words` are by language."""
        said = _plain(said)
        if not said:
            return not self.part(part, shown, LANGUAGES[0], words[LANGUAGES[0]])
        return any(
            said == _plain(self.part(part, outcome, language, words[language]))
            for outcome in Outcome
            for language in LANGUAGES
        )


def text_set(on: date) -> TextSet:
    """The texts that hold on the day; the first ones for days before them."""
    sets = _text_sets()
    return next((each for each in reversed(sets) if each.valid_from <= on), sets[0])


def words_for(definition: Definition, language: str, *, unit: str, municipality: str) -> dict[str, str]:
    """What stands for the braces of the parts, and the law that the service is decided by."""
    rule = definition.decision
    return {
        "law": "\n".join(rule.law) if rule else "",
        "body": rule.appeal_body.in_language(language) if rule else "",
        "unit": unit,
        "municipality": municipality,
    }


def _plain(said: str) -> str:
    """Browsers send line breaks as CR LF."""
    return "\n".join(line.rstrip() for line in said.strip().splitlines())


@cache
def _text_sets() -> tuple[TextSet, ...]:
    """All sets, oldest first, read once per process."""
    read = TypeAdapter(tuple[TextSet, ...]).validate_python(yaml.safe_load(_FILE.read_text("utf-8")))
    return tuple(sorted(read, key=lambda each: each.valid_from))
