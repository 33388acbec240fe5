"""All that the portal keeps about visits of a person, and about her who follows them, is in her copy."""

from collections.abc import Callable
from datetime import time, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from citizen_portal import clock, db
from citizen_portal.applications.models import Application
from citizen_portal.auth.actor import Citizen
from citizen_portal.db import new_id
from citizen_portal.identity.models import Person, Protection, Representation, StaffMember
from citizen_portal.migrations.models import metadata
from citizen_portal.my_data.models import Form
from citizen_portal.notifications.models import PushSubscription
from citizen_portal.visits.changes.models import ChangeKind, ChangeRequest
from citizen_portal.visits.deviations.models import Closing, Deviation, DeviationKind
from citizen_portal.visits.following.models import Choice, VisitFollowing
from citizen_portal.visits.models import Visit
from citizen_portal.visits.names.models import VisitorNameConsent
from citizen_portal.visits.rounds.models import NotHomeReason, Outcome, VisitSignOff
from tests.my_data.conftest import opened, stored
from tests.my_data.test_copy import read_pdf

IN_THE_COPY = {
    "application", "case_file", "data_export", "data_request", "message", "notice", "push_subscription",
    "representation", "signature_request", "thread", "visit", "visit_change_request", "visit_deviation",
    "visit_following", "visitor_name_consent",
    "application_task",  # in the application's timeline, what is not sent in the drafts
    "application_file", "appeal",  # as documents of the case
}  # fmt: skip
LEFT_OUT = {
    "access_complaint": "stands in the access log, which tells that she asked",
    "access_grant": "stands in the access log, with the reason",
    "held_form": "a form that waits for her login, gone within the hour",
    "login_session": "stands in the logins",
    "staff_member": "an employee's account is no matter of the citizen's page",
    "visit_report": "what a visit is settled from: the visit tells it",
    "visit_told": "what a notice was about: the notices and the deviations tell it",
}


def test_no_table_about_people_is_forgotten() -> None:
    about_people = {
        table.name
        for table in metadata.sorted_tables
        for key in table.foreign_key_constraints
        if key.referred_table.name == "person"
    }
    assert about_people == IN_THE_COPY | set(LEFT_OUT)


@pytest.fixture
def borghilds_visits(karis_story: Application, karis: Citizen, borghild: Person, jonas: StaffMember) -> None:
    """A visit of Borghild's was signed off by mistake, went wrong and was handled, and Kari asked to have it moved."""
    now = clock.now()
    with db.transaction() as session:
        visit = session.scalars(select(Visit).where(Visit.care_recipient_id == borghild.id)).one()
        of_visit: dict[str, Any] = {"visit_id": visit.id}
        sign_off: dict[str, Any] = {"staff_id": jonas.id, "performed_at": now, "device_at": now, "received_at": now}
        wrong = Deviation(
            kind=DeviationKind.MISSING, care_recipient_id=borghild.id, expected_at=now, **of_visit, opened_at=now
        )
        wrong.close(Closing.HANDLED, now)
        wrong.handled_by_name, wrong.handled_reason = "Jonas Berg", "Ringte Borghild, alt var bra."
        request = ChangeRequest(
            id=new_id(), kind=ChangeKind.MOVE, wish="Etter klokka 15", asked_by_id=karis.person_id,
            asked_by_name=karis.name, asked_at=now, planned_start_at=now, updated_at=now, **of_visit,
        )  # fmt: skip
        request.answer_with(is_granted=False, text="Det er ikke ledig da.", by="Jonas Berg", at=now)
        session.add_all([
            wrong,
            request,
            VisitSignOff(**of_visit, **sign_off, outcome=Outcome.NOT_HOME, reason=NotHomeReason.AWAY, undone_at=now),
            VisitorNameConsent(person_id=borghild.id, allowed_at=now),
            VisitFollowing(
                follower_id=karis.person_id, care_recipient_id=borghild.id, choice=Choice.SUMMARY,
                quiet_from=time(22), quiet_until=time(7), missing_breaks_quiet=True, chosen_at=now, summarised_at=now,
            ),
            PushSubscription(
                person_id=karis.person_id, endpoint_hash=b"x", subscription_encrypted=b"a secret", created_at=now
            ),
        ])  # fmt: skip
        session.execute(update(Representation).values(visits_stopped_at=now + timedelta(minutes=1)))


def test_borghild_gets_what_was_signed_off_and_what_went_wrong_and_what_was_asked_for_her(
    borghilds_visits: None, borghild: Person, actor_for: Callable[..., Any]
) -> None:
    copy = opened(actor_for(borghild))
    (sign_off,) = copy.data["visit_sign_offs"]
    assert (sign_off["outcome"], sign_off["reason"], bool(sign_off["undone_at"])) == ("not_home", "away", True)
    (wrong,) = copy.data["visit_deviations"]
    assert (wrong["kind"], wrong["closed_as"]) == ("missing", "handled")
    assert (wrong["handled_by"], wrong["handled_reason"]) == ("Jonas Berg", "Ringte Borghild, alt var bra.")
    (asked,) = copy.data["visit_changes"]
    assert (asked["about"], asked["asked_by"], asked["state"]) == ("own visit", "Kari Moen", "declined")
    assert (asked["wish"], asked["answer"]) == ("Etter klokka 15", "Det er ikke ledig da.")
    assert len(copy.data["visitor_names"]) == 1
    assert copy.data["followings"] == copy.data["browsers"] == []
    assert copy.data["representations"][0]["visits_stopped_at"]
    assert str(copy.data).count("Jonas Berg") == 2, "who signed off is named where both have said yes to it only"
    said = read_pdf(stored(copy.export, Form.PDF))
    for told in ("ikke hjemme · bortreist eller ute", "Ringte Borghild", "Etter klokka 15", "ser ikke besøkene"):
        assert told in said


def test_kari_gets_what_she_chose_and_her_own_words_and_nothing_of_her_mothers_day(
    borghilds_visits: None, karis: Citizen
) -> None:
    copy = opened(karis)
    (following,) = copy.data["followings"]
    assert (following["whose"], following["choice"], following["quiet_from"]) == (
        "Borghild Moen",
        "summary",
        "22:00:00",
    )
    (asked,) = copy.data["visit_changes"]
    assert (asked["about"], asked["wish"], asked["state"]) == ("another's visit", "Etter klokka 15", "declined")
    assert (asked["visit_planned_at"], asked["answer"], asked["answered_by"]) == (None, None, None)
    assert len(copy.data["browsers"]) == 1
    assert copy.data["visit_sign_offs"] == copy.data["visit_deviations"] == copy.data["visitor_names"] == []
    assert "secret" not in copy.everything
    assert "Borghild Moen · morgen og kveld · stille 22:00–07:00" in read_pdf(stored(copy.export, Form.PDF))


def test_of_somebody_with_a_protected_address_nothing_tells_when_somebody_came(
    borghilds_visits: None, borghild: Person, actor_for: Callable[..., Any]
) -> None:
    actor = actor_for(borghild)
    with db.transaction() as session:
        session.execute(update(Person).where(Person.id == borghild.id).values(protection=Protection.CONFIDENTIAL))
    data = opened(actor).data
    assert data["visits"] == data["visit_sign_offs"] == data["visit_deviations"] == []
    (asked,) = data["visit_changes"]
    assert (asked["wish"], asked["visit_planned_at"], asked["answer"]) == ("Etter klokka 15", None, None)
