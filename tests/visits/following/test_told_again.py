"""A visit that was signed off by mistake is missing again: then its followers are told again, once."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import delete, select

from citizen_portal import clock, db
from citizen_portal.identity.models import Person
from citizen_portal.visits.deviations.models import Closing, Deviation, DeviationKind
from citizen_portal.visits.following.models import Choice
from citizen_portal.visits.following.service import Chosen, choose
from citizen_portal.visits.models import Visit, VisitReceipt
from citizen_portal.visits.reports import VisitStatus
from tests.visits.conftest import NOON, Follow
from tests.visits.following.conftest import AddVisit, GoesWrong, SignedOff, Told, chosen, close

CONCERN, SETTLED, UPDATE = "followed-concern", "followed-settled", "followed-update"
PARTLY = "followed-partly-settled"


def after(minutes: int) -> datetime:
    """So many minutes after noon."""
    return NOON + timedelta(minutes=minutes)


@pytest.fixture
def visit(follows: Follow, kari: Person, borghild: Person, add_visit: AddVisit) -> Visit:
    """Borghild's, whom Kari follows."""
    follows(kari, borghild)
    return add_visit(borghild)


def taken_back(visit: Visit, kind: DeviationKind = DeviationKind.MISSING) -> None:
    """The sign-off was entered in error, so the deviation opens again."""
    with db.transaction() as session:
        session.get_one(Visit, (visit.municipality_id, visit.id)).status = VisitStatus.PLANNED
        session.execute(delete(VisitReceipt).where(VisitReceipt.visit_id == visit.id))
        deviation = session.scalars(select(Deviation).where(Deviation.visit_id == visit.id, Deviation.kind == kind))
        deviation.one().open(clock.now(), clock.now() + timedelta(minutes=20))


def test_kari_is_told_again_when_the_sign_off_was_a_mistake_and_again_that_it_is_done(
    visit: Visit, kari: Person, goes_wrong: GoesWrong, signed_off: SignedOff, told: Told
) -> None:
    goes_wrong(visit, DeviationKind.MISSING)
    assert told(kari) == [CONCERN]
    with clock.frozen(after(30)):
        signed_off(visit)
        assert told(kari) == [CONCERN, SETTLED]
    with clock.frozen(after(60)):
        taken_back(visit)
        assert told(kari) == [CONCERN, SETTLED], "the unit has its time first"
    for minutes in (80, 81, 200):
        with clock.frozen(after(minutes)):
            assert told(kari) == [CONCERN, SETTLED, CONCERN]
    for minutes in (210, 211):
        with clock.frozen(after(minutes)):
            if minutes == 210:
                signed_off(visit)
            assert told(kari) == [CONCERN, SETTLED, CONCERN, SETTLED]


def test_who_wants_each_visit_is_told_the_same(
    visit: Visit, kari: Person, borghild: Person, actor_for: Callable[..., object], goes_wrong: GoesWrong,
    signed_off: SignedOff, told: Told,
) -> None:  # fmt: skip
    _chooses(actor_for, kari, borghild, chosen(Choice.EACH_VISIT))
    signed_off(visit)
    assert told(kari) == [UPDATE]
    with clock.frozen(after(30)):
        goes_wrong(visit, closed_at=after(1), closed_as=Closing.CORRECTED)
        taken_back(visit, DeviationKind.LATE)
    with clock.frozen(after(40)):
        signed_off(visit)
        assert told(kari) == [UPDATE], "it was put right before anybody was told"
    with clock.frozen(after(60)):
        taken_back(visit, DeviationKind.LATE)
    with clock.frozen(after(90)):
        assert told(kari) == [UPDATE, CONCERN]
        signed_off(visit)
        assert told(kari) == [UPDATE, CONCERN, SETTLED]


