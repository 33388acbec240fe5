"""The readable copy: a PDF with the same things in words. It is bounded: of long lists it shows the newest."""

from collections import deque
from collections.abc import Callable
from datetime import date, datetime
from typing import Any, Final

from babel.dates import format_date, format_datetime

from citizen_portal.applications.definitions import Text
from citizen_portal.documents import Document, Language, Section
from citizen_portal.my_data import format as f
from citizen_portal.my_data import words

MOST_LINES: Final = 300
MOST_CHARACTERS: Final = 150_000
"""Of one part: about sixty pages. The whole stands in the machine-readable copy."""


class _Lines:
    """The newest lines of one part, within the limits."""

    def __init__(self) -> None:
        self.kept: deque[str] = deque()
        self.dropped = 0
        self._size = 0

    def add(self, line: str) -> None:
        self.kept.append(line)
        self._size += len(line)
        while len(self.kept) > MOST_LINES or (self._size > MOST_CHARACTERS and len(self.kept) > 1):
            self._size -= len(self.kept.popleft())
            self.dropped += 1


class ReadableCopy:
    """Collects what a person can read, while the machine-readable copy is written."""

    def __init__(self, language: str) -> None:
        self._language: Language = "nn" if language == "nn" else "en" if language == "en" else "nb"
        self._parts: dict[str, _Lines] = {part: _Lines() for part in words.PARTS}

    def add(self, part: str, record: f.Record) -> None:
        """Put a record into words."""
        self._parts[part].add(_WORDINGS[part](record, self._language))

    def as_document(self, head: f.MyData) -> Document:
        """The whole, with who it is about first. `head` is the copy without its lists."""
        return Document(
            title=self._say(words.TITLE),
            language=self._language,
            municipality_name=head.municipality.name,
            unit="",
            date=head.made_at.date(),
            reference=(
                (self._say(words.NAME), head.person.name),
                (self._say(words.MADE), _moment(head.made_at, self._language)),
                (self._say(words.NUMBER), head.id),
            ),
            sections=(self._about(head.person), *(self._section(part) for part in words.PARTS)),
        )

    def _about(self, person: f.AboutPerson) -> Section:
        unknown = self._say(words.NOT_KNOWN)
        born = format_date(person.birth_date, "long", locale=self._language) if person.birth_date else unknown
        return Section(
            self._say(words.YOU),
            (self._say(words.INTRODUCTION),),
            (
                (self._say(words.NAME), person.name),
                (self._say(words.BORN), born),
                (self._say(words.NATIONAL_ID), self._say(words.NOT_REPEATED)),
                (self._say(words.EMAIL), person.email or unknown),
                (self._say(words.PHONE), person.phone or unknown),
                (self._say(words.LANGUAGE), person.preferred_language or unknown),
            ),
        )

    def _section(self, part: str) -> Section:
        lines = self._parts[part]
        paragraphs = tuple(lines.kept) or (self._say(words.NONE),)
        if lines.dropped:
            paragraphs = (self._say(words.MORE).format(number=lines.dropped), *paragraphs)
        return Section(self._say(words.PARTS[part]), paragraphs)

    def _say(self, text: Text) -> str:
        return text.in_language(self._language)


def _representation(record: Any, language: str) -> str:
    who = words.ACTS_FOR_YOU if record.role == "represented" else words.YOU_ACT_FOR
    covered = ", ".join(words.status(area, language) for area in record.areas)
    end = words.UNTIL.in_language(language).format(day=_day(record.valid_to, language)) if record.valid_to else ""
    ended = words.ENDED.in_language(language) if record.revoked_at else ""
    stopped = words.VISITS_STOPPED.in_language(language) if record.visits_stopped_at else ""
    return _joined(
        who.in_language(language).format(name=record.other),
        words.status(record.basis, language),
        covered,
        words.SINCE.in_language(language).format(day=_day(record.valid_from, language)),
        end,
        ended,
        stopped,
    )


def _application(record: Any, language: str) -> str:
    lines = [_joined(record.title, record.case_number, words.status(record.status, language))]
    lines += [f"{_with_colon(answer.question)} {answer.answer or '–'}" for answer in record.answers]
    lines += [
        _joined(
            _moment(event.occurred_at, language),
            words.status(event.what, language),
            _people(event.by, event.unit),
            event.facts.get("note"),
        )
        for event in record.timeline
    ]
    return "\n".join(lines)


def _signature(record: Any, language: str) -> str:
    who = words.ASKED_YOU if record.role == "signer" else words.YOU_ASKED
    ends = {
        words.SIGNED: record.signed_at,
        words.NOT_SIGNED: record.refused_at,
        words.TAKEN_BACK: record.withdrawn_at,
    }
    said = [end.in_language(language).format(moment=_moment(at, language)) for end, at in ends.items() if at]
    asked = _moment(record.asked_at, language)
    return _joined(
        asked, who.in_language(language).format(name=record.other), record.application, *said, record.refusal_reason
    )


def _case(record: Any, language: str) -> str:
    return _joined(record.case_number, record.title, record.unit, words.status(record.status, language))


