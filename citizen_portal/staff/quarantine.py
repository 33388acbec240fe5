"""What the virus scanner has stopped, for those who look after the installation: where it came in and no names."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, literal, select, union_all
from sqlalchemy.orm import Session

from citizen_portal.applications.files.models import ApplicationFile
from citizen_portal.applications.models import Application
from citizen_portal.db import current_municipality_id, same_row
from citizen_portal.journal.models import CaseFile
from citizen_portal.journal.scans.models import FileScan, ScanState
from citizen_portal.messages.models import Attachment, Message, Thread

PAGE_SIZE = 100


@dataclass(frozen=True, slots=True)
class StoppedFile:
    """A file in quarantine. The name that the sender gave it is not told: it may say something about somebody."""

    signature: str
    scanned_at: datetime
    sent_at: datetime
    media_type: str
    size_bytes: int
    is_with_message: bool
    unit_name: str | None
    case_year: int | None
    case_sequence_number: int | None

    @property
    def kind(self) -> str:
        """PDF, JPEG or PNG."""
        return self.media_type.rpartition("/")[2].upper()

    @property
    def case_number(self) -> str | None:
        """None for what came with a draft."""
        return f"{self.case_year}/{self.case_sequence_number}" if self.case_year else None


def stopped_files(session: Session) -> Sequence[StoppedFile]:
    """The newest hundred, last found first."""
    found = union_all(_with_applications(), _with_messages()).subquery()
    query = select(found).order_by(found.c.scanned_at.desc(), found.c.sent_at.desc()).limit(PAGE_SIZE)
    return [StoppedFile(*row) for row in session.execute(query)]


def _with_applications() -> Select[Any]:
    return (
        _stopped(ApplicationFile, ApplicationFile.uploaded_at, is_with_message=False)
        .join(Application, same_row(Application, ApplicationFile, ApplicationFile.application_id))
        .outerjoin(CaseFile, same_row(CaseFile, Application, Application.case_file_id))
    )


def _with_messages() -> Select[Any]:
    return (
        _stopped(Attachment, Message.sent_at, is_with_message=True)
        .join(Message, same_row(Message, Attachment, Attachment.message_id))
        .join(Thread, same_row(Thread, Message, Message.thread_id))
        .join(CaseFile, same_row(CaseFile, Thread, Thread.case_file_id))
    )


def _stopped(file: Any, sent_at: Any, *, is_with_message: bool) -> Select[Any]:
    return (
        select(
            FileScan.signature,
            FileScan.scanned_at,
            sent_at.label("sent_at"),
            file.media_type,
            file.size_bytes,
            literal(is_with_message).label("is_with_message"),
            CaseFile.unit_name,
            CaseFile.case_year,
            CaseFile.case_sequence_number,
        )
        .select_from(FileScan)
        .join(file, (file.municipality_id == FileScan.municipality_id) & (file.sha256 == FileScan.sha256))
        .where(FileScan.municipality_id == current_municipality_id(), FileScan.state == ScanState.INFECTED)
    )
