"""Kari's papers are kept once, as they were and as the archive takes them, and are hers to take away."""

from collections.abc import Callable
from uuid import UUID

import pytest
from sqlalchemy import func, select

from citizen_portal import db, storage
from citizen_portal.applications import queries as applications
from citizen_portal.applications.drafts import deleting
from citizen_portal.applications.files import queries, service
from citizen_portal.applications.files.errors import TooManyFiles
from citizen_portal.applications.files.models import ADDED, ApplicationFile, for_field
from citizen_portal.applications.models import Application
from citizen_portal.audit.models import AuditEvent, EventTag
from citizen_portal.auth.actor import Citizen, Staff
from citizen_portal.db import new_id
from citizen_portal.errors import NotFound
from citizen_portal.identity.models import Person
from citizen_portal.journal.enclosures import Enclosure
from citizen_portal.journal.terms import Variant
from tests.conftest import ActorFor
from tests.messages.conftest import a_pdf

Paper = Callable[..., Enclosure]
DOCTOR = for_field("doctor")


def keeps(
    actor: Citizen | Staff, application: Application, paper: Enclosure, upload_id: UUID | None = None, **where: object
) -> ApplicationFile:
    """The actor sends a paper."""
    with db.transaction() as session:
        found = applications.application_for(session, actor, application.id, lock=True)
        purpose = str(where.pop("purpose", DOCTOR))
        return service.keep(session, actor, found, purpose, paper, upload_id or new_id(), **where)  # type: ignore[arg-type]


def kept(application: Application, purpose: str | None = None) -> list[str]:
    """The names of what is there."""
    with db.read_only() as session:
        return [file.filename for file in queries.files_of(session, application, purpose)]


def test_a_letter_is_kept_as_it_was_and_as_the_archive_takes_it(
    kari_acts: Citizen, karis_draft: Application, letter: Paper
) -> None:
    file = keeps(kari_acts, karis_draft, letter())
    assert (file.filename, file.kind, file.size_bytes) == ("legeerklæring.pdf", "PDF", len(a_pdf()))
    assert (file.uploaded_by_name, file.on_behalf_of_name) == ("Kari Moen", None)
    assert storage.files().read(file.sha256) == a_pdf()
    (document,) = service.as_documents([file], "Vedlegg")
    archived, original = document.files
    assert (document.title, document.document_type) == ("legeerklæring.pdf", "Vedlegg")
    assert (archived.variant, original.variant) == (Variant.ARCHIVE, Variant.PRODUCTION)
    assert (archived.format_details, archived.conversion and archived.conversion.from_format) == (
        "PDF/A-2a, PDF/UA-1",
        "pdf",
    )


def test_a_photo_is_archived_as_it_is(kari_acts: Citizen, karis_draft: Application, photo: Paper) -> None:
    file = keeps(kari_acts, karis_draft, photo())
    assert service.as_documents([file], "Vedlegg") == (photo().as_document("Vedlegg"),)


def test_a_file_sent_twice_over_a_bad_line_counts_once(
    kari_acts: Citizen, karis_draft: Application, photo: Paper
) -> None:
    upload_id = new_id()
    assert keeps(kari_acts, karis_draft, photo(), upload_id).id == keeps(kari_acts, karis_draft, photo(), upload_id).id
    assert kept(karis_draft) == ["dør.jpg"]


def test_files_stand_by_what_they_are_for_in_the_order_in_which_they_came(
    kari_acts: Citizen, karis_application: Application, photo: Paper
) -> None:
    for name in ("en.jpg", "to.jpg"):
        keeps(kari_acts, karis_application, photo(name))
    keeps(kari_acts, karis_application, photo("tre.jpg"), purpose=ADDED)
    assert kept(karis_application, DOCTOR) == ["en.jpg", "to.jpg"]
    assert kept(karis_application) == ["en.jpg", "to.jpg", "tre.jpg"]


def test_there_is_room_for_so_many_and_no_more(kari_acts: Citizen, karis_draft: Application, photo: Paper) -> None:
    keeps(kari_acts, karis_draft, photo(), most=1)
    with pytest.raises(TooManyFiles) as refused:
        keeps(kari_acts, karis_draft, photo(), most=1)
    assert refused.value.most == 1


def test_what_is_removed_is_gone_and_does_not_come_back_with_a_repeated_post(
    kari_acts: Citizen, karis_draft: Application, photo: Paper
) -> None:
    upload_id = new_id()
    file = keeps(kari_acts, karis_draft, photo(), upload_id)
    for _ in range(2):
        with db.transaction() as session:
            service.remove(session, kari_acts, karis_draft, DOCTOR, file.id)
    assert keeps(kari_acts, karis_draft, photo(), upload_id).removed_at is not None
    assert kept(karis_draft) == []
    with db.read_only() as session, pytest.raises(NotFound):
        queries.file_for(session, kari_acts, karis_draft.id, file.id)
    with db.read_only() as session:
        tags = select(func.count()).where(AuditEvent.tag == EventTag.FILE_REMOVED.value)
        assert session.scalar(tags) == 1


def test_a_file_of_another_purpose_is_not_removed(kari_acts: Citizen, karis_draft: Application, photo: Paper) -> None:
    file = keeps(kari_acts, karis_draft, photo(), purpose=ADDED)
    with db.transaction() as session, pytest.raises(NotFound):
        service.remove(session, kari_acts, karis_draft, DOCTOR, file.id)


def test_what_somebody_sends_for_another_says_so(
    kari: Person, kari_acts: Citizen, karis_draft: Application, photo: Paper, ola: Person, actor_for: ActorFor
) -> None:
    as_ola = actor_for(ola)
    assert isinstance(as_ola, Citizen)
    with db.transaction() as session:
        file = service.keep(session, as_ola, karis_draft, DOCTOR, photo(), new_id())
    assert (file.uploaded_by_name, file.on_behalf_of_name) == ("Ola Nordli", "Kari Moen")


def test_what_comes_by_paper_is_kept_by_who_registered_it(
    siri_acts: Staff, karis_application: Application, letter: Paper
) -> None:
    file = keeps(siri_acts, karis_application, letter())
    assert (file.uploaded_by_name, file.uploaded_by_person_id) == ("Siri Haugen", None)


def test_a_stranger_reaches_no_file(
    kari_acts: Citizen, karis_draft: Application, photo: Paper, ola: Person, actor_for: ActorFor
) -> None:
    file = keeps(kari_acts, karis_draft, photo())
    with db.read_only() as session, pytest.raises(NotFound):
        queries.file_for(session, actor_for(ola), karis_draft.id, file.id)


def test_the_files_of_a_draft_go_with_it(kari_acts: Citizen, karis_draft: Application, photo: Paper) -> None:
    keeps(kari_acts, karis_draft, photo())
    with db.transaction() as session:
        deleting.delete_draft(session, kari_acts, karis_draft.id)
    with db.read_only() as session:
        assert session.scalar(select(func.count()).select_from(ApplicationFile)) == 0
