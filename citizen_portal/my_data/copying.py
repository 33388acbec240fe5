"""The jobs: make a copy that was ordered, and take away those whose time is over."""

from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.orm import Session

from citizen_portal import clock, jobs, storage
from citizen_portal.db import as_municipality, current_municipality_id, read_only, transaction
from citizen_portal.my_data.models import (
    AVAILABLE_FOR,
    GIVEN_UP_AFTER,
    UNDER_WAY,
    DataExport,
    ExportStatus,
    Form,
)
from citizen_portal.my_data.package import Package
from citizen_portal.notifications import service as notifications
from citizen_portal.notifications.models import Occasion
from citizen_portal.tenancy.queries import municipalities

_SLACK: Final = timedelta(minutes=30)
"""A download that began in the last minute is let to its end."""


@jobs.task(name="my_data.make_copy")
def make_copy(export_id: str) -> None:
    """Make the copy, store it and tell the person. Done again after a crash it begins anew; one that is ready stays."""
    with transaction() as session:
        export = _locked(session, UUID(export_id))
        if export is None:
            return
        export.status = ExportStatus.WORKING
    with TemporaryDirectory() as folder:  # mode 0700
        with read_only() as session:
            session.connection(execution_options={"isolation_level": "REPEATABLE READ"})  # one snapshot for all parts
            written = Package.of(session, export, Path(folder)).write()
        stored = {form: _store(path) for form, path in written.items()}
    with transaction() as session:
        export = _locked(session, UUID(export_id))
        if export is not None:  # else another worker was faster: its copy holds, ours is swept away with its time
            export.became_ready(stored, clock.now())
            notifications.enqueue(session, Occasion.MY_DATA_READY, export.person_id)


def _locked(session: Session, export_id: UUID) -> DataExport | None:
    export = session.get(DataExport, (current_municipality_id(), export_id), with_for_update=True)
    return export if export is not None and export.status in UNDER_WAY else None


def _store(path: Path) -> tuple[str, int]:
    with path.open("rb") as source:
        stored = storage.passing_files().put(source)
    return stored.sha256, stored.size


@jobs.app.periodic(cron="17 * * * *")
@jobs.app.task(name="my_data.clean_up", queue=jobs.QUEUE, queueing_lock="my_data.clean_up")
def clean_up(timestamp: int) -> None:  # noqa: ARG001  the scheduler's
    """Delete the copies whose time is over in every municipality, and let go of orders that came to nothing."""
    with read_only() as session:
        municipality_ids = [municipality.id for municipality in municipalities(session)]
    for municipality_id in municipality_ids:
        with as_municipality(municipality_id):
            _clean_up_here()


def _clean_up_here() -> None:
    """By age alone: so what a killed worker stored and never told of goes as well."""
    now = clock.now()
    with transaction() as session:
        session.execute(
            update(DataExport)
            .where(DataExport.status == ExportStatus.READY, DataExport.ready_at <= now - AVAILABLE_FOR)
            .values(status=ExportStatus.EXPIRED)
            .values({f"{form.value}_sha256": None for form in Form})
        )
        session.execute(
            update(DataExport)
            .where(DataExport.status.in_(UNDER_WAY), DataExport.ordered_at <= now - GIVEN_UP_AFTER)
            .values(status=ExportStatus.FAILED)
        )
    storage.passing_files().discard(now - AVAILABLE_FOR - _SLACK)
