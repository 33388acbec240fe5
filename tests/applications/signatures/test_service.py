"""Kari applies, and Per must sign as well: what is sent is what both stand for."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import select

from citizen_portal import clock, db
from citizen_portal.applications import queries as applications
from citizen_portal.applications import service as application_service
from citizen_portal.applications.drafts import deleting
from citizen_portal.applications.errors import AlreadySent, ChangedMeanwhile, SignatureNeeded
from citizen_portal.applications.models import Application
from citizen_portal.applications.signatures import queries, service
from citizen_portal.applications.signatures.errors import AlreadyAsked, SignerIsApplicant
from citizen_portal.applications.signatures.models import SignatureRequest
from citizen_portal.applications.status import EventKind, Status
from citizen_portal.auth.actor import Assurance, Citizen
from citizen_portal.errors import AssuranceTooLow, NotFound
from citizen_portal.identity.models import Person, Protection, Representation
from citizen_portal.identity.service import UNNAMED
from citizen_portal.journal.models import CorrespondenceParty
from citizen_portal.notifications.models import Notice, Occasion
from tests.applications.conftest import STEPS
from tests.applications.signatures.conftest import FilledIn, change, inhabitant, reloaded

ActorFor = Callable[..., Citizen]


@pytest.fixture
def draft(kari: Person, actor_for: ActorFor, filled_in: FilledIn) -> Application:
    """Kari's own, which somebody else must sign."""
    return filled_in(actor_for(kari))


def ask(actor: Citizen, draft: Application, whom: Person, last_name: str = "Moen") -> SignatureRequest:
    with db.transaction() as session:
        return service.ask_by_number(session, actor, draft.id, draft.revision, whom.national_id, last_name)


def sign(actor: Citizen, request: SignatureRequest, revision: int | None = None) -> Application:
    with db.transaction() as session:
        return service.sign(session, actor, request.id, request.revision if revision is None else revision)


def read(actor: Citizen, request: SignatureRequest) -> queries.AskedSignature:
    with db.read_only() as session:
        return queries.asked_signature(session, actor, request.id)


def as_sent(actor: Citizen, draft: Application) -> Application:
    with db.read_only() as session:
        return applications.application_for(session, actor, draft.id)


def test_it_is_sent_when_the_second_has_signed(
    kari: Person, per: Person, draft: Application, actor_for: ActorFor
) -> None:
    request = ask(actor_for(kari), draft, per)
    assert as_sent(actor_for(kari), draft).is_draft
    sent = sign(actor_for(per), request)
    assert (sent.status, sent.person_id, sent.representative_id) == (Status.RECEIVED, kari.id, None)
    with db.read_only() as session:
        received, signed = applications.timeline(session, sent)
        senders = session.scalars(select(CorrespondenceParty.name).where(CorrespondenceParty.unit_name.is_(None))).all()
        told = [(notice.person_id, notice.occasion) for notice in session.scalars(select(Notice))]
    assert (signed.kind, signed.facts) == (EventKind.SIGNED, {"by": "Per Moen"})
    assert received.kind is EventKind.RECEIVED
    assert senders == ["Kari Moen og Per Moen"]
    assert (per.id, Occasion.SIGNATURE_ASKED) in told
    assert (kari.id, Occasion.APPLICATION_RECEIVED) in told


def test_the_applicant_cannot_send_it_alone(kari: Person, draft: Application, actor_for: ActorFor) -> None:
    with pytest.raises(SignatureNeeded), db.transaction() as session:
        application_service.submit(session, actor_for(kari), draft.id, draft.revision)


def test_where_the_condition_is_not_met_one_signature_is_enough(
    kari: Person, draft: Application, actor_for: ActorFor
) -> None:
    with db.transaction() as session:
        alone, _ = application_service.save_step(session, actor_for(kari), draft.id, 1, {"for_whom": "self"}, "nb")
        application_service.submit(session, actor_for(kari), draft.id, alone.revision)
    assert not as_sent(actor_for(kari), draft).is_draft


def test_a_change_makes_the_request_void_and_asking_again_makes_a_new_one(
    kari: Person, per: Person, draft: Application, actor_for: ActorFor
) -> None:
    first = ask(actor_for(kari), draft, per)
    changed = change(actor_for(kari), draft.id)
    assert read(actor_for(per), first).is_void
    for revision in (first.revision, changed.revision):
        with pytest.raises(ChangedMeanwhile):
            sign(actor_for(per), first, revision)
    second = ask(actor_for(kari), changed, per)
    with pytest.raises(NotFound):
        sign(actor_for(per), first)
    assert not sign(actor_for(per), second).is_draft


