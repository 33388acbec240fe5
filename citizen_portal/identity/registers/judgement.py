"""Which of a person's addresses a public body may rely on (eForvaltningsforskriften §§ 8, 9, 29 and 32).

Pure: from the register's answer and a date. What we do not know for certain means a letter.
"""

import calendar
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from citizen_portal import clock
from citizen_portal.i18n import LANGUAGES
from citizen_portal.identity.registers.port import Channel, Contact

HOLDS_MONTHS: Final = ((date(2014, 2, 7), 18),)
"""(from, months): how long an address may be relied on after it was said or confirmed, newest rule last (§ 32)."""


class Reason(StrEnum):
    """Why no e-mail can be sent. Values are stored on notices: never rename one."""

    RESERVED = "reserved"
    EXPIRED = "expired"
    NO_ADDRESS = "no_address"


@dataclass(frozen=True, slots=True)
class Judgement:
    """What may be used, each channel by itself; `reason` says why there is no e-mail."""

    email: str | None = field(repr=False)
    mobile: str | None = field(repr=False)
    reason: Reason | None
    language: str | None


def judge(contact: Contact | None, on: date) -> Judgement:
    """The judgement of an answer on a day; of no answer (None) that the person is not in the register."""
    if contact is None:
        return Judgement(None, None, Reason.NO_ADDRESS, None)
    language = contact.language if contact.language in LANGUAGES else None
    hindrance = _hindrance(contact)
    if hindrance is not None:
        return Judgement(None, None, hindrance, language)
    email, mobile = (_usable(channel, on) for channel in (contact.email, contact.mobile))
    missing = Reason.EXPIRED if contact.email else Reason.NO_ADDRESS
    return Judgement(email, mobile, None if email else missing, language)


def is_recent(instants: Iterable[datetime | None], on: date) -> bool:
    """Whether any of the instants is younger than 18 months on the day.

    Calendar months of the Norwegian calendar: what was said on 15 January 2026 can be used until 14 July 2027 and no
    longer on the 15th, when it is 18 months old. From the 31st of a month it lasts to the last day of a shorter one.
    An instant after the day is a fault in the register, and counts for nothing.
    """
    days = [clock.to_oslo(instant).date() for instant in instants if instant is not None]
    return any(day <= on < _months_after(day, _months_on(on)) for day in days)


def _hindrance(contact: Contact) -> Reason | None:
    if contact.reservation != "NEI":
        return Reason.RESERVED
    if contact.status != "AKTIV":
        return Reason.NO_ADDRESS
    return None if contact.notification_status == "KAN_VARSLES" else Reason.EXPIRED


def _usable(channel: Channel | None, on: date) -> str | None:
    if channel is None or not is_recent((channel.updated_at, channel.verified_at), on):
        return None
    return channel.address


def _months_on(day: date) -> int:
    return next((months for valid_from, months in reversed(HOLDS_MONTHS) if valid_from <= day), 0)


def _months_after(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if year > date.max.year:
        return date.max
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
