"""Siri writes a decision, a manager approves it, and it goes out whole or not at all."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import pypdfium2
import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from citizen_portal import clock, db, storage
from citizen_portal.applications import queries as applications
from citizen_portal.applications import service as application_service
from citizen_portal.applications.decisions import queries, service
from citizen_portal.applications.decisions.errors import AppealStillOpen, NotApproved, OwnWriting, PartsMissing
from citizen_portal.applications.decisions.models import Decision, Delivery
from citizen_portal.applications.decisions.reaching import tell_again
from citizen_portal.applications.decisions.terms import GROUNDS, RIGHTS, DecisionState, Outcome, Part
from citizen_portal.applications.errors import ChangedMeanwhile, NotPossibleNow
from citizen_portal.applications.models import Application
from citizen_portal.applications.status import EventKind, Status
from citizen_portal.audit.models import AuditEvent, EventTag
from citizen_portal.auth.actor import Citizen, Role, Staff
from citizen_portal.errors import NotFound
from citizen_portal.identity.models import Person, StaffMember
from citizen_portal.journal import queries as journal
from citizen_portal.journal.models import RegistryEntry
from citizen_portal.journal.terms import EntryType, SignOffMethod
from citizen_portal.notifications.models import Notice, Occasion
from citizen_portal.tenancy.models import Unit
from tests.applications.conftest import Sent, reload
from tests.applications.decisions.conftest import WORDS, Decide, read_now, send, write
from tests.conftest import ActorFor
from tests.staff.conftest import Colleague, colleague, schools

__all__ = ["colleague", "schools"]


@pytest.fixture
def application(sent: Sent, kari_acts: Citizen) -> Application:
    """What Kari has sent."""
    return sent(kari_acts)


def _text_of(application: Application) -> str:
    with db.read_only() as session:
        letter = queries.letters_of(session, application)[0]
    pdf = pypdfium2.PdfDocument(storage.files().read(letter.file.sha256))
    return " ".join(" ".join(page.get_textpage().get_text_bounded() for page in pdf).split())


def _entries(application: Application) -> list[RegistryEntry]:
    assert application.case_file_id is not None
    with db.read_only() as session:
        return list(journal.entries_of_case(session, application.case_file_id))


def _tags(subject: Decision) -> list[str]:
    with db.read_only() as session:
        query = select(AuditEvent.tag).where(AuditEvent.subject_id == subject.id)
        return list(session.scalars(query.order_by(AuditEvent.sequence_number)))


def test_what_siri_decides_goes_out_with_a_letter_a_notice_and_a_dated_line(
    application: Application, siri_acts: Staff, kari_acts: Citizen, decide: Decide
) -> None:
    decision = decide(application, Outcome.GRANTED)
    now = reload(kari_acts, application.id)
    assert (now.status, decision.state) == (Status.GRANTED, DecisionState.SENT)
    assert now.decided_at is not None
    with db.read_only() as session:
        newest = applications.timeline(session, now)[0]
        [letter] = queries.letters_of(session, now)
        entry = journal.registry_entry(session, letter.delivery.registry_entry_id)
        incoming = journal.registry_entry(session, application.registry_entry_id)
        notice = session.scalars(select(Notice).where(Notice.occasion == Occasion.DECISION_SENT)).one()
    assert (newest.kind, newest.actor_name) == (EventKind.GRANTED, "Siri Haugen")
    assert (entry.entry_type, entry.title) == (EntryType.OUTGOING, "Vedtak – Søknad om trygghetsalarm – Borghild Moen")
    assert entry.public_title == "Vedtak – Søknad om trygghetsalarm – *****"
    assert "recipient_name" in entry.screening_metadata
    assert "sender_name" not in entry.screening_metadata
    [signed] = incoming.sign_offs
    assert (signed.method, signed.answer_id) == (SignOffMethod.ANSWERED_BY_LETTER, entry.id)
    assert notice.person_id == kari_acts.person_id
    assert _tags(decision) == [EventTag.DECISION_SENT]


def test_the_letter_says_the_outcome_first_and_all_that_the_law_demands(
    application: Application, decide: Decide
) -> None:
    decide(application, Outcome.REFUSED)
    said = _text_of(application)
    for words in (
        "Søknaden din er avslått.",
        "Du får trygghetsalarm fra 1. desember 2026.",
        "Du har falt to ganger i høst.",
        "helse- og omsorgstjenesteloven § 3-1 og § 3-2",
        "Du er utrygg hjemme",
        "Du har rett til å klage",
        "Fristen er tre uker fra vedtaket kom fram til deg",
        "Statsforvalteren i Innlandet",
        "Hjemmetjenesten i Ringebu kommune",
        "forvaltningsloven §§ 18 og 19",
        "§ 42",
        "§ 36",
        "Siri Haugen",
    ):
        assert words in said
    assert said.index("Søknaden din er avslått.") < said.index("Dette har vi bestemt")


def test_a_decision_for_who_wrote_in_nynorsk_is_in_nynorsk(
    application: Application, siri_acts: Staff, kari_acts: Citizen
) -> None:
    written = write(siri_acts, application, Outcome.REFUSED, language="nn")
    send(siri_acts, application, written)
    said = _text_of(application)
    assert "Du får ikkje det du søkte om." in said
    assert "Fristen er tre veker" in said
    assert "Statsforvaltaren i Innlandet" in said


@pytest.mark.parametrize("part", [Part.DECIDED, *GROUNDS, *RIGHTS])
def test_a_decision_without_a_part_that_the_law_demands_is_not_sent(
    application: Application, siri_acts: Staff, kari_acts: Citizen, part: Part
) -> None:
    written = write(siri_acts, application, Outcome.REFUSED, {**WORDS, part: " \n"}, shown=Outcome.REFUSED)
    with pytest.raises(PartsMissing) as refused:
        send(siri_acts, application, written)
    assert refused.value.parts == (part,)
    assert reload(kari_acts, application.id).status is Status.RECEIVED
    assert len(_entries(application)) == 1


def test_a_decision_without_an_outcome_is_not_sent(application: Application, siri_acts: Staff) -> None:
    with pytest.raises(PartsMissing) as refused:
        send(siri_acts, application, write(siri_acts, application, None))
    assert refused.value.lacks_outcome


@pytest.mark.parametrize("part", GROUNDS)
def test_what_grants_everything_may_go_without_reasons(
    application: Application, siri_acts: Staff, kari_acts: Citizen, part: Part
) -> None:
    said = {**WORDS, part: ""}
    send(siri_acts, application, write(siri_acts, application, Outcome.GRANTED, said, shown=Outcome.GRANTED))
    assert reload(kari_acts, application.id).status is Status.GRANTED


def test_the_standard_texts_follow_outcome_and_language_until_somebody_writes_over_them(
    application: Application, siri_acts: Staff
) -> None:
    assert application.case_file_id is not None

    def texts() -> dict[Part, str]:
        with db.read_only() as session:
            return queries.desk(session, siri_acts, application.case_file_id).texts

    write(siri_acts, application, Outcome.GRANTED, texts())
    assert texts()[Part.POSTPONEMENT] == ""
    write(siri_acts, application, Outcome.REFUSED, texts(), shown=Outcome.GRANTED)
    assert "§ 42" in texts()[Part.POSTPONEMENT]
    write(siri_acts, application, Outcome.REFUSED, texts(), language="nn", shown=Outcome.REFUSED)
    assert "veker" in texts()[Part.DEADLINE]
    mine = {**texts(), Part.PROCEDURE: "Ring oss på 61 28 31 00."}
    write(siri_acts, application, Outcome.REFUSED, mine, language="nb", shown=Outcome.REFUSED)
    assert texts()[Part.PROCEDURE] == "Ring oss på 61 28 31 00."
    assert "uker" in texts()[Part.DEADLINE]


def test_saving_the_same_again_is_no_change(application: Application, siri_acts: Staff) -> None:
    first = write(siri_acts, application, Outcome.REFUSED)
    assert write(siri_acts, application, Outcome.REFUSED).revision == first.revision


def test_what_siri_did_not_look_over_is_not_sent(application: Application, siri_acts: Staff) -> None:
    looked_over = write(siri_acts, application, Outcome.REFUSED)
    write(siri_acts, application, Outcome.GRANTED)
    with pytest.raises(ChangedMeanwhile):
        send(siri_acts, application, looked_over)


def test_siri_taps_send_in_four_tabs_at_once_and_one_decision_goes_out(
    application: Application, siri_acts: Staff
) -> None:
    written = write(siri_acts, application, Outcome.GRANTED)

    def tap(_tab: int) -> object:
        with db.as_municipality(siri_acts.municipality_id):
            return send(siri_acts, application, written).id

    with ThreadPoolExecutor(4) as tabs:
        assert set(tabs.map(tap, range(4))) == {written.id}
    assert [entry.entry_type for entry in _entries(application)] == [EntryType.INCOMING, EntryType.OUTGOING]


def test_kari_withdraws_while_siri_decides_and_there_is_one_truth(
    application: Application, siri_acts: Staff, kari_acts: Citizen
) -> None:
    written = write(siri_acts, application, Outcome.GRANTED)
    with db.transaction() as session:
        application_service.withdraw(session, kari_acts, application.id)
    with pytest.raises(NotPossibleNow):
        send(siri_acts, application, written)
    assert reload(kari_acts, application.id).status is Status.WITHDRAWN


def test_a_decision_that_was_sent_is_never_changed(application: Application, decide: Decide) -> None:
    decision = decide(application)
    with pytest.raises(DBAPIError, match="neither changed nor deleted"), db.transaction() as session:
        session.execute(text("UPDATE decision SET outcome = 'granted' WHERE id = :id"), {"id": decision.id})


def test_nobody_but_the_unit_decides(
    application: Application,
    siri_acts: Staff,
    colleague: Colleague,
    schools: Unit,
    actor_for: ActorFor,
    nils: StaffMember,
) -> None:
    elsewhere = actor_for(colleague(unit=schools))
    assert isinstance(elsewhere, Staff)
    with pytest.raises(NotFound):
        write(elsewhere, application, Outcome.GRANTED)
    neighbour = actor_for(nils)
    assert isinstance(neighbour, Staff)
    with db.as_municipality(nils.municipality_id), pytest.raises(NotFound):
        write(neighbour, application, Outcome.GRANTED)


@pytest.mark.usefixtures("needs_approval")
class TestApproval:
    """Where the unit demands that a second person looks it over."""

    @pytest.fixture
    def manager(self, colleague: Colleague, actor_for: ActorFor) -> Staff:
        actor = actor_for(colleague("Mona Leder", roles=(Role.MANAGER,)))
        assert isinstance(actor, Staff)
        return actor

    def _ask(self, actor: Staff, application: Application, decision: Decision) -> None:
        assert application.case_file_id is not None
        with db.transaction() as session:
            service.ask_for_approval(session, actor, application.case_file_id, decision.revision)

    def _approve(self, actor: Staff, application: Application, decision: Decision) -> None:
        assert application.case_file_id is not None
        with db.transaction() as session:
            service.approve(session, actor, application.case_file_id, decision.revision)

    def test_it_is_sent_when_the_manager_has_approved_it(
        self, application: Application, siri_acts: Staff, manager: Staff
    ) -> None:
        written = write(siri_acts, application, Outcome.REFUSED)
        with pytest.raises(NotApproved):
            send(siri_acts, application, written)
        self._ask(siri_acts, application, written)
        with db.read_only() as session:
            assert [line.decision.id for line in queries.for_approval(session, manager)] == [written.id]
            assert queries.for_approval(session, siri_acts) == []
            counted = [session.scalar(select(queries.count_for_approval(each))) for each in (manager, siri_acts)]
        assert counted == [1, 0]
        self._approve(manager, application, written)
        send(siri_acts, application, written)
        assert "Godkjent av Mona Leder" in _text_of(application)
        assert _tags(written) == [
            EventTag.DECISION_FOR_APPROVAL,
            EventTag.DECISION_APPROVED,
            EventTag.DECISION_SENT,
        ]

    def test_nobody_approves_what_she_has_written_in(
        self, application: Application, siri_acts: Staff, manager: Staff
    ) -> None:
        write(manager, application, Outcome.REFUSED)
        written = write(siri_acts, application, Outcome.GRANTED)
        self._ask(siri_acts, application, written)
        for writer in (siri_acts, manager):
            with pytest.raises(OwnWriting):
                self._approve(writer, application, written)

    def test_a_change_after_the_approval_needs_a_new_one(
        self, application: Application, siri_acts: Staff, manager: Staff
    ) -> None:
        written = write(siri_acts, application, Outcome.REFUSED)
        self._ask(siri_acts, application, written)
        self._approve(manager, application, written)
        changed = write(siri_acts, application, Outcome.REFUSED, {**WORDS, Part.FACTS: "Noe annet."})
        with pytest.raises(NotApproved):
            send(siri_acts, application, changed)

    def test_what_the_manager_did_not_see_is_not_approved(
        self, application: Application, siri_acts: Staff, manager: Staff
    ) -> None:
        seen = write(siri_acts, application, Outcome.REFUSED)
        changed = write(siri_acts, application, Outcome.GRANTED)
        self._ask(siri_acts, application, changed)
        with pytest.raises(ChangedMeanwhile):
            self._approve(manager, application, seen)

    def test_it_is_sent_back_with_a_note_and_comes_again(
        self, application: Application, siri_acts: Staff, manager: Staff
    ) -> None:
        assert application.case_file_id is not None
        written = write(siri_acts, application, Outcome.REFUSED)
        self._ask(siri_acts, application, written)
        with db.transaction() as session:
            service.send_back(session, manager, application.case_file_id, written.revision, "Skriv om naboene.")
        with db.read_only() as session:
            found = queries.desk(session, siri_acts, application.case_file_id).decision
        assert found is not None
        assert (found.state, found.return_note) == (DecisionState.DRAFT, "Skriv om naboene.")
        self._ask(siri_acts, application, found)
        self._approve(manager, application, found)

    def test_an_unfinished_one_is_not_sent_to_approval(self, application: Application, siri_acts: Staff) -> None:
        written = write(siri_acts, application, Outcome.REFUSED, {})
        with pytest.raises(PartsMissing):
            self._ask(siri_acts, application, written)


def test_the_first_opening_counts_and_stands_in_the_log(
    application: Application, kari_acts: Citizen, decide: Decide
) -> None:
    decide(application)
    read_now(kari_acts, application)
    with db.read_only() as session:
        first = queries.letters_of(session, application)[0].delivery
    with clock.frozen(clock.now() + timedelta(days=3)):
        read_now(kari_acts, application)
    with db.read_only() as session:
        again = queries.letters_of(session, application)[0].delivery
        opened = session.scalars(select(AuditEvent).where(AuditEvent.tag == EventTag.LETTER_OPENED)).one()
    assert (again.opened_at, again.opened_by_name) == (first.opened_at, "Kari Moen")
    assert opened.about_person_id == kari_acts.person_id


def test_who_does_not_open_it_is_told_again_after_a_week_and_gets_it_on_paper(
    application: Application, siri_acts: Staff, decide: Decide
) -> None:
    sent_at = datetime(2026, 12, 1, 9, tzinfo=UTC)
    with clock.frozen(sent_at):
        decide(application)

    def run(day: datetime) -> int:
        with clock.frozen(day):
            tell_again(municipality_id=siri_acts.municipality_id)
        with db.read_only() as session:
            return len(session.scalars(select(Notice).where(Notice.occasion == Occasion.DECISION_SENT)).all())

    assert run(sent_at + timedelta(days=6)) == 1
    assert run(sent_at + timedelta(days=7)) == 2
    assert run(sent_at + timedelta(days=8)) == 2
    with db.read_only() as session:
        [line] = queries.letters_to_post(session, siri_acts)
    assert line.citizen_name == "Kari Moen"
    with clock.frozen(sent_at + timedelta(days=8)):
        for _tap in range(2):
            with db.transaction() as session:
                service.post_letter(session, siri_acts, line.delivery.id, date(2026, 12, 9))
    with db.read_only() as session:
        assert queries.letters_to_post(session, siri_acts) == []
        [letter] = queries.letters_of(session, application)
        kinds = [event.kind for event in applications.timeline(session, application)]
    assert kinds.count(EventKind.LETTER_SENT) == 1
    assert letter.delivery.reached_date == date(2026, 12, 16)


def test_who_cannot_be_told_gets_a_letter_at_once_and_who_has_opened_it_none(
    application: Application, siri_acts: Staff, kari_acts: Citizen, decide: Decide
) -> None:
    decide(application)
    with db.read_only() as session:
        assert queries.letters_to_post(session, siri_acts) == []  # the notice is still on its way
    with db.transaction() as session:
        session.execute(text("UPDATE notice SET status = 'not_sent', obstacle = 'reserved'"))
    with db.read_only() as session:
        assert len(queries.letters_to_post(session, siri_acts)) == 1
    read_now(kari_acts, application)
    with db.read_only() as session:
        assert queries.letters_to_post(session, siri_acts) == []


def test_the_letter_to_somebody_protected_is_named_to_nobody(
    application: Application,
    siri_acts: Staff,
    kari: Person,
    protected_team: StaffMember,
    actor_for: ActorFor,
    decide: Decide,
) -> None:
    decide(application)
    with db.transaction() as session:
        session.execute(text("UPDATE notice SET status = 'not_sent', obstacle = 'protected_address'"))
        session.execute(text("UPDATE person SET protection = 'confidential' WHERE id = :id"), {"id": kari.id})
    trusted = actor_for(protected_team)
    assert isinstance(trusted, Staff)
    with db.read_only() as session:
        assert queries.letters_to_post(session, siri_acts) == []
        [line] = queries.letters_to_post(session, trusted)
        assert line.citizen_name is None
    with pytest.raises(NotFound), db.transaction() as session:
        service.post_letter(session, siri_acts, line.delivery.id, date(2026, 12, 9))


def test_the_case_is_not_closed_while_kari_can_appeal(
    application: Application, siri_acts: Staff, kari_acts: Citizen, decide: Decide
) -> None:
    decide(application)

    def close() -> None:
        with db.transaction() as session:
            application_service.change_status(session, siri_acts, application.id, Status.CLOSED)

    with pytest.raises(AppealStillOpen):
        close()
    read_now(kari_acts, application)
    with pytest.raises(AppealStillOpen):
        close()
    with clock.frozen(clock.now() + timedelta(days=40)):
        close()
    assert reload(kari_acts, application.id).status is Status.CLOSED


def test_an_outcome_comes_by_a_decision_alone(application: Application, siri_acts: Staff) -> None:
    for status in (Status.GRANTED, Status.PARTLY_GRANTED, Status.REFUSED):
        with pytest.raises(NotPossibleNow), db.transaction() as session:
            application_service.change_status(session, siri_acts, application.id, status)


OSLO_NOON = 11


@pytest.mark.parametrize(
    ("opened", "posted", "deadline"),
    [
        (None, None, None),
        (date(2026, 11, 23), None, date(2026, 12, 14)),
        (date(2027, 3, 4), None, date(2027, 3, 30)),  # 25 March is Maundy Thursday, 29 March Easter Monday
        (date(2027, 4, 26), None, date(2027, 5, 18)),  # 17 May, a Monday
        (date(2028, 2, 8), None, date(2028, 2, 29)),  # a leap day
        (date(2026, 12, 11), None, date(2027, 1, 4)),  # New Year's Day is a Friday
        (date(2026, 12, 5), None, date(2026, 12, 28)),  # Boxing Day is a Saturday
        (date(2027, 2, 1), None, date(2027, 2, 22)),  # opened months after it was sent
        (None, date(2026, 12, 1), date(2026, 12, 29)),  # five working days on the way: 8 December
        (None, date(2026, 12, 22), date(2027, 1, 21)),  # Christmas Eve and the holidays do not count
        (date(2026, 12, 4), date(2026, 12, 1), date(2026, 12, 28)),  # opened before the letter came: 25 December
        (date(2026, 12, 10), date(2026, 12, 1), date(2026, 12, 29)),  # opened after the letter came
    ],
)
def test_the_deadline_for_an_appeal_runs_from_when_it_reached_her(
    opened: date | None, posted: date | None, deadline: date | None
) -> None:
    opened_at = opened and datetime(opened.year, opened.month, opened.day, OSLO_NOON, tzinfo=UTC)
    delivery = Delivery(sent_at=datetime(2026, 11, 1, tzinfo=UTC), opened_at=opened_at, letter_date=posted)
    assert delivery.appeal_deadline == deadline


def test_opened_just_after_midnight_counts_for_the_norwegian_day() -> None:
    delivery = Delivery(opened_at=datetime(2026, 11, 22, 23, 30, tzinfo=UTC), letter_date=None)
    assert delivery.reached_date == date(2026, 11, 23)