def test_a_source_that_changes_its_mind_all_the_time_is_told_of_once_an_hour(
    visit: Visit, kari: Person, goes_wrong: GoesWrong, signed_off: SignedOff, told: Told
) -> None:
    goes_wrong(visit, DeviationKind.MISSING)
    told(kari)
    for minutes in range(1, 60):
        with clock.frozen(after(minutes)):
            if minutes % 2:
                signed_off(visit)
            else:
                taken_back(visit)
                _let_it_be_told_at_once(visit)
            told_so_far = told(kari)
    assert told_so_far == [CONCERN, SETTLED]
    with clock.frozen(after(61)):
        taken_back(visit)
        _let_it_be_told_at_once(visit)
        assert told(kari) == [CONCERN, SETTLED, CONCERN]


def _let_it_be_told_at_once(visit: Visit) -> None:
    with db.transaction() as session:
        session.scalars(select(Deviation).where(Deviation.visit_id == visit.id)).one().tell_at = clock.now()


def test_that_it_came_right_waits_for_the_morning_and_is_not_told_if_it_went_wrong_again(
    visit: Visit, kari: Person, borghild: Person, actor_for: Callable[..., object], goes_wrong: GoesWrong,
    signed_off: SignedOff, told: Told,
) -> None:  # fmt: skip
    _chooses(actor_for, kari, borghild, chosen(quiet=("12:10", "20:00"), breaks=False))
    goes_wrong(visit, DeviationKind.LATE)
    assert told(kari) == [CONCERN]
    with clock.frozen(after(30)):
        signed_off(visit)
        assert told(kari) == [CONCERN]
    with clock.frozen(after(7 * 60)):
        goes_wrong(visit, DeviationKind.MISSING, opened_at=clock.now(), tell_at=after(9 * 60))
    with clock.frozen(after(8 * 60)):
        assert told(kari) == [CONCERN], "it stands open again, though nobody is told of it yet"
    with clock.frozen(after(9 * 60)):
        assert told(kari) == [CONCERN, CONCERN]


@pytest.mark.parametrize("closing", [Closing.HANDLED, Closing.CORRECTED])
def test_what_the_unit_handled_or_moved_is_told_to_be_done_when_somebody_has_come(
    visit: Visit, kari: Person, goes_wrong: GoesWrong, signed_off: SignedOff, told: Told, closing: Closing
) -> None:
    deviation = goes_wrong(visit)
    told(kari)
    with clock.frozen(after(10)), db.transaction() as session:
        closed = session.merge(deviation)
        close(closed, closing)
        if closing is Closing.HANDLED:
            closed.handled_by_name, closed.handled_reason = "Siri Haugen", "Jonas kjører dit nå."
    with clock.frozen(after(11)):
        assert told(kari) == [CONCERN]
    with clock.frozen(after(40)):
        _only_signed_off(visit)
        assert told(kari) == [CONCERN, SETTLED]
    with clock.frozen(after(41)):
        assert told(kari) == [CONCERN, SETTLED]


def _only_signed_off(visit: Visit) -> None:
    """By a source that says that the plan is fulfilled, and never when somebody came."""
    with db.transaction() as session:
        done = session.get_one(Visit, (visit.municipality_id, visit.id))
        done.status, done.updated_at = VisitStatus.DONE, clock.now()


def _chooses(actor_for: Callable[..., object], who: Person, whom: Person, what: Chosen) -> None:
    actor = actor_for(who)
    with db.transaction() as session:
        choose(session, actor, whom.id, what)  # type: ignore[arg-type]


def test_that_mum_has_been_visited_does_not_say_that_dad_has(
    follows: Follow, kari: Person, borghild: Person, ola: Person, add_visit: AddVisit, goes_wrong: GoesWrong,
    signed_off: SignedOff, told: Told,
) -> None:  # fmt: skip
    visits = []
    for parent in (borghild, ola):
        follows(kari, parent)
        visits.append(add_visit(parent))
        goes_wrong(visits[-1], DeviationKind.MISSING)
    assert told(kari) == [CONCERN]
    with clock.frozen(after(30)):
        signed_off(visits[0])
        assert told(kari) == [CONCERN, PARTLY]
    with clock.frozen(after(60)):
        signed_off(visits[1])
        assert told(kari) == [CONCERN, PARTLY, SETTLED]