def _entry(record: Any, language: str) -> str:
    files = ", ".join(document.path or document.title for document in record.documents)
    about = _joined(record.case_number, record.title, words.status(record.entry_type, language))
    return "\n".join([_joined(_day(record.journal_date, language), about), files])


def _message(record: Any, language: str) -> str:
    head = _joined(record.case_number, _moment(record.sent_at, language), _people(record.author, record.unit))
    files = ", ".join(file.path or file.title for file in record.attachments)
    enclosed = [words.ENCLOSED.in_language(language).format(names=files)] if files else []
    return "\n".join([head, record.body, *enclosed])


def _draft(record: Any, language: str) -> str:
    return "\n".join([_joined(record.case_number, _moment(record.saved_at, language)), record.body])


def _visit(record: Any, language: str) -> str:
    came = words.CAME.in_language(language)
    return _joined(
        _moment(record.planned_start_at, language) if record.planned_start_at else None,
        record.service,
        words.status(record.status, language),
        record.unit,
        came.format(moment=_moment(record.performed_at, language)) if record.performed_at else None,
    )


def _sign_off(record: Any, language: str) -> str:
    undone = words.TAKEN_BACK.in_language(language)
    return _joined(
        _moment(record.performed_at, language),
        record.service,
        words.status(record.outcome, language),
        words.status(record.reason, language) if record.reason else None,
        undone.format(moment=_moment(record.undone_at, language)) if record.undone_at else None,
    )


def _deviation(record: Any, language: str) -> str:
    return _joined(
        _moment(record.opened_at, language),
        record.service,
        words.status(record.kind, language),
        words.status(record.closed_as, language) if record.closed_as else None,
        record.handled_by,
        record.handled_reason,
    )


def _visit_change(record: Any, language: str) -> str:
    planned = _moment(record.visit_planned_at, language) if record.visit_planned_at else None
    head = _joined(_moment(record.asked_at, language), record.asked_by, words.status(record.kind, language), planned)
    answer = words.ANSWER.in_language(language).format(text=record.answer) if record.answer else None
    return "\n".join(filter(None, [head, record.wish, words.status(record.state, language), answer]))


def _visitor_names(record: Any, language: str) -> str:
    return words.SINCE.in_language(language).format(day=_day(record.allowed_at.date(), language))


def _following(record: Any, language: str) -> str:
    quiet = f"{record.quiet_from:%H:%M}–{record.quiet_until:%H:%M}" if record.quiet_from else None
    return _joined(
        record.whose,
        words.status(record.choice, language),
        words.QUIET.in_language(language).format(hours=quiet) if quiet else None,
        words.SINCE.in_language(language).format(day=_day(record.chosen_at.date(), language)),
    )


def _browser(record: Any, language: str) -> str:
    return words.SINCE.in_language(language).format(day=_day(record.since.date(), language))


def _access(record: Any, language: str) -> str:
    who = words.YOU.in_language(language) if record.by_yourself else _people(record.who, record.unit)
    why = words.purpose(record.purpose, language) if record.purpose else None
    what = words.event(record.what, language)
    return _joined(_moment(record.occurred_at, language), who, what, record.case_number, why, record.reason)


def _login(record: Any, language: str) -> str:
    return _joined(_moment(record.occurred_at, language), words.event(record.what, language))


def _notice(record: Any, language: str) -> str:
    return _joined(_moment(record.created_at, language), words.status(record.status, language), record.sent_to)


def _request(record: Any, language: str) -> str:
    lines = [_joined(_moment(record.sent_at, language), words.status(record.kind, language)), record.about]
    if record.right:
        lines.append(words.RIGHT_IS.in_language(language).format(text=record.right))
    if record.answer:
        lines.append(words.ANSWER.in_language(language).format(text=record.answer))
    return "\n".join(lines)


def _export(record: Any, language: str) -> str:
    return _joined(_moment(record.ordered_at, language), words.status(record.status, language))


_WORDINGS: Final[dict[str, Callable[[Any, str], str]]] = {
    "representations": _representation,
    "applications": _application,
    "signatures": _signature,
    "cases": _case,
    "entries": _entry,
    "messages": _message,
    "message_drafts": _draft,
    "visits": _visit,
    "visit_sign_offs": _sign_off,
    "visit_deviations": _deviation,
    "visit_changes": _visit_change,
    "visitor_names": _visitor_names,
    "followings": _following,
    "access_log": _access,
    "logins": _login,
    "notices": _notice,
    "browsers": _browser,
    "requests": _request,
    "exports": _export,
}


def _with_colon(question: str) -> str:
    return question if question.endswith(("?", ".", ":")) else f"{question}:"


def _joined(*parts: str | None) -> str:
    return " · ".join(part for part in parts if part)


def _people(name: str | None, unit: str | None) -> str:
    return ", ".join(part for part in (name, unit) if part)


def _moment(instant: datetime, language: str) -> str:
    return format_datetime(instant, "d. MMM y HH:mm" if language != "en" else "d MMM y HH:mm", locale=language)


def _day(day: date, language: str) -> str:
    return format_date(day, "d. MMM y" if language != "en" else "d MMM y", locale=language)
