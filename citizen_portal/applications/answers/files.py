"""Papers that were sent. They come one by one, when they are chosen: nothing that a page posts changes the answer."""

from collections.abc import Iterator
from typing import Any

from citizen_portal.applications.answers.terms import Answer, Fault, Line, Mistake
from citizen_portal.applications.definitions import FileField


class Files:
    """The files that are there: `{"id": …, "name": …}` of each, see `applications.files`."""

    def as_posted(self, _field: FileField, _name: str, _answer: Answer) -> Iterator[tuple[str, str]]:
        """Nothing: a browser does not send again what is there."""
        yield from ()

    def mistakes(self, field: FileField, name: str, answer: Answer) -> Iterator[Mistake]:
        """None, where there must be one."""
        if field.required and not _files(answer):
            yield Mistake(field, name, Fault.MISSING)

    def lines(self, field: FileField, name: str, answer: Answer, language: str) -> Iterator[Line]:
        """The names of the files."""
        names = "\n".join(file["name"] for file in _files(answer))
        yield Line(name, field.label.in_language(language), names)


def _files(answer: Answer) -> list[dict[str, Any]]:
    return answer if isinstance(answer, list) else []
