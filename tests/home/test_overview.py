"""What a citizen meets first, and what it costs."""

from collections.abc import Callable

from sqlalchemy import select

from citizen_portal import db
from citizen_portal.audit.models import AuditEvent, EventTag
from citizen_portal.auth.actor import Assurance
from citizen_portal.identity.models import Person, Representation, StaffMember
from citizen_portal.tenancy.models import Municipality
from tests.reading import StrictClient
from tests.statements import count_statements
from tests.visits.record import CareRecord, appointment, at, encounter

ClientFor = Callable[..., StrictClient]
Follow = Callable[..., Representation]


def _readings_of_visits() -> list[AuditEvent]:
    with db.read_only() as session:
        readings = select(AuditEvent).where(AuditEvent.tag == EventTag.VISITS_READ.value)
        return list(session.scalars(readings.order_by(AuditEvent.sequence_number)))


def _morning_visit(care_record: CareRecord, of: Person) -> None:
    care_record.must_push(
        appointment("1", of.national_id, at("08:00"), at("09:00")),
        encounter("1", of.national_id, at("08:12"), at("08:31")),
    )


def test_kari_sees_at_once_that_somebody_has_been_with_her_mother_and_the_log_says_so(
    kari: Person, borghild: Person, follows: Follow, care_record: CareRecord, client_for: ClientFor
) -> None:
    follows(kari, borghild)
    _morning_visit(care_record, borghild)
    page = client_for(kari).page("/min-side")
    for words in ("Mamma i dag (Borghild Moen)", "08:12", "Morgenstell", "Sist oppdatert "):
        assert words in page.text
    reading = _readings_of_visits()[-1]
    assert (reading.actor_id, reading.about_person_id) == (str(kari.id), borghild.id)


def test_a_weaker_login_shows_no_visit_and_reads_none(
    kari: Person, borghild: Person, follows: Follow, care_record: CareRecord, client_for: ClientFor
) -> None:
    follows(kari, borghild)
    _morning_visit(care_record, borghild)
    page = client_for(kari, assurance=Assurance.SUBSTANTIAL).page("/min-side")
    assert "Morgenstell" not in page.text
    assert _readings_of_visits() == []


def test_the_overview_costs_five_statements_and_two_of_its_reading_log(
    kari: Person, borghild: Person, follows: Follow, care_record: CareRecord, client_for: ClientFor
) -> None:
    follows(kari, borghild)
    _morning_visit(care_record, borghild)
    client = client_for(kari)
    client.page("/min-side")
    with count_statements() as sent:
        client.page("/min-side")
    assert len(sent) <= 5, sent
    assert sent.in_all <= 7, [*sent, *sent.read_log]


def test_ola_has_nothing_waiting_and_is_told_so_and_whom_to_call(ola: Person, client_for: ClientFor) -> None:
    page = client_for(ola).page("/min-side")
    assert "Ingenting venter på deg nå." in page.text
    assert page.links["Ring 61 28 30 00"] == "tel:61283000"


def test_those_who_are_logged_in_go_straight_to_their_own_page(
    ola: Person, siri: StaffMember, client_for: ClientFor
) -> None:
    assert client_for(ola).get("/").headers["Location"] == "/min-side"
    assert client_for(siri).get("/").headers["Location"] == "/ansatt"


def test_the_chosen_language_is_remembered_and_leads_nowhere_else(
    in_ringebu: Municipality, client_for: ClientFor
) -> None:
    client = client_for()
    answer = client.send("/sprak", {"language": "nn", "next": "https://evil.example"}, of="/", action="/sprak")
    assert answer.headers["Location"] == "/"
    assert client.page("/").tree.getroot().get("lang") == "nn"
