"""The port to the virus scanner: one per process, chosen by the settings; none where none is configured."""

import logging
from dataclasses import dataclass
from typing import Protocol

from citizen_portal.config import Settings
from citizen_portal.journal.scans.clamav import Clamd, ScannerAway
from citizen_portal.journal.scans.models import ScanState

_log = logging.getLogger(__name__)


class Scanner(Protocol):
    """Something that knows viruses."""

    def signature_in(self, data: bytes) -> str | None:
        """What it calls that which it found in the file; None when it found nothing. Raises ScannerAway."""
        ...


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was said about a file. Without a scanner there is no verdict."""

    state: ScanState
    signature: str | None = None


_scanner: Scanner | None = None


def configure(settings: Settings) -> None:
    """Ask the scanner at `PORTAL_CLAMAV_URL`; without it, files count as clean once their content is checked."""
    use(Clamd(settings.clamav_url) if settings.clamav_url else None)


def use(scanner: Scanner | None) -> None:
    """Ask this scanner; none when None."""
    global _scanner
    _scanner = scanner


def verdict_on(data: bytes) -> Verdict | None:
    """What the scanner says; `waiting` while it is away, and None where there is none."""
    try:
        return verdict_now(data)
    except ScannerAway as away:
        _log.warning("the virus scanner is away (%s): a file waits", away)
        return Verdict(ScanState.WAITING)


def verdict_now(data: bytes) -> Verdict | None:
    """As `verdict_on`, for a job that is tried again. Raises ScannerAway."""
    if _scanner is None:
        return None
    signature = _scanner.signature_in(data)
    return Verdict(ScanState.INFECTED, signature) if signature else Verdict(ScanState.CLEAN)
