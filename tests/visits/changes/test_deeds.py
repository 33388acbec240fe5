"""The record system answers by what it does, and who asked is told once, if she may still see it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from citizen_portal import clock, db
from citizen_portal.audit.models import AuditEvent, EventTag
from citizen_portal.identity.models import Area, Person, Protection, StaffMember
from citizen_portal.notifications.models import Notice, Occasion
from citizen_portal.tenancy.models import Unit
from citizen_portal.visits.changes.deeds import note_deeds_everywhere
from citizen_portal.visits.models import Visit
from tests.reading import StrictClient
from tests.visits.changes.test_changes import STAFF, TOMORROW, _path, _planned, _poll
from tests.visits.conftest import NOON, Follow
from tests.visits.record import CareRecord, at, encounter

ClientFor = Callable[..., StrictClient]


@pytest.fixture
def visit(care_record: CareRecord, borghild: Person, home_care: Unit, stored: Callable[[], list[Visit]]) -> Visit:
    """Borghild's visit tomorrow at 13."""
    care_record.must_push(_planned("1", borghild))
    return stored()[0]


def answers_to(who: Person) -> int:
    """How often the person was told of an answer, once the job of this minute has run."""
    note_deeds_everywhere(timestamp=0)
    with db.read_only() as session:
        told = select(Notice).where(Notice.person_id == who.id, Notice.occasion == Occasion.VISIT_CHANGE_ANSWERED)
        return len(session.scalars(told).all())


def asks(browser: StrictClient, visit: Visit, kind: str = "cancel", wish: str = "") -> None:
    """Ask for it on the page."""
    assert browser.send(_path(visit), {"kind": kind, "wish": wish}).status_code == 303


def test_who_asked_is_told_once_when_the_record_system_cancels(
    client_for: ClientFor, borghild: Person, visit: Visit, care_record: CareRecord
) -> None:
    browser = client_for(borghild)
    asks(browser, visit)
    assert answers_to(borghild) == 0
    care_record.must_push(_planned("1", borghild, status="cancelled"))
    assert answers_to(borghild) == answers_to(borghild) == 1
    day = browser.page(f"/min-side/besok?dag={TOMORROW}")
    assert "Det er bekreftet." in browser.page(day.links["Se svaret"]).text
    with db.read_only() as session:
        answered = select(AuditEvent).where(AuditEvent.tag == EventTag.VISIT_CHANGE_ANSWERED.value)
        assert [event.about_person_id for event in session.scalars(answered)] == [borghild.id]


def test_an_answer_stays_whatever_becomes_of_the_visit(
    client_for: ClientFor, borghild: Person, visit: Visit, care_record: CareRecord
) -> None:
    browser = client_for(borghild)
    asks(browser, visit, "move", "Etter 15")
    care_record.must_push(_planned("1", borghild, "15:00"))
    assert answers_to(borghild) == 1
    care_record.must_push(_planned("1", borghild, "13:00"))
    assert answers_to(borghild) == 1
    assert "Det er bekreftet." in browser.page(_path(visit)).text


def test_one_can_ask_again_at_once_when_the_visit_was_moved(
    client_for: ClientFor, borghild: Person, visit: Visit, care_record: CareRecord
) -> None:
    browser = client_for(borghild)
    asks(browser, visit, "move", "Etter 15")
    care_record.must_push(_planned("1", borghild, "15:00"))
    asks(browser, visit, "cancel")
    assert "Ikke besvart ennå." in browser.page(_path(visit)).text
    assert answers_to(borghild) == 1


@pytest.mark.parametrize("status", ["finished", "in-progress"])
def test_somebody_who_comes_all_the_same_is_a_no(
    client_for: ClientFor, borghild: Person, visit: Visit, care_record: CareRecord, status: str
) -> None:
    asks(client_for(borghild), visit)
    came = at("13:05", TOMORROW)
    with clock.frozen(came + timedelta(minutes=30)):
        care_record.must_push(encounter("1", borghild.national_id, came, came + timedelta(minutes=10), status))
        assert answers_to(borghild) == 1
        assert "Det gikk ikke" in client_for(borghild).page(_path(visit)).text


