"""What is to be scanned, what the scanner said, and that nothing opens before."""

from collections.abc import Iterable
from typing import Final

from sqlalchemy import case, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from citizen_portal import clock, storage
from citizen_portal.db import current_municipality_id, new_id, transaction
from citizen_portal.jobs import task
from citizen_portal.journal.scans.errors import FileInQuarantine, FileWaitsForScan
from citizen_portal.journal.scans.models import FileScan, ScanState
from citizen_portal.journal.scans.scanner import Verdict, verdict_now

UNCONFIGURED: Final = Verdict(ScanState.CLEAN)
"""For what waited when the scanner was taken out of use: it counts as everything does that came without one."""


def note(session: Session, sha256: str, verdict: Verdict | None, renditions: Iterable[str] = ()) -> bool:
    """Remember what was said of a file and of the renditions made from it; whether it waits, and needs a job.

    What was said before of the same content stays until the scanner says something new.
    """
    if verdict is None:
        return False
    for stored in {sha256, *renditions}:
        added = insert(FileScan).values(
            municipality_id=current_municipality_id(),
            id=new_id(),
            sha256=stored,
            source_sha256=sha256,
            asked_at=clock.now(),
            **_columns(verdict),
        )
        is_news = added.excluded.state != ScanState.WAITING
        session.execute(
            added.on_conflict_do_update(
                index_elements=["municipality_id", "sha256"],
                set_={
                    name: case((is_news, added.excluded[name]), else_=getattr(FileScan, name))
                    for name in _columns(verdict)
                },
            )
        )
    return verdict.state is ScanState.WAITING


def scan_stored(sha256: str) -> Verdict:
    """Scan a stored file, write down what was said of it, and answer it. Raises ScannerAway when it must wait on."""
    verdict = verdict_now(storage.files().read(sha256)) or UNCONFIGURED
    with transaction() as session:
        session.execute(
            update(FileScan)
            .where(FileScan.municipality_id == current_municipality_id(), FileScan.source_sha256 == sha256)
            .values(_columns(verdict))
            .execution_options(synchronize_session=False)
        )
    return verdict


@task(name="scans.scan")
def scan(sha256: str) -> None:
    """Scan what waits, again and again with growing pauses while the scanner is away."""
    scan_stored(sha256)


def closed_files(session: Session) -> frozenset[str]:
    """The stored files that nobody may open, yet or ever: those that wait, and those in quarantine."""
    closed = select(FileScan.sha256).where(
        FileScan.municipality_id == current_municipality_id(), FileScan.state != ScanState.CLEAN
    )
    return frozenset(session.scalars(closed))


def demand_open(session: Session, sha256: str) -> None:
    """Raise FileWaitsForScan or FileInQuarantine for a stored file that nobody may open, yet or ever."""
    state = session.scalar(
        select(FileScan.state).where(FileScan.municipality_id == current_municipality_id(), FileScan.sha256 == sha256)
    )
    if state is ScanState.WAITING:
        raise FileWaitsForScan
    if state is ScanState.INFECTED:
        raise FileInQuarantine


def _columns(verdict: Verdict) -> dict[str, object]:
    waits = verdict.state is ScanState.WAITING
    return {
        "state": verdict.state,
        "signature": verdict.signature,
        "scanned_at": None if waits else clock.now(),
    }
