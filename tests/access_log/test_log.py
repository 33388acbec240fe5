"""Kari sees who has looked at her data and why, and can ask about it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import func, select, text

from citizen_portal import clock, db
from citizen_portal.access_log.deadlines import answer_by
from citizen_portal.access_log.models import AccessComplaint
from citizen_portal.applications.models import Application
from citizen_portal.audit.models import AuditEvent, EventTag, Purpose
from citizen_portal.audit.readings import READINGS
from citizen_portal.auth.actor import Assurance, Machine, Role, System
from citizen_portal.identity.models import Person, Protection, StaffMember
from citizen_portal.notifications.models import Notice
from citizen_portal.tenancy.models import Municipality
from tests.access_log.conftest import LOG, REPORT, Reads
from tests.reading import Page, StrictClient
from tests.statements import count_statements

ClientFor = Callable[..., StrictClient]
ActorFor = Callable[..., object]

NO_READING = frozenset(EventTag) - frozenset(READINGS)
"""Decided, not forgotten: a new tag breaks the test below until somebody says whether it belongs in the log."""
DECIDED = {
    "logged-in", "logged-out", "application-started", "application-submitted", "application-assigned",
    "application-status-changed", "message-sent", "visits-pushed", "case-file-opened", "case-file-closed",
    "entry-registered", "entry-corrected", "deposit-exported", "representation-registered", "access-report-read",
    "access-questioned", "access-answered", "access-reviewed", "representation-refused", "representation-ended",
    "person-chosen", "access-ended", "my-data-ordered", "my-data-downloaded", "data-request-sent",
    "data-request-answered", "role-granted", "role-ended", "staff-provisioned", "staff-activated", "staff-deactivated",
    "file-added", "file-removed", "task-given", "task-changed", "task-answered", "application-added-to",
    "preliminary-reply-changed",
    "preliminary-reply-sent", "application-escalated",
    "decision-for-approval", "decision-approved", "decision-returned", "decision-sent", "letter-opened",
    "letter-posted", "appeal-sent", "appeal-withdrawn", "appeal-forwarded", "appeal-decided", "application-moved",
    "application-registered", "application-signed", "draft-deleted", "draft-warned", "file-stopped", "form-discarded",
    "visit-change-asked", "visit-change-withdrawn", "visit-change-answered",
    "form-published", "form-rolled-back", "form-saved", "note-written", "service-offered", "service-withdrawn",
    "signature-asked", "signature-refused", "signature-withdrawn",
    "visits-searched", "visitor-names-chosen", "visits-disposed",
    "deviation-opened", "deviation-closed", "deviation-handled", "care-rules-changed",
    "following-chosen", "follower-stopped", "follower-allowed",
    "visit-signed-off", "visit-sign-off-undone", "round-reordered",
}  # fmt: skip


def test_every_kind_of_event_is_a_reading_or_decided_not_to_be_one() -> None:
    assert {tag.value for tag in NO_READING} == DECIDED


def test_kari_reads_that_siri_read_her_case_and_why(
    siris_browser: StrictClient, karis_browser: StrictClient, karis_application: Application
) -> None:
    page = siris_browser.page(f"/ansatt/saker/{karis_application.case_file_id}")
    siris_browser.page(f"/ansatt/saker/{karis_application.case_file_id}")
    siris_browser.get(next(href for href in page.links.values() if "/dokumenter/" in href))
    log = karis_browser.page(LOG)
    assert log.h1 == "Hvem har sett"
    assert "I dag" in log.text
    assert "Siri Haugen, saksbehandler i Hjemmetjenesten, leste sak 2026/1 for å behandle saken." in log.text
    assert "2 ganger den dagen" in log.text
    assert "åpnet et dokument" in log.text
    assert str(karis_application.id) not in log.html
    assert str(karis_application.case_file_id) not in log.html


def test_what_kari_does_herself_is_left_out(karis_browser: StrictClient, karis_application: Application) -> None:
    karis_browser.page(f"/min-side/soknader/{karis_application.id}")
    assert "Ingen andre har sett på opplysningene dine ennå." in karis_browser.page(LOG).text


def test_representatives_and_systems_are_told_in_plain_words(
    karis_browser: StrictClient, kari: Person, ola: Person, actor_for: ActorFor, reads: Reads, in_ringebu: Municipality
) -> None:
    system = Machine(
        in_ringebu.id, in_ringebu.organisation_number, "999999999", "client", frozenset(), "https://www.altinn.no"
    )
    reads(actor_for(ola), kari, EventTag.VISITS_READ, None)
    reads(system, kari, EventTag.VISITS_RECEIVED, None, visits=2)
    reads(replace(system, supplier=None, client_id="own"), kari, EventTag.VISITS_RECEIVED, None)
    reads(System(in_ringebu.id, "worker"), kari, EventTag.DOCUMENT_READ, None)
    log = karis_browser.page(LOG).text
    assert "Ola Nordli så besøkene dine." in log
    told = "Journalsystemet i Ringebu kommune (leverandør med organisasjonsnummer 999999999) sendte oss nytt"
    assert told in log
    assert "Nettstedet selv åpnet et dokument som gjelder deg." in log
    assert str(ola.id) not in karis_browser.page(LOG).html
    only = karis_browser.page(f"{LOG}?hvem=representanter").text
    assert "Ola Nordli" in only
    assert "Journalsystemet" not in only
    assert "Ola Nordli" not in karis_browser.page(f"{LOG}?hvem=systemer&hva=besok&periode=uke").text


@pytest.mark.parametrize(
    ("roles", "purpose", "word"),
    [
        ({Role.CASEWORKER, Role.ARCHIVIST}, Purpose.RECORD_KEEPING, "arkivar i Hjemmetjenesten"),
        ({Role.NURSE}, Purpose.CARE, "sykepleier i Hjemmetjenesten"),
        ({Role.AUDITOR, Role.CASEWORKER}, Purpose.SUPERVISION, "kontrollør i Hjemmetjenesten"),
        ({Role.PROTECTED_ACCESS}, Purpose.EMERGENCY, "ansatt i Hjemmetjenesten"),
        ({Role.CASEWORKER, Role.SUPERUSER}, Purpose.TECHNICAL_FAULT, "saksbehandler i Hjemmetjenesten"),
        ({Role.SYSTEM_OWNER}, Purpose.ACCESS_REQUEST, "ansatt i Hjemmetjenesten"),
    ],
)
def test_the_role_stands_in_the_words_of_the_purpose(
    karis_browser: StrictClient,
    kari: Person,
    siri: StaffMember,
    actor_for: ActorFor,
    reads: Reads,
    roles: set[Role],
    purpose: Purpose,
    word: str,
) -> None:
    reads(replace(actor_for(siri), roles=frozenset(roles)), kari, purpose=purpose)  # type: ignore[type-var]
    assert f"Siri Haugen, {word}, leste en sak" in karis_browser.page(LOG).text


def test_that_an_address_is_protected_is_never_hinted(
    karis_browser: StrictClient, kari: Person, siri: StaffMember, actor_for: ActorFor, reads: Reads
) -> None:
    actor = replace(actor_for(siri), roles=frozenset({Role.CASEWORKER, Role.PROTECTED_ACCESS}))  # type: ignore[type-var]
    reads(actor, kari, purpose=Purpose.PROTECTED_PERSON, reason="Adressesperre, kode 6")
    reads(actor, kari, purpose=Purpose.CASE_HANDLING)
    log = karis_browser.page(LOG)
    assert "for å behandle saken." in log.text
    assert "2 ganger den dagen" in log.text
    for hint in ("beskyttet", "protected", "kode 6", "sperre", "særskilt"):
        assert hint not in log.html.casefold()
    reading = karis_browser.page(log.links["Jeg lurer på dette"])
    assert "kode 6" not in reading.html


def test_it_is_always_karis_own_log_also_while_she_acts_for_her_mother(
    kari: Person, borghild: Person, siri: StaffMember, actor_for: ActorFor, reads: Reads, client_for: ClientFor
) -> None:
    reads(actor_for(siri), borghild)
    browser = client_for(kari)
    with db.transaction() as session:
        session.execute(
            text("UPDATE login_session SET acting_for_id = :id WHERE person_id IS NOT NULL"), {"id": borghild.id}
        )
    assert "Siri" not in browser.page(LOG).text


def test_a_stranger_and_the_neighbour_see_nothing_and_cannot_ask(
    client_for: ClientFor, ola: Person, kari: Person, siri: StaffMember, actor_for: ActorFor, reads: Reads,
    nils: StaffMember,
) -> None:  # fmt: skip
    reads(actor_for(siri), kari)
    number = _newest()
    olas = client_for(ola)
    assert "Siri" not in olas.page(LOG).text
    assert olas.get(f"{LOG}/{number}").status_code == 404
    token = olas.page(LOG).all("//input[@name='csrf_token']/@value")[0]
    assert olas.post(f"{LOG}/{number}", data={"csrf_token": token, "text": "Hei"}).status_code == 404
    assert client_for(nils).get(f"{LOG}/{number}").status_code == 303


def test_a_login_of_substantial_level_is_asked_for_more(client_for: ClientFor, kari: Person) -> None:
    answer = client_for(kari, Assurance.SUBSTANTIAL).get(LOG)
    assert answer.status_code == 303
    assert "niva=high" in answer.headers["Location"]


def test_the_log_goes_on_on_the_next_page_with_what_was_chosen(
    karis_browser: StrictClient, kari: Person, siri: StaffMember, actor_for: ActorFor, reads: Reads,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    actor = actor_for(siri)
    for number in range(1, 6):
        with clock.frozen(datetime(2026, 11, number, 10, tzinfo=UTC)):
            reads(actor, kari, case_number=f"2026/{number}")
    monkeypatch.setattr("citizen_portal.access_log.queries.log_page.__kwdefaults__", {"before": None, "size": 3})
    first = karis_browser.page(f"{LOG}?hvem=ansatte")
    assert [f"2026/{number}" in first.text for number in (5, 4, 3, 2, 1)] == [True, True, True, False, False]
    assert "hvem=ansatte" in first.links["Neste"]
    rest = karis_browser.page(first.links["Neste"])
    assert [f"2026/{number}" in rest.text for number in (5, 4, 3, 2, 1)] == [False, False, False, True, True]
    assert "Forrige" in rest.links


ADDRESS = st.text(st.characters(codec="utf-8", exclude_characters="\r\n"), max_size=30) | st.sampled_from(
    ["-1", "0", str(2**63), str(10**40), "1e9", "ansatte", "uke", "' OR 1=1", "\x00", "٣"]
)


@hypothesis_settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(hvem=ADDRESS, hva=ADDRESS, periode=ADDRESS, etter=ADDRESS)
def test_an_address_that_somebody_made_up_shows_a_page(
    karis_browser: StrictClient, hvem: str, hva: str, periode: str, etter: str
) -> None:
    query = {"hvem": hvem, "hva": hva, "periode": periode, "etter": etter}
    assert karis_browser.get(LOG, query_string=query).status_code == 200


@pytest.mark.parametrize("number", ["0", "999999", str(2**63 - 1), str(2**63), "-1", "x"])
def test_a_reading_that_does_not_exist_is_not_found(karis_browser: StrictClient, number: str) -> None:
    assert karis_browser.get(f"{LOG}/{number}").status_code == 404


def test_kari_asks_is_told_what_happens_next_and_reads_the_answer(
    karis_browser: StrictClient,
    grethes_browser: StrictClient,
    kari: Person,
    siri: StaffMember,
    actor_for: ActorFor,
    reads: Reads,
) -> None:
    reads(actor_for(siri), kari, case_number="2026/17")
    path = karis_browser.page(LOG).links["Jeg lurer på dette"]
    assert "Siri Haugen" in karis_browser.page(path).text
    empty = karis_browser.send(path, {"text": "  "})
    assert empty.status_code == 422
    assert "#text" in Page(empty.text).links.values()
    form = karis_browser.page(path).form()
    for _ in range(2):  # sent twice, counts once
        assert karis_browser.post(path, data={**form, "text": "Hvorfor leste Siri dette?"}).status_code == 303
    receipt = karis_browser.page(path)
    assert receipt.h1 == "Vi har mottatt spørsmålet ditt"
    assert "senest" in receipt.text
    assert "Du har spurt om dette" in karis_browser.page(LOG).links
    assert _count(AccessComplaint) == 1
    assert _tags().count(EventTag.ACCESS_QUESTIONED) == 1

    question = grethes_browser.page(REPORT).links
    path_of_question = next(href for href in question.values() if "/sporsmal/" in href)
    asked = grethes_browser.page(path_of_question)
    assert "Hvorfor leste Siri dette?" in asked.text
    assert kari.national_id not in asked.html
    assert grethes_browser.send(path_of_question, {"answer": ""}).status_code == 422
    form = grethes_browser.page(path_of_question).form()
    answered = grethes_browser.post(path_of_question, data={**form, "answer": "Siri behandler saken din."})
    assert answered.status_code == 303
    again = grethes_browser.post(path_of_question, data={**form, "answer": "Noe annet."})
    assert again.headers["Location"] == path_of_question
    assert "Siri behandler saken din." in grethes_browser.page(path_of_question).text

    page = karis_browser.page(path)
    assert page.h1 == "Du har fått svar"
    assert "Siri behandler saken din." in page.text
    assert "Grethe Vik" in page.text
    assert "Du har fått svar" in karis_browser.page(LOG).links
    assert "Grethe Vik, kontrollør i Hjemmetjenesten, så på hvem som har lest om deg" in karis_browser.page(LOG).text
    assert _count(Notice) == 1


def test_what_was_typed_is_kept_when_it_is_too_long(
    karis_browser: StrictClient, kari: Person, siri: StaffMember, actor_for: ActorFor, reads: Reads
) -> None:
    reads(actor_for(siri), kari)
    path = karis_browser.page(LOG).links["Jeg lurer på dette"]
    refused = karis_browser.send(path, {"text": "Hvorfor? " * 600})
    assert refused.status_code == 422
    assert Page(refused.text).form()["text"].strip().startswith("Hvorfor? Hvorfor?")


def test_an_answer_comes_within_a_month_also_at_the_end_of_one() -> None:
    assert answer_by(datetime(2026, 11, 26, tzinfo=UTC).date()).isoformat() == "2026-12-26"
    assert answer_by(datetime(2027, 1, 31, tzinfo=UTC).date()).isoformat() == "2027-02-28"
    assert answer_by(datetime(2026, 12, 31, tzinfo=UTC).date()).isoformat() == "2027-01-31"


@pytest.mark.parametrize("language", ["nb", "nn", "en", "se"])
def test_the_log_can_be_read_in_every_language(
    karis_browser: StrictClient, kari: Person, siri: StaffMember, actor_for: ActorFor, reads: Reads, language: str
) -> None:
    for tag in READINGS:
        reads(actor_for(siri), kari, tag)
    karis_browser.set_cookie("language", language, domain="ringebu.localhost")
    page = karis_browser.page(LOG)
    karis_browser.page(next(href for href in page.links.values() if href.startswith(f"{LOG}/")))


def test_the_log_takes_few_statements(
    karis_browser: StrictClient, kari: Person, siri: StaffMember, actor_for: ActorFor, reads: Reads
) -> None:
    reads(actor_for(siri), kari)
    path = karis_browser.page(LOG).links["Jeg lurer på dette"]
    for read in (LOG, path):
        with count_statements() as statements:
            karis_browser.page(read)
        assert statements.in_all <= 3, list(statements)


def test_the_register_keeps_no_address_hash_of_somebody_protected(kari: Person, ola: Person) -> None:
    from citizen_portal.identity.addresses import note_address

    note_address(kari, "Testveien 4 B", "2630")
    note_address(ola, "testveien 4b", "2630")
    assert kari.address_hash == ola.address_hash is not None
    note_address(ola, "Testveien 5", "2630")
    assert kari.address_hash != ola.address_hash
    ola.protection = Protection.CONFIDENTIAL
    note_address(ola, "Testveien 4 B", "2630")
    assert ola.address_hash is None
    note_address(kari, None, "2630")
    assert kari.address_hash is None


def _newest() -> int:
    with db.read_only() as session:
        return session.scalar(select(func.max(AuditEvent.sequence_number))) or 0


def _tags() -> list[str]:
    with db.read_only() as session:
        return list(session.scalars(select(AuditEvent.tag).order_by(AuditEvent.sequence_number)))


def _count(kind: type) -> int:
    with db.read_only() as session:
        return len(session.scalars(select(kind)).all())