def test_saving_the_same_again_changes_nothing(
    kari: Person, per: Person, draft: Application, actor_for: ActorFor
) -> None:
    request = ask(actor_for(kari), draft, per)
    with db.transaction() as session:
        application_service.save_step(session, actor_for(kari), draft.id, 2, STEPS[2], "nb")
    assert not sign(actor_for(per), request).is_draft


def test_signing_or_asking_twice_counts_once(
    kari: Person, per: Person, draft: Application, actor_for: ActorFor
) -> None:
    request, again = ask(actor_for(kari), draft, per), ask(actor_for(kari), draft, per)
    assert request.id == again.id
    first, second = sign(actor_for(per), request), sign(actor_for(per), request)
    assert first.case_file_id == second.case_file_id is not None
    with db.read_only() as session:
        told = session.scalars(select(Notice.occasion).where(Notice.person_id == per.id)).all()
    assert told == [Occasion.SIGNATURE_ASKED]


def test_one_is_asked_at_a_time(
    kari: Person, per: Person, ola: Person, draft: Application, actor_for: ActorFor
) -> None:
    request = ask(actor_for(kari), draft, per)
    with pytest.raises(AlreadyAsked):
        ask(actor_for(kari), draft, ola, "Nordli")
    with db.transaction() as session:
        service.withdraw(session, actor_for(kari), draft.id)
        service.withdraw(session, actor_for(kari), draft.id)
    with pytest.raises(NotFound):
        sign(actor_for(per), request)
    assert not sign(actor_for(ola), ask(actor_for(kari), draft, ola, "Nordli")).is_draft


def test_who_says_no_reads_nothing_more_and_the_applicant_is_told_why(
    kari: Person, per: Person, draft: Application, actor_for: ActorFor
) -> None:
    request = ask(actor_for(kari), draft, per)
    with db.transaction() as session:
        service.refuse(session, actor_for(per), request.id, " Vi må snakke først. ")
    with pytest.raises(NotFound):
        read(actor_for(per), request)
    assert reloaded(request).refusal_reason == "Vi må snakke først."
    with db.read_only() as session:
        told = session.scalars(select(Notice.occasion).where(Notice.person_id == kari.id)).all()
    assert told == [Occasion.APPLICATION_CHANGED]
    assert not sign(actor_for(per), ask(actor_for(kari), draft, per)).is_draft


def test_nobody_says_no_to_what_is_sent_nor_takes_it_back(
    kari: Person, per: Person, draft: Application, actor_for: ActorFor
) -> None:
    request = ask(actor_for(kari), draft, per)
    sign(actor_for(per), request)
    with pytest.raises(AlreadySent), db.transaction() as session:
        service.refuse(session, actor_for(per), request.id, None)
    with pytest.raises(AlreadySent), db.transaction() as session:
        service.withdraw(session, actor_for(kari), draft.id)


def test_a_deleted_draft_takes_the_request_with_it(
    kari: Person, per: Person, draft: Application, actor_for: ActorFor
) -> None:
    request = ask(actor_for(kari), draft, per)
    with db.transaction() as session:
        deleting.delete_draft(session, actor_for(kari), draft.id)
    with pytest.raises(NotFound):
        sign(actor_for(per), request)


def test_the_applicant_cannot_be_the_second(kari: Person, draft: Application, actor_for: ActorFor) -> None:
    with pytest.raises(SignerIsApplicant):
        ask(actor_for(kari), draft, kari)


def test_only_who_is_asked_reads_and_signs(
    kari: Person, per: Person, ola: Person, draft: Application, actor_for: ActorFor
) -> None:
    request = ask(actor_for(kari), draft, per)
    for stranger in (ola, kari):
        with pytest.raises(NotFound):
            read(actor_for(stranger), request)
        with pytest.raises(NotFound):
            sign(actor_for(stranger), request)
    with pytest.raises(AssuranceTooLow):
        read(actor_for(per, Assurance.SUBSTANTIAL), request)


def test_a_slip_of_a_digit_shows_nothing_to_whoever_has_that_number(
    kari: Person, ola: Person, draft: Application, actor_for: ActorFor
) -> None:
    request = ask(actor_for(kari), draft, ola, "Moen")
    with pytest.raises(NotFound):
        read(actor_for(ola), request)
    with db.read_only() as session:
        assert queries.standing(session, actor_for(ola), []).asked == []


