"""What is in a copy: all of Kari's, and nothing of anybody else's."""

import json
import tracemalloc
from datetime import datetime
from pathlib import Path
from typing import Any

import pypdfium2  # type: ignore[import-untyped]  # carries no types
import pytest
from sqlalchemy import insert, select, update

from citizen_portal import db, documents
from citizen_portal.applications.models import Application
from citizen_portal.audit import service as audit
from citizen_portal.audit.models import EventTag, Purpose
from citizen_portal.auth.actor import Citizen, Role, Staff
from citizen_portal.config import Settings
from citizen_portal.db import new_id
from citizen_portal.identity.models import Person, Protection, StaffMember
from citizen_portal.journal.models import RegistryEntry
from citizen_portal.journal.scans import service as scans
from citizen_portal.journal.scans.models import ScanState
from citizen_portal.journal.scans.scanner import Verdict
from citizen_portal.messages import service as messages
from citizen_portal.messages.models import Attachment, Message, Thread
from citizen_portal.my_data import service, words
from citizen_portal.my_data.format import MyData
from citizen_portal.my_data.models import Form, Outcome, RequestKind
from citizen_portal.my_data.package import Package
from citizen_portal.my_data.readable import ReadableCopy
from tests import verapdf
from tests.my_data.conftest import ActorFor, opened, ordered, stored

OTHERS = ("Olas hemmelighet", "Borghilds hemmelighet", "Borghilds morgenstell", "Hei, Ola.", "Hei, Borghild.")


def read_pdf(pdf: bytes) -> str:
    """All the words of a PDF."""
    with pypdfium2.PdfDocument(pdf) as document:
        return " ".join(" ".join(page.get_textpage().get_text_range().split()) for page in document)


def test_kari_gets_all_of_hers(karis_story: Application, karis: Citizen) -> None:
    data = opened(karis).data
    assert data["person"]["name"] == "Kari Moen"
    (application,) = data["applications"]
    assert (application["case_number"], application["status"]) == ("2026/1", "received")
    assert application["raw_answers"]["needs"].startswith("Mor har falt to ganger")
    assert "Mor har falt to ganger i høst.\nHun bor langt fra naboene." in [a["answer"] for a in application["answers"]]
    assert len(application["consents"]) == 1
    assert [event["what"] for event in application["timeline"]] == ["received"]
    assert [(m["author"], m["unit"], m["body"]) for m in data["messages"]] == [
        ("Siri Haugen", "Hjemmetjenesten", "Hei, Kari. Kan du sende legeerklæringen?"),
        ("Kari Moen", None, "Her er den."),
    ]
    assert [case["case_number"] for case in data["cases"]] == ["2026/1"]
    assert [entry["entry_type"] for entry in data["entries"]] == ["incoming", "outgoing", "incoming"]
    assert [(v["service"], v["status"], v["unit"]) for v in data["visits"]] == [
        ("Karis hjelp i huset", "done", "Hjemmetjenesten")
    ]
    assert data["visits"][0]["performed_at"]
    assert [(r["role"], r["other"], r["areas"]) for r in data["representations"]] == [
        ("representative", "Borghild Moen", ["visits"])
    ]
    assert data["logins"][0]["what"] == "logged-in"
    assert {notice["occasion"] for notice in data["notices"]} >= {"application-received", "new-message"}
    assert [export["status"] for export in data["exports"]] == ["working"]


def test_what_kari_has_not_sent_and_what_she_asked_for_is_there_too(
    karis_story: Application, karis: Citizen, siri: StaffMember, actor_for: ActorFor
) -> None:
    assert karis_story.case_file_id
    with db.transaction() as session:
        messages.save_draft(session, karis, karis_story.case_file_id, "Forresten")
        asked = service.send_request(session, karis, new_id(), RequestKind.CORRECTION, "Feil navn", "Kari, ikke Karin")
    with db.transaction() as session:
        service.answer_request(session, actor_for(siri), asked.id, Outcome.DONE, "Notert i saken")
    copy = opened(karis)
    assert [draft["body"] for draft in copy.data["message_drafts"]] == ["Forresten"]
    (request,) = copy.data["requests"]
    assert (request["about"], request["right"], request["answer"], request["answered_by"]) == (
        "Feil navn",
        "Kari, ikke Karin",
        "Notert i saken",
        "Siri Haugen",
    )
    said = read_pdf(stored(copy.export, Form.PDF))
    for told in ("Forresten", "Feil navn", "Riktig er: Kari, ikke Karin", "Svar: Notert i saken"):
        assert told in said


