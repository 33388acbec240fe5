"""One answer of several, and statements to agree with."""

from collections.abc import Iterator
from typing import Final

from citizen_portal.applications.answers.terms import Answer, Fault, Line, Mistake, Posted, kept_text, text_of
from citizen_portal.applications.definitions import CheckboxField, ChoiceField, Text

TICKED: Final = Text(nb="Ja", nn="Ja", en="Yes")


class Choice:
    """One answer of several."""

    def kept(self, _field: ChoiceField, name: str, posted: Posted) -> Answer:
        """The chosen value."""
        return kept_text(posted.get(name))

    def as_posted(self, _field: ChoiceField, name: str, answer: Answer) -> Iterator[tuple[str, str]]:
        """The chosen value; nothing when there is none."""
        if isinstance(answer, str) and answer:
            yield name, answer

    def mistakes(self, field: ChoiceField, name: str, answer: Answer) -> Iterator[Mistake]:
        """Nothing chosen, or something that cannot be chosen."""
        text = text_of(answer)
        if not text and field.required:
            yield Mistake(field, name, Fault.MISSING)
        elif text and text not in {choice.value for choice in field.choices}:
            yield Mistake(field, name, Fault.NOT_A_CHOICE)

    def lines(self, field: ChoiceField, name: str, answer: Answer, language: str) -> Iterator[Line]:
        """The words of what was chosen."""
        text = text_of(answer)
        words = {choice.value: choice.label.in_language(language) for choice in field.choices}
        yield Line(name, field.label.in_language(language), words.get(text, text))


class Tick:
    """A statement to agree with."""

    def kept(self, _field: CheckboxField, name: str, posted: Posted) -> Answer:
        """Whether the box was ticked: a browser posts nothing of one that was not."""
        return bool(posted.get(name))

    def as_posted(self, _field: CheckboxField, name: str, answer: Answer) -> Iterator[tuple[str, str]]:
        """Something of a ticked box only."""
        if answer is True:
            yield name, "y"

    def mistakes(self, field: CheckboxField, name: str, answer: Answer) -> Iterator[Mistake]:
        """Not agreed with, where that is demanded."""
        if field.required and answer is not True:
            yield Mistake(field, name, Fault.MISSING)

    def lines(self, field: CheckboxField, name: str, answer: Answer, language: str) -> Iterator[Line]:
        """«Ja» or nothing."""
        words = TICKED.in_language(language) if answer is True else ""
        yield Line(name, field.label.in_language(language), words)