def test_what_is_withdrawn_or_answered_by_the_unit_is_not_answered_again(
    client_for: ClientFor, borghild: Person, jonas: StaffMember, visit: Visit, care_record: CareRecord
) -> None:
    browser, path = client_for(borghild), _path(visit)
    asks(browser, visit)
    browser.send(f"{path}/trekk", {}, of=path, action=f"{path}/trekk")
    asks(browser, visit)
    jonass = client_for(jonas)
    request = next(href for words, href in jonass.page(STAFF).links.items() if "Medisin" in words)
    jonass.send(request, {"outcome": "yes", "text": ""})
    care_record.must_push(_planned("1", borghild, status="cancelled"))
    assert answers_to(borghild) == 1


def test_what_is_to_be_cancelled_and_was_moved_still_waits_for_the_unit(
    client_for: ClientFor, borghild: Person, jonas: StaffMember, visit: Visit, care_record: CareRecord
) -> None:
    asks(client_for(borghild), visit)
    care_record.must_push(_planned("1", borghild, "15:00"))
    assert answers_to(borghild) == 0
    assert any("Medisin" in words for words in client_for(jonas).page(STAFF).links)


def _stop(representation: Any) -> None:
    with db.transaction() as session:
        session.merge(representation).visits_stopped_at = clock.now()


def _revoke(representation: Any) -> None:
    with db.transaction() as session:
        session.merge(representation).revoked_at = clock.now()


def _protect(representation: Any) -> None:
    with db.transaction() as session:
        person = session.get_one(Person, (representation.municipality_id, representation.principal_id))
        person.protection = Protection.CONFIDENTIAL


@pytest.mark.parametrize(("change", "times"), [(None, 1), (_stop, 0), (_revoke, 0), (_protect, 0)])
@pytest.mark.parametrize("by_unit", [True, False])
def test_a_daughter_who_asked_is_told_if_she_may_still_see_it(
    client_for: ClientFor, kari: Person, borghild: Person, jonas: StaffMember, follows: Follow, visit: Visit,
    care_record: CareRecord, change: Callable[[Any], None] | None, times: int, by_unit: bool,
) -> None:  # fmt: skip
    given = [follows(kari, borghild), follows(kari, borghild, area=Area.HEALTH)]
    asks(client_for(kari), visit)
    jonass = client_for(jonas)
    request = next(href for words, href in jonass.page(STAFF).links.items() if "Medisin" in words)
    form = {**jonass.page(request).form(request), "outcome": "yes", "text": ""}
    if change:
        change(given[0])
    if by_unit:
        assert jonass.post(request, data=form).status_code == (404 if change is _protect else 303)
    else:
        care_record.must_push(_planned("1", borghild, status="cancelled"))
    assert answers_to(kari) == times
    assert answers_to(borghild) == 0


def test_the_source_reads_how_it_stands_and_does_not_cancel_what_the_unit_refused(
    client_for: ClientFor, borghild: Person, jonas: StaffMember, visit: Visit, care_record: CareRecord
) -> None:
    asks(client_for(borghild), visit)
    assert _states(care_record) == [("declined", "asked")]
    jonass = client_for(jonas)
    request = next(href for words, href in jonass.page(STAFF).links.items() if "Medisin" in words)
    with clock.frozen(NOON + timedelta(minutes=5)):
        jonass = client_for(jonas)
        jonass.send(request, {"outcome": "no", "text": "Vi må måle blodsukkeret."})
        assert _states(care_record) == [("accepted", "refused")]
        asks(client_for(borghild), visit)
    with clock.frozen(NOON + timedelta(minutes=10)):
        care_record.must_push(_planned("1", borghild, status="cancelled"))
        answers_to(borghild)
        assert _states(care_record) == [("accepted", "refused"), ("declined", "confirmed")]


def _states(care_record: CareRecord) -> list[tuple[str, str]]:
    found = [entry["resource"] for entry in _poll(care_record)["entry"]]
    return [(reply["participantStatus"], reply["meta"]["tag"][0]["code"]) for reply in found]