def test_kari_gets_nothing_of_olas_or_her_mothers(
    karis_story: Application, karis: Citizen, kari: Person, ola: Person, borghild: Person
) -> None:
    copy = opened(karis)
    for file in (copy.everything, read_pdf(stored(copy.export, Form.PDF)), *map(_text, copy.files.values())):
        for secret in OTHERS:
            assert secret not in file
        for person in (ola, borghild, kari):
            assert person.national_id not in file
        assert str(ola.id) not in file
    assert copy.data["access_log"]
    assert "01017000027" not in "".join(copy.files), "the name that Kari gave her file"


def _text(data: bytes) -> str:
    return data.decode("utf-8", "ignore")


def test_the_copy_keeps_its_own_schema(karis_story: Application, karis: Citizen) -> None:
    copy = opened(karis)
    read = MyData.model_validate_json(json.dumps(copy.data))
    assert (read.format, read.version) == ("citizen-portal/my-data", "1.2")
    assert copy.data["made_at"].endswith(("+01:00", "+02:00"))
    assert datetime.fromisoformat(copy.data["messages"][0]["sent_at"]).tzinfo is not None
    schema = json.loads(copy.files["skjema.json"])
    assert set(schema["required"]) == set(copy.data) == set(schema["properties"])
    assert json.loads(copy.files["opplysninger.json"]) == copy.data


def test_every_document_and_attachment_lies_in_the_zip_file(karis_story: Application, karis: Citizen) -> None:
    copy = opened(karis)
    named = [file for entry in copy.data["entries"] for file in entry["documents"]]
    named += [file for message in copy.data["messages"] for file in message["attachments"]]
    assert {file["path"] for file in named} == {name for name in copy.files if "/" in name}
    assert all(len(copy.files[file["path"]]) == file["size_bytes"] for file in named)
    assert "vedlegg/2026-1/2-1.pdf" in copy.files
    assert set(copy.files) >= {"opplysninger.json", "opplysninger.pdf", "dokumenter/2026-1/1-1.pdf"}


@pytest.mark.parametrize(("language", "heading"), [("nb", "Samtaler"), ("nn", "Samtalar"), ("en", "Conversations")])
def test_the_readable_copy_says_the_same_in_karis_language(
    karis_story: Application, karis: Citizen, language: str, heading: str
) -> None:
    pdf = stored(opened(karis, language).export, Form.PDF)
    said = read_pdf(pdf)
    for told in (heading, "Kari Moen", "Kan du sende legeerklæringen?", "Siri Haugen, Hjemmetjenesten", "2026/1"):
        assert told in said


def test_the_readable_copy_is_archivable_and_accessible(
    karis_story: Application, karis: Citizen, tmp_path: Path, ola: Person, actor_for: ActorFor
) -> None:
    paths = [tmp_path / "kari.pdf", tmp_path / "ola.pdf"]
    for path, actor in zip(paths, (karis, actor_for(ola)), strict=True):
        path.write_bytes(stored(opened(actor).export, Form.PDF))
    assert verapdf.findings(paths) == []


def test_somebody_of_whom_we_know_nothing_gets_a_copy_that_says_so(ola: Person, actor_for: ActorFor) -> None:
    copy = opened(actor_for(ola))
    assert copy.data["applications"] == copy.data["messages"] == []
    assert "Ingenting." in read_pdf(stored(copy.export, Form.PDF))


def test_the_log_tells_who_looked_and_why(
    karis_story: Application, karis: Citizen, kari: Person, siri: StaffMember, actor_for: ActorFor
) -> None:
    audit.record_reading(
        actor_for(siri),
        EventTag.APPLICATION_READ,
        about_person_id=kari.id,
        purpose=Purpose.EMERGENCY,
        reason="Ringte 113",
        case_number="2026/1",
    )
    copy = opened(karis)
    (line,) = [line for line in copy.data["access_log"] if line["what"] == "application-read"]
    assert (line["who"], line["roles"], line["unit"]) == ("Siri Haugen", ["caseworker"], "Hjemmetjenesten")
    assert (line["purpose"], line["reason"], line["case_number"]) == ("emergency", "Ringte 113", "2026/1")
    assert "Siri Haugen, Hjemmetjenesten · Leste saken · 2026/1 · fordi det hastet · Ringte 113" in read_pdf(
        stored(copy.export, Form.PDF)
    )


