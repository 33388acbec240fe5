"""Case and journal numbers: one series of each per municipality and year, without gaps, also under load.

A number is taken by adding one to the year's row of `journal_sequence`. The row stays locked until the transaction
ends: whoever comes next waits, and a rollback gives the number back. Both series share the row, so that no two
transactions can wait for each other. Take a number late in a transaction: all registration waits for it to end.
"""

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import InstrumentedAttribute, Session

from citizen_portal.db import current_municipality_id, new_id
from citizen_portal.journal.models import JournalSequence


def next_case_number(session: Session, year: int) -> int:
    """The next case number of the year."""
    return _next(session, year, JournalSequence.last_case_number)


def next_journal_number(session: Session, year: int) -> int:
    """The next journal number of the year."""
    return _next(session, year, JournalSequence.last_journal_number)


def _next(session: Session, year: int, column: InstrumentedAttribute[int]) -> int:
    first = {JournalSequence.last_case_number.key: 0, JournalSequence.last_journal_number.key: 0, column.key: 1}
    take = (
        insert(JournalSequence)
        .values(municipality_id=current_municipality_id(), id=new_id(), year=year, **first)
        .on_conflict_do_update(index_elements=["municipality_id", "year"], set_={column.key: column + 1})
        .returning(column)
    )
    number = session.execute(take).scalar_one()
    return int(number)
