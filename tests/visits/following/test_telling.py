"""Relatives are told when it matters, once, and only those who may know."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from citizen_portal import clock, db
from citizen_portal.auth.actor import Citizen
from citizen_portal.identity.models import Area, Person, Protection, Representation
from citizen_portal.notifications.models import Notice
from citizen_portal.tenancy.models import Municipality
from citizen_portal.visits.deviations.models import Closing, Deviation, DeviationKind
from citizen_portal.visits.following import service, telling
from citizen_portal.visits.following.models import Choice
from citizen_portal.visits.following.news import due_summary
from citizen_portal.visits.following.service import Chosen
from citizen_portal.visits.reports import VisitStatus
from tests.visits.conftest import NOON, Follow
from tests.visits.following.conftest import AddVisit, GoesWrong, SignedOff, Told, chosen, close, told_before

ActorFor = Callable[[Person], Citizen]
CONCERN, SETTLED, UPDATE = "followed-concern", "followed-settled", "followed-update"


@pytest.fixture
def chooses(actor_for: ActorFor) -> Callable[[Person, Person, Chosen], None]:
    """`chooses(kari, borghild, chosen(Choice.NOTHING))`."""

    def choose(who: Person, whom: Person, what: Chosen) -> None:
        actor = actor_for(who)
        with db.transaction() as session:
            service.choose(session, actor, whom.id, what)

    return choose


Chooses = Callable[[Person, Person, Chosen], None]


@pytest.fixture
def kari_follows(follows: Follow, kari: Person, borghild: Person) -> Representation:
    """Kari follows her mother, and has chosen nothing."""
    return follows(kari, borghild)


def test_kari_hears_nothing_while_all_is_well(
    kari_follows: Representation, kari: Person, borghild: Person, add_visit: AddVisit, signed_off: SignedOff, told: Told
) -> None:
    visit = add_visit(borghild)
    assert told(kari) == []
    signed_off(visit)
    assert told(kari) == []


def test_kari_is_told_of_a_missing_visit_once_and_that_it_was_done_after_all_once(
    kari_follows: Representation, kari: Person, borghild: Person, add_visit: AddVisit, goes_wrong: GoesWrong,
    signed_off: SignedOff, told: Told,
) -> None:  # fmt: skip
    visit = add_visit(borghild)
    goes_wrong(visit, DeviationKind.MISSING)
    assert told(kari) == [CONCERN]
    assert told(kari) == [CONCERN], "the job ran again, as after a restart"
    signed_off(visit)
    assert told(kari) == [CONCERN, SETTLED]
    assert told(kari) == [CONCERN, SETTLED]


def test_the_unit_gets_its_time_first(
    kari_follows: Representation, kari: Person, borghild: Person, add_visit: AddVisit, goes_wrong: GoesWrong, told: Told
) -> None:
    goes_wrong(add_visit(borghild), tell_at=NOON + timedelta(minutes=10))
    assert told(kari) == []
    with clock.frozen(NOON + timedelta(minutes=10)):
        assert told(kari) == [CONCERN]


def test_what_was_put_right_within_the_grace_time_is_never_told(
    kari_follows: Representation, kari: Person, borghild: Person, add_visit: AddVisit, goes_wrong: GoesWrong,
    signed_off: SignedOff, told: Told,
) -> None:  # fmt: skip
    visit = add_visit(borghild)
    goes_wrong(visit, tell_at=NOON + timedelta(minutes=10))
    signed_off(visit)
    with clock.frozen(NOON + timedelta(minutes=10)):
        assert told(kari) == []


def test_a_visit_that_is_first_late_and_then_missing_is_settled_once(
    kari_follows: Representation, kari: Person, borghild: Person, add_visit: AddVisit, goes_wrong: GoesWrong,
    signed_off: SignedOff, told: Told,
) -> None:  # fmt: skip
    visit = add_visit(borghild)
    late = goes_wrong(visit)
    assert told(kari) == [CONCERN]
    with db.transaction() as session:
        close(session.merge(late), Closing.SUPERSEDED)
    goes_wrong(visit, DeviationKind.MISSING)
    assert told(kari) == [CONCERN, CONCERN]
    signed_off(visit)
    assert told(kari) == [CONCERN, CONCERN, SETTLED]


@pytest.mark.parametrize("closing", [Closing.CORRECTED, Closing.SUPERSEDED])
def test_only_a_visit_that_was_done_is_told_to_be_done(
    kari_follows: Representation, kari: Person, borghild: Person, add_visit: AddVisit, goes_wrong: GoesWrong,
    told: Told, closing: Closing,
) -> None:  # fmt: skip
    deviation = goes_wrong(add_visit(borghild))
    told(kari)
    with db.transaction() as session:
        close(session.merge(deviation), closing)
    assert told(kari) == [CONCERN]


def test_a_silent_source_is_the_units_business(
    kari_follows: Representation, kari: Person, borghild: Person, add_visit: AddVisit, goes_wrong: GoesWrong, told: Told
) -> None:
    goes_wrong(add_visit(borghild), tell_at=None)
    assert told(kari) == []


@pytest.mark.parametrize(
    ("choice", "when_late", "when_done"),
    [
        (Choice.NOTHING, [], []),
        (Choice.DEVIATIONS, [CONCERN], [CONCERN, SETTLED]),
        (Choice.EACH_VISIT, [CONCERN], [CONCERN, SETTLED]),
        (Choice.SUMMARY, [], []),
    ],
)
def test_each_is_told_what_she_chose(
    kari_follows: Representation, kari: Person, borghild: Person, add_visit: AddVisit, goes_wrong: GoesWrong,
    signed_off: SignedOff, told: Told, chooses: Chooses, choice: Choice, when_late: list[str], when_done: list[str],
) -> None:  # fmt: skip
    chooses(kari, borghild, chosen(choice))
    visit = add_visit(borghild)
    goes_wrong(visit)
    assert told(kari) == when_late
    signed_off(visit)
    assert told(kari) == when_done


def test_who_wants_each_visit_hears_of_each_that_is_done_from_then_on(
    kari_follows: Representation, kari: Person, borghild: Person, add_visit: AddVisit, signed_off: SignedOff,
    told: Told, chooses: Chooses,
) -> None:  # fmt: skip
    signed_off(add_visit(borghild, NOON - timedelta(hours=4)))
    with clock.frozen(NOON + timedelta(minutes=1)):
        chooses(kari, borghild, chosen(Choice.EACH_VISIT))
        assert told(kari) == []
    with clock.frozen(NOON + timedelta(minutes=2)):
        signed_off(add_visit(borghild))
        assert told(kari) == [UPDATE]
        signed_off(add_visit(borghild))
        assert told(kari) == [UPDATE, UPDATE]
        signed_off(add_visit(borghild, NOON - timedelta(days=3)))
        assert told(kari) == [UPDATE, UPDATE], "an old visit that is sent in late is no news"


def test_who_wants_each_visit_hears_of_it_from_a_system_that_only_fulfils_its_plans(
    kari_follows: Representation, kari: Person, borghild: Person, add_visit: AddVisit, told: Told, chooses: Chooses
) -> None:
    chooses(kari, borghild, chosen(Choice.EACH_VISIT))
    visit = add_visit(borghild)
    assert told(kari) == []
    with db.transaction() as session:
        session.merge(visit).status = VisitStatus.DONE
    assert told(kari) == [UPDATE]


def test_a_summary_comes_in_the_morning_and_in_the_evening_when_there_were_visits(
    kari_follows: Representation, kari: Person, borghild: Person, add_visit: AddVisit, told: Told, chooses: Chooses
) -> None:
    chooses(kari, borghild, chosen(Choice.SUMMARY))
    add_visit(borghild, NOON + timedelta(hours=2))
    assert told(kari) == []
    for minutes in (0, 1, 60):
        with clock.frozen(NOON.replace(hour=20) + timedelta(minutes=minutes)):
            assert told(kari) == [UPDATE]
    with clock.frozen(NOON.replace(hour=8, minute=30) + timedelta(days=1)):
        assert told(kari) == [UPDATE], "nobody came at night"
        add_visit(borghild, NOON.replace(hour=8) + timedelta(days=1))
        assert told(kari) == [UPDATE, UPDATE]


def test_at_night_only_a_missing_visit_wakes_her(
    kari_follows: Representation, kari: Person, borghild: Person, add_visit: AddVisit, goes_wrong: GoesWrong, told: Told
) -> None:
    with clock.frozen(NOON.replace(hour=23)):
        goes_wrong(add_visit(borghild))
        assert told(kari) == []
        goes_wrong(add_visit(borghild), DeviationKind.MISSING)
        assert told(kari) == [CONCERN]


def test_what_still_stands_when_the_quiet_hours_end_is_told_then(
    kari_follows: Representation, kari: Person, borghild: Person, add_visit: AddVisit, goes_wrong: GoesWrong,
    signed_off: SignedOff, told: Told, chooses: Chooses,
) -> None:  # fmt: skip
    chooses(kari, borghild, chosen(quiet=("21:00", "06:30"), breaks=False))
    with clock.frozen(NOON.replace(hour=23)):
        stands, passes = add_visit(borghild), add_visit(borghild)
        goes_wrong(stands, DeviationKind.MISSING)
        goes_wrong(passes)
        assert told(kari) == []
    with clock.frozen(NOON.replace(hour=23, minute=50)):
        signed_off(passes)
    morning = NOON + timedelta(days=1)
    with clock.frozen(morning.replace(hour=6, minute=29)):
        assert told(kari) == []
    with clock.frozen(morning.replace(hour=6, minute=30)):
        assert told(kari) == [CONCERN], "one, of the visit that nobody has signed off"


@pytest.mark.parametrize(("hour", "is_told"), [(9, True), (10, False), (15, False), (16, True)])
def test_quiet_hours_may_lie_within_a_day(
    kari_follows: Representation, kari: Person, borghild: Person, add_visit: AddVisit, goes_wrong: GoesWrong,
    told: Told, chooses: Chooses, hour: int, is_told: bool,
) -> None:  # fmt: skip
    chooses(kari, borghild, chosen(quiet=("10:00", "16:00")))
    with clock.frozen(NOON.replace(hour=hour)):
        goes_wrong(add_visit(borghild))
        assert bool(told(kari)) is is_told


def test_one_notice_when_several_whom_kari_follows_need_it_at_once(
    kari_follows: Representation, follows: Follow, kari: Person, borghild: Person, ola: Person, add_visit: AddVisit,
    goes_wrong: GoesWrong, signed_off: SignedOff, told: Told, chooses: Chooses,
) -> None:  # fmt: skip
    follows(kari, ola)
    chooses(kari, ola, chosen(Choice.EACH_VISIT))
    for whom in (borghild, ola):
        goes_wrong(add_visit(whom))
    with clock.frozen(NOON + timedelta(minutes=1)):
        goes_wrong(add_visit(ola))
        signed_off(add_visit(ola))
        assert told(kari) == [CONCERN]


def test_the_right_to_know_is_judged_when_it_is_told(
    kari_follows: Representation, kari: Person, borghild: Person, ola: Person, add_visit: AddVisit,
    goes_wrong: GoesWrong, told: Told, follows: Follow,
) -> None:  # fmt: skip
    follows(ola, borghild, area=Area.ECONOMY)
    goes_wrong(add_visit(borghild))
    with db.transaction() as session:
        session.merge(kari_follows).revoked_at = clock.now()
    assert told(kari) == told(ola) == told(borghild) == []


def test_nobody_is_told_that_it_went_well_who_may_no_longer_know(
    kari_follows: Representation, kari: Person, borghild: Person, add_visit: AddVisit, goes_wrong: GoesWrong,
    signed_off: SignedOff, told: Told,
) -> None:  # fmt: skip
    visit = add_visit(borghild)
    goes_wrong(visit)
    assert told(kari) == [CONCERN]
    with db.transaction() as session:
        session.merge(kari_follows).visits_stopped_at = clock.now()
    signed_off(visit)
    assert told(kari) == [CONCERN]


def test_of_somebody_with_a_protected_address_nobody_is_told_anything(
    kari_follows: Representation, kari: Person, borghild: Person, add_visit: AddVisit, goes_wrong: GoesWrong,
    told: Told, chooses: Chooses,
) -> None:  # fmt: skip
    chooses(kari, borghild, chosen(Choice.SUMMARY))
    with db.transaction() as session:
        session.execute(update(Person).where(Person.id == borghild.id).values(protection=Protection.CONFIDENTIAL))
    goes_wrong(add_visit(borghild), DeviationKind.MISSING)
    assert told(kari) == []
    with clock.frozen(NOON.replace(hour=20)):
        assert told(kari) == []


def test_a_deviation_that_nobody_has_handled_for_days_is_no_news_to_a_new_follower(
    follows: Follow, kari: Person, borghild: Person, add_visit: AddVisit, goes_wrong: GoesWrong, told: Told
) -> None:
    goes_wrong(add_visit(borghild))
    with clock.frozen(NOON + timedelta(days=2)):
        follows(kari, borghild)
        assert told(kari) == []


def test_a_job_that_is_killed_has_told_nothing_and_tells_it_when_it_starts_again(
    kari_follows: Representation, kari: Person, borghild: Person, add_visit: AddVisit, goes_wrong: GoesWrong, told: Told
) -> None:
    goes_wrong(add_visit(borghild))

    def killed() -> None:
        with db.transaction() as session:
            telling.tell(session)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        killed()
    assert told_before(kari) == []
    assert told(kari) == [CONCERN]


def test_one_municipality_in_trouble_does_not_silence_the_others(
    kari_follows: Representation, kari: Person, borghild: Person, nord_fron: Municipality, add_visit: AddVisit,
    goes_wrong: GoesWrong, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    goes_wrong(add_visit(borghild))
    tell = telling.tell

    def trouble_in_nord_fron(session: Session) -> None:
        if db.current_municipality_id() == nord_fron.id:
            raise RuntimeError
        tell(session)

    monkeypatch.setattr(telling, "tell", trouble_in_nord_fron)
    telling.tell_followers(timestamp=0)
    assert told_before(kari) == [CONCERN]
    assert [record.message for record in caplog.records] == [
        f"could not tell the followers of municipality {nord_fron.id}: RuntimeError"
    ]


def test_two_jobs_at_once_tell_it_once(
    kari_follows: Representation, kari: Person, borghild: Person, add_visit: AddVisit, goes_wrong: GoesWrong
) -> None:
    goes_wrong(add_visit(borghild))
    found = []
    with db.read_only() as session:
        found = list(telling.news(session, clock.now()))
    assert len(found) == 1
    for expected in (1, 0):
        with db.transaction() as session:
            assert len(telling._first_told(session, found)) == expected
    with db.read_only() as session:
        assert session.scalars(select(Notice)).all() == []
        assert len(session.scalars(select(Deviation)).all()) == 1


@pytest.mark.parametrize(
    ("now", "since", "until"),
    [
        ("2026-11-24 08:29", "2026-11-23 08:30", "2026-11-23 20:00"),
        ("2026-11-24 08:30", "2026-11-23 20:00", "2026-11-24 08:30"),
        ("2026-11-24 23:59", "2026-11-24 08:30", "2026-11-24 20:00"),
        ("2026-10-25 20:00", "2026-10-25 08:30", "2026-10-25 20:00"),
    ],
)
def test_summaries_are_about_the_time_since_the_one_before(now: str, since: str, until: str) -> None:
    def oslo(text: str) -> datetime:
        return clock.from_oslo(datetime.fromisoformat(text))

    assert due_summary(oslo(now)) == (oslo(since), oslo(until))