def test_a_kind_of_event_that_we_have_no_word_for_is_not_named(
    karis_story: Application, karis: Citizen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(words._EVENTS, "message-sent")
    copy = opened(karis)
    assert {"other-use"} <= {line["what"] for line in copy.data["access_log"]}
    assert "message-sent" not in copy.everything
    assert "Brukte opplysninger om deg" in read_pdf(stored(copy.export, Form.PDF))


@pytest.mark.parametrize("protection", [p for p in Protection if p is not Protection.NONE])
def test_nothing_in_the_copy_tells_that_an_address_is_protected(
    karis_story: Application,
    karis: Citizen,
    kari: Person,
    siri: StaffMember,
    actor_for: ActorFor,
    protection: Protection,
) -> None:
    with db.transaction() as session:
        session.execute(update(Person).where(Person.id == kari.id).values(protection=protection))
    sirius: Staff = actor_for(siri)
    few = Staff(
        sirius.municipality_id,
        sirius.staff_id,
        sirius.name,
        sirius.unit_id,
        sirius.unit_name,
        frozenset({Role.CASEWORKER, Role.PROTECTED_ACCESS}),
        sirius.session_id,
    )
    audit.record_reading(
        few,
        EventTag.APPLICATION_READ,
        about_person_id=kari.id,
        purpose=Purpose.PROTECTED_PERSON,
        reason="Hemmelig adresse",
    )
    copy = opened(karis)
    (line,) = [line for line in copy.data["access_log"] if line["what"] == "application-read"]
    assert (line["purpose"], line["reason"], line["roles"]) == ("case-handling", None, ["caseworker"])
    for word in ("protect", "confidential", "Hemmelig", "skjerm", "gradert", protection.value + '"'):
        assert word.lower() not in copy.everything.lower()
    assert copy.data["visits"] == [], "when somebody comes is told on paper only"
    assert "Hemmelig" not in read_pdf(stored(copy.export, Form.PDF))


def test_a_file_that_the_store_has_lost_does_not_stop_the_copy(
    karis_story: Application, karis: Citizen, settings: Settings
) -> None:
    with db.read_only() as session:
        sha256 = session.scalars(select(Attachment.sha256)).one()
    folder = Path(settings.storage_url.removeprefix("file://")) / str(karis.municipality_id)
    (folder / sha256[:2] / sha256[2:4] / sha256).unlink()
    copy = opened(karis)
    (lost,) = copy.data["messages"][1]["attachments"]
    assert (lost["path"], lost["sha256"]) == (None, sha256)
    assert not [name for name in copy.files if name.startswith("vedlegg/")]


@pytest.mark.parametrize("state", [ScanState.INFECTED, ScanState.WAITING])
def test_a_file_that_nobody_may_open_is_not_handed_out(
    karis_story: Application, karis: Citizen, state: ScanState
) -> None:
    with db.transaction() as session:
        attachment = session.scalars(select(Attachment)).one()
        verdict = Verdict(state, "Eicar-Test-Signature" if state is ScanState.INFECTED else None)
        scans.note(session, attachment.sha256, verdict, [attachment.archive_sha256])
    copy = opened(karis)
    (closed,) = copy.data["messages"][1]["attachments"]
    assert (closed["path"], closed["sha256"]) == (None, attachment.sha256)
    assert not [name for name in copy.files if name.startswith("vedlegg/")]
    paths = [document["path"] for entry in copy.data["entries"] for document in entry["documents"]]
    assert len([path for path in paths if path is None]) == 1, "its rendition in the archive is as closed"
    assert len([name for name in copy.files if name.startswith("dokumenter/")]) == len(paths) - 1


def test_a_long_conversation_is_never_held_in_memory_at_once(
    karis_story: Application, karis: Citizen, tmp_path: Path
) -> None:
    count, length = 2_000, 9_000
    _write_many(karis, count, "æ" * length)
    export = ordered(karis)
    with db.read_only() as session:
        package = Package.of(session, export, tmp_path)
        tracemalloc.start()
        readable = ReadableCopy("nb")
        with (tmp_path / "all.json").open("w", encoding="utf-8") as target:
            package._write_json(target, readable)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    written = (tmp_path / "all.json").stat().st_size
    assert written > 2 * count * length
    assert peak < written / 3
    said = read_pdf(documents.render(readable.as_document(package.head)))
    assert "Her er de nyeste." in said
    assert len(said) < 1_000_000


def _write_many(citizen: Citizen, count: int, body: str) -> None:
    """More messages in the citizen's conversation, each with its entry, as the database keeps them."""
    with db.transaction() as session:
        message = session.scalars(
            select(Message).join(Thread, Thread.id == Message.thread_id).where(Thread.person_id == citizen.person_id)
        ).first()
        assert message is not None
        entry = session.get_one(RegistryEntry, (message.municipality_id, message.registry_entry_id))
        entries, lines = [], []
        for number in range(10, 10 + count):
            entry_id, message_id = new_id(), new_id()
            entries.append(
                {
                    **_columns(entry),
                    "id": entry_id,
                    "journal_sequence_number": 1000 + number,
                    "entry_number": 1000 + number,
                }
            )
            lines.append(
                {
                    **_columns(message),
                    "id": message_id,
                    "registry_entry_id": entry_id,
                    "position": number,
                    "body": body,
                }
            )
        session.execute(insert(RegistryEntry), entries)
        session.execute(insert(Message), lines)


def _columns(row: Any) -> dict[str, Any]:
    return {column.key: getattr(row, column.key) for column in row.__table__.columns}
