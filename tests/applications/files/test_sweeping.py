"""What Kari took away, or deleted with her draft, is swept the day after; what anybody else needs stays."""

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import text

from citizen_portal import clock, db, storage
from citizen_portal.applications import service as applications
from citizen_portal.applications.drafts import deleting
from citizen_portal.applications.files import service
from citizen_portal.applications.files.models import ApplicationFile
from citizen_portal.applications.files.sweeping import GRACE, columns_that_name_files, sweep
from citizen_portal.applications.models import Application
from citizen_portal.auth.actor import Citizen
from citizen_portal.db import new_id
from citizen_portal.identity.models import StaffMember
from citizen_portal.journal.enclosures import Enclosure
from citizen_portal.journal.scans.models import FileScan
from citizen_portal.messages import service as messages
from tests.applications.files.test_scanning import jobs_waiting
from tests.applications.files.test_service import keeps

Paper = Callable[..., Enclosure]


def _remove(actor: Citizen, application: Application, file: ApplicationFile) -> None:
    with db.transaction() as session:
        service.remove(session, actor, application, file.purpose, file.id)


def _sweep(days: int = 2) -> None:
    """What the worker does some days later."""
    with clock.frozen(clock.now() + timedelta(days=days)):
        for job in jobs_waiting("application_files.sweep"):
            sweep(**job)


def _are_there(file: ApplicationFile | Enclosure) -> set[bool]:
    """Whether the bytes are stored: as they were sent, and as the archive would have them."""
    if isinstance(file, Enclosure):
        return {storage.files().exists(each.sha256) for each in (file.original, file.archived)}
    return {storage.files().exists(sha256) for sha256 in (file.sha256, file.archive_sha256)}


def test_the_bytes_of_a_removed_file_go_and_not_before_a_day_has_passed(
    kari_acts: Citizen, karis_draft: Application, letter: Paper
) -> None:
    file = keeps(kari_acts, karis_draft, letter())
    _remove(kari_acts, karis_draft, file)
    with db.read_only() as session:
        begins: datetime = session.scalars(
            text("SELECT scheduled_at FROM procrastinate_jobs WHERE task_name = 'application_files.sweep'")
        ).one()
    assert GRACE - timedelta(minutes=5) < begins - clock.now() <= GRACE
    _sweep(days=0)
    assert _are_there(file) == {True}
    _sweep()
    _sweep()
    assert _are_there(file) == {False}


def test_the_bytes_of_a_deleted_draft_go_with_it(kari_acts: Citizen, karis_draft: Application, letter: Paper) -> None:
    file = keeps(kari_acts, karis_draft, letter())
    with db.transaction() as session:
        deleting.delete_draft(session, kari_acts, karis_draft.id)
    _sweep()
    assert _are_there(file) == {False}


def test_what_lies_in_another_application_too_stays(
    kari_acts: Citizen, karis_draft: Application, letter: Paper
) -> None:
    file, other = keeps(kari_acts, karis_draft, letter()), keeps(kari_acts, karis_draft, letter(), purpose="added")
    _remove(kari_acts, karis_draft, file)
    _sweep()
    assert _are_there(other) == {True}
    _remove(kari_acts, karis_draft, other)
    _sweep()
    assert _are_there(other) == {False}


def test_what_is_journaled_stays_also_when_the_file_beside_it_is_taken_away(
    kari_acts: Citizen, karis_draft: Application, letter: Paper
) -> None:
    """The same letter went with a message, which the journal keeps for good."""
    with db.transaction() as session:
        sent = applications.submit(session, kari_acts, karis_draft.id, karis_draft.revision)
    assert sent.case_file_id is not None
    with db.transaction() as session:
        messages.write_about_case(session, kari_acts, sent.case_file_id, "Her er den.", new_id(), [letter()])
    file = keeps(kari_acts, sent, letter(), purpose="added")
    _remove(kari_acts, sent, file)
    _sweep()
    assert _are_there(letter()) == {True}


def test_what_somebody_has_just_sent_again_stays_though_no_row_names_it_yet(
    kari_acts: Citizen, karis_draft: Application, letter: Paper
) -> None:
    file = keeps(kari_acts, karis_draft, letter())
    _remove(kari_acts, karis_draft, file)
    (job,) = jobs_waiting("application_files.sweep")
    letter()  # checked, made ready and stored; the transaction has not begun
    sweep(**job)
    assert _are_there(file) == {True}


def test_the_neighbours_file_of_the_same_content_is_not_touched(
    kari_acts: Citizen, karis_draft: Application, letter: Paper, nils: StaffMember
) -> None:
    file = keeps(kari_acts, karis_draft, letter())
    content = storage.files().read(file.sha256)
    with db.as_municipality(nils.municipality_id):
        storage.files().put(content)
    _remove(kari_acts, karis_draft, file)
    _sweep()
    assert _are_there(file) == {False}
    with db.as_municipality(nils.municipality_id):
        assert storage.files().read(file.sha256) == content


def test_the_database_tells_of_every_column_that_names_a_stored_file(in_ringebu: object) -> None:
    """Else what it names could be swept."""
    named = {
        (table.name, column.name)
        for table in db.Base.metadata.tables.values()
        for column in table.c
        if column.name.endswith("sha256") and table.name != FileScan.__tablename__
    }
    with db.read_only() as session:
        assert set(columns_that_name_files(session)) == named