def test_somebody_unknown_is_made_known_and_signs_when_she_has_logged_in(
    kari: Person, per: Person, draft: Application, actor_for: ActorFor
) -> None:
    unknown = inhabitant("Anne Ruud", date(1975, 5, 6))
    number = unknown.national_id
    with db.transaction() as session:
        session.delete(session.get_one(Person, (unknown.municipality_id, unknown.id)))
    with db.transaction() as session:
        request = service.ask_by_number(session, actor_for(kari), draft.id, draft.revision, number, "Ruud")
    with db.read_only() as session:
        assert session.get_one(Person, (kari.municipality_id, request.signer_id)).name == UNNAMED
    anne = inhabitant("Anne Ruud", date(1975, 5, 6))  # the same number: the name of her login
    assert anne.id == request.signer_id
    assert not sign(actor_for(anne), request).is_draft


@pytest.mark.usefixtures("parents")
def test_the_other_parent_is_chosen_and_each_may_apply_for_the_child(
    kari: Person, per: Person, emma: Person, actor_for: ActorFor, filled_in: FilledIn
) -> None:
    karis = _for(actor_for(kari), emma)
    draft = filled_in(karis)
    with db.transaction() as session:
        assert [p.name for p in queries.other_parents(session, karis, draft)] == ["Per Moen"]
        request = service.ask_parent(session, karis, draft.id, draft.revision, per.id)
    with db.transaction() as session:  # Per looks into it, saves without a change, and is no applicant by that
        application_service.save_step(session, _for(actor_for(per), emma), draft.id, 2, STEPS[2], "nb")
    sent = sign(actor_for(per), request)
    assert (sent.person_id, sent.representative_name) == (emma.id, "Kari Moen")
    with db.read_only() as session:
        senders = session.scalars(select(CorrespondenceParty.name).where(CorrespondenceParty.unit_name.is_(None))).all()
    assert senders == ["Emma Moen v/ Kari Moen og Per Moen"]


@pytest.mark.usefixtures("parents")
def test_who_may_no_longer_apply_for_the_child_has_nothing_signed(
    kari: Person, per: Person, emma: Person, actor_for: ActorFor, filled_in: FilledIn
) -> None:
    karis = _for(actor_for(kari), emma)
    draft = filled_in(karis)
    request = ask(karis, draft, per)
    with db.transaction() as session:
        own = select(Representation).where(Representation.representative_id == kari.id)
        session.scalars(own).one().revoked_at = clock.now()
    with pytest.raises(NotFound):
        sign(actor_for(per), request)


@pytest.mark.usefixtures("parents")
def test_a_parent_whose_address_is_protected_is_not_to_be_chosen(
    kari: Person, per: Person, emma: Person, actor_for: ActorFor, filled_in: FilledIn
) -> None:
    karis = _for(actor_for(kari), emma)
    draft = filled_in(karis)
    with db.transaction() as session:
        session.merge(per).protection = Protection.CONFIDENTIAL
        assert queries.other_parents(session, karis, draft) == []
    with pytest.raises(NotFound), db.transaction() as session:
        service.ask_parent(session, karis, draft.id, draft.revision, per.id)


def test_the_second_follows_it_only_while_the_applicants_address_is_nobodys_secret(
    kari: Person, per: Person, draft: Application, actor_for: ActorFor
) -> None:
    request = ask(actor_for(kari), draft, per)
    sign(actor_for(per), request)
    assert not read(actor_for(per), request).application.is_draft
    with db.transaction() as session:
        session.merge(kari).protection = Protection.CONFIDENTIAL
    with pytest.raises(NotFound):
        read(actor_for(per), request)


def test_who_signs_while_the_applicant_changes_waits_and_signs_nothing(
    kari: Person, per: Person, draft: Application, actor_for: ActorFor
) -> None:
    request, karis, pers = ask(actor_for(kari), draft, per), actor_for(kari), actor_for(per)

    def sign_in_another_window() -> Application:
        with db.as_municipality(kari.municipality_id):
            return sign(pers, request)

    with ThreadPoolExecutor() as windows:
        with db.transaction() as session:
            application_service.save_step(session, karis, draft.id, 2, {**STEPS[2], "needs": "Noe annet"}, "nb")
            session.flush()
            signing = windows.submit(sign_in_another_window)
            with pytest.raises(TimeoutError):
                signing.result(timeout=0.5)
        with pytest.raises(ChangedMeanwhile):
            signing.result(timeout=20)
    assert as_sent(karis, draft).is_draft


def test_two_who_sign_at_once_send_it_once(kari: Person, per: Person, draft: Application, actor_for: ActorFor) -> None:
    request, pers = ask(actor_for(kari), draft, per), actor_for(per)

    def sign_in_a_window(_number: int) -> object:
        with db.as_municipality(kari.municipality_id):
            return sign(pers, request).case_file_id

    with ThreadPoolExecutor(2) as windows:
        assert len(set(windows.map(sign_in_a_window, range(2)))) == 1


def _for(actor: Citizen, child: Person) -> Citizen:
    return replace(actor, acting_for=actor.principal(child.id))
