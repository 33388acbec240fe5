"""What is counted of a source each day, and why pushes of it were refused. Nothing here is about a person."""

from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import BigInteger, Index, Integer, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from citizen_portal.db import Base
from citizen_portal.tenancy.models import TenantScoped

LAG_COUNTS_WITHIN: Final = timedelta(hours=24)
"""A sign-off of a visit longer ago is history that is pushed anew, and says nothing of how late the source is."""
MOST_REASONS: Final = 200
"""So many reasons are kept of one source: those that were met last."""


class SourceDay(TenantScoped, Base):
    """What one source pushed on one Norwegian day."""

    __tablename__ = "visit_source_day"
    __table_args__ = (UniqueConstraint("municipality_id", "consumer", "client_id", "day"),)

    consumer: Mapped[str] = mapped_column(Text)
    client_id: Mapped[str] = mapped_column(Text)
    day: Mapped[date]
    pushes: Mapped[int]
    """Those that were taken in."""
    reports: Mapped[int]
    held: Mapped[int]
    """Reports that were kept and shown to nobody."""
    refused_pushes: Mapped[int]
    sign_offs: Mapped[int]
    """Those whose lag counts."""
    lag_seconds: Mapped[int] = mapped_column(BigInteger)
    """Of all the sign-offs together: from the end of each visit until we learnt of it."""
    longest_lag_seconds: Mapped[int] = mapped_column(Integer)


class Rejection(TenantScoped, Base):
    """One reason for which pushes of a source were refused, counted: an element, what is wrong with it, and no value.

    Neither a person's data nor the sender's own words stand here: see `visits.fhir.issues.told_of`.
    """

    __tablename__ = "visit_rejection"
    __table_args__ = (
        UniqueConstraint(
            *("municipality_id", "consumer", "client_id", "code", "expression", "diagnostics"),
            name="uq_visit_rejection_reason",
        ),
        Index("ix_visit_rejection_last", "municipality_id", "last_at"),
    )

    consumer: Mapped[str] = mapped_column(Text)
    client_id: Mapped[str] = mapped_column(Text)
    code: Mapped[str] = mapped_column(Text)
    """From FHIR's issue-type value set."""
    expression: Mapped[str] = mapped_column(Text)
    """The element, without its number in the push; empty where it is the push as a whole."""
    diagnostics: Mapped[str] = mapped_column(Text)
    occurrences: Mapped[int]
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]
