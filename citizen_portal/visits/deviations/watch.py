"""The watch over visits: opens what has gone wrong, and closes what has come right.

It runs each minute and asks only how things stand now: a run that was lost is made good by the next one, and one that
is repeated changes nothing. So it may be stopped anywhere, and catches up with the hours in which it was down.

A visit without sign-off counts only when its source has spoken since the unit's limit passed: until then it could not
tell of a sign-off in time. A source that has said nothing since visits should have been done is silent: then the unit
gets that one deviation, and none for each visit. Where only the hour is quiet, the visit counts after a while.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from citizen_portal import clock
from citizen_portal.audit import service as audit
from citizen_portal.audit.models import EventTag
from citizen_portal.auth.actor import System
from citizen_portal.db import current_municipality_id, new_id
from citizen_portal.visits.deviations import queries
from citizen_portal.visits.deviations.findings import UNSIGNED, Rules, WatchedVisit
from citizen_portal.visits.deviations.models import Closing, Deviation, DeviationKind
from citizen_portal.visits.deviations.queries import SourceContact
from citizen_portal.visits.rules.models import LONGEST_NOTICE, LONGEST_WAIT
from citizen_portal.visits.rules.queries import rules_of
from citizen_portal.visits.units import note_units_with_visits

_TURN: Final = 7239010
"""First key of the advisory lock that lets one watch of a municipality run at a time."""

Feed = tuple[str, UUID | None]
"""What a source tells of one unit: the source's consumer, and the unit."""


@dataclass(slots=True)
class Changes:
    """What a run of the watch did."""

    opened: list[Deviation] = field(default_factory=list)
    closed: list[Deviation] = field(default_factory=list)


def watch(session: Session) -> Changes:
    """Bring the deviations of the municipality into accord with its visits, as they stand now."""
    turn = {"turn": _TURN, "id": current_municipality_id()}
    if not session.scalar(text("SELECT pg_try_advisory_xact_lock(:turn, :id)"), turn):
        return Changes()  # another run is at it
    note_units_with_visits(session)
    run = _Run.read(session, clock.now())
    run.judge_sources()
    run.judge_visits()
    session.add_all(run.changes.opened)
    actor = System(current_municipality_id(), "watch")
    for tag, deviations in (
        (EventTag.DEVIATION_CLOSED, run.changes.closed),
        (EventTag.DEVIATION_OPENED, run.changes.opened),
    ):
        for deviation in deviations:
            about, kind = deviation.care_recipient_id, deviation.kind.value
            audit.record(session, actor, tag, subject=deviation, about_person_id=about, kind=kind)
    return run.changes


@dataclass(slots=True)
class _Run:
    """How things stand, read in a few statements however many visits there are, and what is changed by that."""

    now: datetime
    visits: Sequence[tuple[WatchedVisit, DeviationKind | None]]
    """Each with what is wrong with it, silent sources aside."""
    rules: Rules
    sources: Sequence[SourceContact]
    on_file: dict[UUID, dict[DeviationKind, Deviation]]
    silences: dict[Feed, list[Deviation]]
    """Those that are open, and those that ended lately."""
    silent: set[Feed] = field(default_factory=set)
    changes: Changes = field(default_factory=Changes)

    @classmethod
    def read(cls, session: Session, now: datetime) -> "_Run":
        watched = queries.watched_visits(session, now, LONGEST_NOTICE)
        silences: dict[Feed, list[Deviation]] = {}
        for silence, consumer in queries.silences(session, now - LONGEST_WAIT):
            silences.setdefault((consumer, silence.unit_id), []).append(silence)
        rules = rules_of(session, {visit.unit_id for visit in watched})
        on_file: dict[UUID, dict[DeviationKind, Deviation]] = {visit.id: {} for visit in watched}
        for visit_id, deviation in queries.deviations_of(session, list(on_file)):
            on_file[visit_id][deviation.kind] = deviation
        visits = [(visit, visit.wrong(rules[visit.unit_id], now)) for visit in watched]
        return cls(now, visits, rules, queries.source_contacts(session), on_file, silences)

    def judge_sources(self) -> None:
        """A source is silent towards a unit whose visits have waited for its word too long."""
        waiting = {(v.consumer, v.unit_id) for v, wrong in self.visits if wrong in UNSIGNED and self._waits(v)}
        for feed, silences in self.silences.items():
            for silence in (silence for silence in silences if silence.closed_at is None):
                if self._contact(feed).last_contact_at > silence.opened_at:
                    self._close(silence, Closing.SIGNED_OFF)
                elif feed not in waiting:
                    self._close(silence, Closing.CORRECTED)
                else:
                    self.silent.add(feed)
        for feed in waiting - self.silent:
            contact, unit_id = self._contact(feed), feed[1]
            if self.now - contact.last_contact_at > self.rules[unit_id].silence:
                silence = Deviation(id=new_id(), kind=DeviationKind.SOURCE_SILENT, source_id=contact.source_id)
                silence.unit_id, silence.opened_at = unit_id, self.now
                self.changes.opened.append(silence)
                self.silent.add(feed)

    def judge_visits(self) -> None:
        """What is wrong with a visit is opened, and what is wrong with it no longer is closed."""
        for visit, wrong in self.visits:
            known = self.on_file[visit.id]
            is_muted = wrong in UNSIGNED and self._is_muted(visit)
            for deviation in (deviation for deviation in known.values() if deviation.closed_at is None):
                closing = visit.closing(deviation, wrong)
                if closing is None:
                    visit.describe(deviation)  # it may have been moved, and be late at the new hour as well
                elif not (is_muted and closing is Closing.SUPERSEDED):
                    self._close(deviation, closing)
            if wrong is not None and not is_muted and visit.may_open(wrong, self.now):
                self._open(visit, wrong, known.get(wrong))

    def _open(self, visit: WatchedVisit, kind: DeviationKind, former: Deviation | None) -> None:
        if former is not None and (former.closed_at is None or not visit.opens_again(former)):
            return
        deviation = former or Deviation(id=new_id(), visit_id=visit.id, kind=kind)
        visit.describe(deviation)
        deviation.open(self.now, visit.tell_at(kind, self.rules[visit.unit_id], self.now))
        self.changes.opened.append(deviation)

    def _close(self, deviation: Deviation, closing: Closing) -> None:
        deviation.close(closing, self.now)
        self.changes.closed.append(deviation)

    def _contact(self, feed: Feed) -> SourceContact:
        """The system that was heard last among those that tell of the unit's visits; among all where none is known."""
        consumer, unit_id = feed
        systems = [source for source in self.sources if source.consumer == consumer]
        return max(systems, key=lambda source: (unit_id in source.unit_ids, source.last_contact_at))

    def _waits(self, visit: WatchedVisit) -> bool:
        """Whether the source has not spoken since the visit should have been done."""
        heard_at = self._contact((visit.consumer, visit.unit_id)).last_contact_at
        return visit.expected_at is not None and heard_at < visit.expected_at

    def _is_muted(self, visit: WatchedVisit) -> bool:
        """Whether its source may yet tell of it: before its next word, or while it catches up after a silence."""
        rules, feed = self.rules[visit.unit_id], (visit.consumer, visit.unit_id)
        ends = (silence.closed_at for silence in self.silences.get(feed, ()))
        if any(end is not None and self.now < end + rules.margin for end in ends):
            return True
        heard_at = self._contact(feed).last_contact_at
        if visit.expected_at is None or heard_at >= rules.late_at(visit.expected_at):
            return False
        is_quiet_hour = self.now - heard_at > rules.silence and feed not in self.silent
        return self._waits(visit) or not is_quiet_hour
