"""Remember what is to be scanned, and what the scanner said."""

from sqlalchemy.orm import Session

from citizen_portal.journal.enclosures import Enclosure


def note(session: Session, enclosure: Enclosure) -> None:
    """Let the file wait for the scanner, where there is one."""
