"""Persons, staff, their login sessions, and who may act for whom."""

from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, SmallInteger, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from citizen_portal import clock
from citizen_portal.auth.actor import Role
from citizen_portal.db import Base, current_municipality_id, tenant_foreign_key, term_column
from citizen_portal.identity.encryption import key_ring
from citizen_portal.tenancy.models import TenantScoped

IDLE_LIMIT = timedelta(minutes=30)
ABSOLUTE_LIMIT = timedelta(minutes=120)
"""ID-porten's own limits for its single sign-on session; ours must end no later."""
RECOGNISED_FOR = timedelta(hours=2)
"""For so long after its end a session still tells whose browser it is, so that what was typed is held for her."""
SEEN_INTERVAL = timedelta(minutes=1)


class Protection(StrEnum):
    """Protected address (adressebeskyttelse), as the population register grades it. Values are stored.

    The marker itself is confidential: no page tells it, not to the person either.
    """

    NONE = "none"
    CONFIDENTIAL = "confidential"
    STRICTLY_CONFIDENTIAL = "strictly_confidential"
    UNKNOWN = "unknown"
    """A grading that we do not know, or a register that never answered: handled as the strictest."""


class Person(TenantScoped, Base):
    """A citizen as one municipality knows her. One human being in two municipalities is two rows that share nothing."""

    __tablename__ = "person"
    __table_args__ = (UniqueConstraint("municipality_id", "national_id_hash"),)

    national_id_encrypted: Mapped[bytes] = mapped_column(LargeBinary)
    national_id_hash: Mapped[bytes] = mapped_column(LargeBinary)
    name: Mapped[str] = mapped_column(Text)
    birth_date: Mapped[date | None]
    preferred_language: Mapped[str | None] = mapped_column(Text)
    email: Mapped[str | None] = mapped_column(Text)
    phone: Mapped[str | None] = mapped_column(Text)
    protection: Mapped[Protection] = term_column(Protection, "protection", default=Protection.NONE)
    death_date: Mapped[date | None]
    register_checked_at: Mapped[datetime | None]
    """When the population register last answered about her."""
    last_login_at: Mapped[datetime | None]
    address_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    """A keyed hash of where she lives (`addresses.note_address`), to tell who are neighbours; None when protected."""
    created_at: Mapped[datetime]

    @property
    def is_protected(self) -> bool:
        """Whether nothing that can lead to where she is may be shown or sent."""
        return self.protection is not Protection.NONE

    @property
    def national_id(self) -> str:
        """Fødselsnummer or D-number, decrypted. Never write it to a log, a URL or a page's list."""
        return key_ring().decrypt(self.national_id_encrypted, self.encryption_context)

    @property
    def encryption_context(self) -> str:
        """What the encrypted value belongs to."""
        return f"person:{self.municipality_id}:{self.id}"


class StaffMember(TenantScoped, Base):
    """An employee of the municipality, known by the staff provider's issuer and stable subject; never by e-mail.

    Made known at the first login: what she may do stands in her roles, and without one she comes nowhere.
    """

    __tablename__ = "staff_member"
    __table_args__ = (
        UniqueConstraint("municipality_id", "issuer", "subject"),
        tenant_foreign_key("unit_id", "unit"),
        tenant_foreign_key("person_id", "person"),
        Index(None, "municipality_id", "unit_id"),
    )

    issuer: Mapped[str] = mapped_column(Text)
    subject: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text)
    unit_id: Mapped[UUID | None]
    """The home unit; None until somebody has placed her."""
    is_active: Mapped[bool] = mapped_column(default=True)
    person_id: Mapped[UUID | None]
    """The employee as a citizen of the municipality, where that is known: whose neighbour and whose case it is."""


class StaffRole(TenantScoped, Base):
    """That an employee has a role in a unit, from a day to a day. Never changed: ended, and given anew."""

    __tablename__ = "staff_role"
    __table_args__ = (
        tenant_foreign_key("staff_id", "staff_member", ondelete="CASCADE"),
        tenant_foreign_key("unit_id", "unit"),
        tenant_foreign_key("substitute_for_id", "staff_member"),
        Index(None, "municipality_id", "staff_id"),
        Index(None, "municipality_id", "unit_id"),
        CheckConstraint("valid_to_date IS NULL OR valid_to_date >= valid_from_date", name="ends_after_start"),
        CheckConstraint("substitute_for_id IS NULL OR valid_to_date IS NOT NULL", name="substitute_has_end"),
        CheckConstraint("substitute_for_id <> staff_id", name="two_people"),
    )

    staff_id: Mapped[UUID]
    unit_id: Mapped[UUID]
    role: Mapped[Role] = term_column(Role, "role")
    valid_from_date: Mapped[date]
    valid_to_date: Mapped[date | None]
    """The last day on which it holds; None while no end is set."""
    substitute_for_id: Mapped[UUID | None]
    """The absent colleague in whose place the employee has the role."""
    granted_by_name: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    """When somebody took the role back, whatever the dates say."""
    ended_by_name: Mapped[str | None] = mapped_column(Text)


class LoginSession(TenantScoped, Base):
    """A login, held here and not in the browser, so that it can be ended from the outside.

    The cookie carries a random token of 256 bits; only its SHA-256 is kept.
    """

    __tablename__ = "login_session"
    __table_args__ = (
        UniqueConstraint("municipality_id", "token_hash"),
        Index(None, "municipality_id", "issuer", "sid"),
        Index(None, "municipality_id", "last_seen_at"),
        tenant_foreign_key("person_id", "person", ondelete="CASCADE"),
        tenant_foreign_key("staff_id", "staff_member", ondelete="CASCADE"),
        tenant_foreign_key("acting_for_id", "person"),
        tenant_foreign_key("unit_id", "unit"),
        CheckConstraint("(person_id IS NULL) <> (staff_id IS NULL)", name="one_kind_of_actor"),
        CheckConstraint("person_id IS NULL OR assurance IS NOT NULL", name="citizen_has_assurance"),
    )

    token_hash: Mapped[bytes] = mapped_column(LargeBinary)
    person_id: Mapped[UUID | None]
    staff_id: Mapped[UUID | None]
    acr: Mapped[str] = mapped_column(Text)
    assurance: Mapped[int | None] = mapped_column(SmallInteger)
    """The rank of `acr` (`auth.actor.Assurance`); None for staff, whose employer decides how they log in."""
    granted_roles: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    """The roles in the staff token, which narrow the employee's own; None when the provider leaves roles to us."""
    issuer: Mapped[str] = mapped_column(Text)
    unit_id: Mapped[UUID | None]
    """The unit that an employee with roles in several has chosen to work in; None for the home unit."""
    acting_for_id: Mapped[UUID | None]
    """Whom the citizen has chosen to see for; None for herself."""
    sid: Mapped[str | None] = mapped_column(Text)
    """The provider's own session, by which it tells us that the person logged out elsewhere."""
    id_token_encrypted: Mapped[bytes] = mapped_column(LargeBinary)
    """Sent back as `id_token_hint` at logout."""
    authenticated_at: Mapped[datetime]
    created_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    """When it ends however much it is used: two hours after the provider first saw the person."""
    last_seen_at: Mapped[datetime]

    @property
    def encryption_context(self) -> str:
        """What the encrypted value belongs to."""
        return f"login_session:{self.municipality_id}:{self.id}"

    @property
    def id_token(self) -> str:
        """The id_token, decrypted. It holds the person's number: never in an address or a log."""
        return key_ring().decrypt(self.id_token_encrypted, self.encryption_context)

    @property
    def is_alive(self) -> bool:
        """Used within half an hour, and not yet at its end."""
        now = clock.now()
        return now - self.last_seen_at <= IDLE_LIMIT and now <= self.ends_at

    @property
    def needs_stamp(self) -> bool:
        """Whether `last_seen_at` is a minute old."""
        return clock.now() - self.last_seen_at >= SEEN_INTERVAL


class HeldForm(TenantScoped, Base):
    """What somebody had typed into a form when the login no longer sufficed, kept until she has logged in again."""

    __tablename__ = "held_form"
    __table_args__ = (
        tenant_foreign_key("person_id", "person", ondelete="CASCADE"),
        tenant_foreign_key("staff_id", "staff_member", ondelete="CASCADE"),
        CheckConstraint("(person_id IS NULL) <> (staff_id IS NULL)", name="one_owner"),
        Index(None, "municipality_id", "created_at"),
    )

    person_id: Mapped[UUID | None]
    staff_id: Mapped[UUID | None]
    assurance: Mapped[int | None] = mapped_column(SmallInteger)
    """The level of the login in which a citizen typed it: a weaker one does not show it again. None for staff."""
    path: Mapped[str] = mapped_column(Text)
    """Where the form was going."""
    fields_encrypted: Mapped[bytes] = mapped_column(LargeBinary)
    """Names and values as JSON."""
    had_files: Mapped[bool]
    """Files are not kept: whoever sent them is told."""
    created_at: Mapped[datetime]

    @property
    def encryption_context(self) -> str:
        """What the encrypted value belongs to."""
        return f"held_form:{self.municipality_id}:{self.id}"


class Area(StrEnum):
    """A service area: what a representation covers, and what a case is about. Values are stored: never rename one."""

    VISITS = "visits"
    """Home-care visits: what a relative follows."""
    HEALTH = "health"
    """Applications, cases and conversations about health and care."""
    UPBRINGING = "upbringing"
    ECONOMY = "economy"
    OTHER = "other"


HEALTH_AREAS: Final = frozenset({Area.VISITS, Area.HEALTH})
"""They demand a login at level high, and a child decides herself from 16 (pasient- og brukerrettighetsloven § 4-3)."""


class Basis(StrEnum):
    """Why somebody may act for another. Values are stored: never rename one."""

    NEXT_OF_KIN = "next-of-kin"
    POWER_OF_ATTORNEY = "power-of-attorney"
    GUARDIANSHIP = "guardianship"
    PARENTAL_RESPONSIBILITY = "parental-responsibility"


class Representation(TenantScoped, Base):
    """That one person (the representative) may act for another (the principal), in some areas, for a time."""

    __tablename__ = "representation"
    __table_args__ = (
        tenant_foreign_key("principal_id", "person", ondelete="CASCADE"),
        tenant_foreign_key("representative_id", "person", ondelete="CASCADE"),
        Index(None, "municipality_id", "representative_id"),
        Index(None, "municipality_id", "principal_id"),
        tenant_foreign_key("case_file_id", "case_file"),
        tenant_foreign_key("registered_by_unit_id", "unit"),
        Index(None, "municipality_id", "registered_by_unit_id", "valid_to_date"),
        CheckConstraint("principal_id <> representative_id", name="two_people"),
        CheckConstraint("(case_file_id IS NULL) <> (areas = '{}')", name="areas_or_one_case"),
        CheckConstraint("valid_to_date IS NULL OR valid_to_date >= valid_from_date", name="ends_after_start"),
    )

    principal_id: Mapped[UUID]
    representative_id: Mapped[UUID]
    basis: Mapped[Basis] = mapped_column(Text)
    relation: Mapped[str | None] = mapped_column(Text)
    """What the principal is to the representative: `mother`, `father`, … for a heading such as «Mamma i dag»."""
    areas: Mapped[list[str]] = mapped_column(ARRAY(Text))
    """Everything in these areas; empty when it covers one conversation."""
    case_file_id: Mapped[UUID | None]
    """The one case whose conversation it covers."""
    legal_basis: Mapped[str | None] = mapped_column(Text)
    """The law that staff registered it by."""
    document_sha256: Mapped[str | None] = mapped_column(Text)
    """The document that staff registered it by, in the file store."""
    registered_by_name: Mapped[str] = mapped_column(Text)
    """Who gave or registered it: the principal, an employee, or the register it comes from."""
    registered_by_unit_id: Mapped[UUID | None]
    """The unit that registered it and sees to it that it is renewed or ended; None for what staff did not register."""
    confirmed_at: Mapped[datetime | None]
    """When the population register last said so; a guardianship or parental responsibility holds no longer without."""
    valid_from_date: Mapped[date]
    valid_to_date: Mapped[date | None]
    """The last day on which it holds; None while no end is set."""
    revoked_at: Mapped[datetime | None]
    revoked_by_name: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime]
    visits_stopped_at: Mapped[datetime | None]
    """When the principal, or who decides for her, stopped the representative from following her visits."""


class AccessGrant(TenantScoped, Base):
    """Leave to look at one person's cases for an hour, opened by an employee who said why.

    It reaches outside the employee's own unit, and is the only way to a person with a protected address.
    """

    __tablename__ = "access_grant"
    __table_args__ = (
        tenant_foreign_key("staff_id", "staff_member", ondelete="CASCADE"),
        tenant_foreign_key("person_id", "person", ondelete="CASCADE"),
        Index(None, "municipality_id", "staff_id", "person_id", "expires_at"),
    )

    staff_id: Mapped[UUID]
    person_id: Mapped[UUID]
    purpose: Mapped[str] = mapped_column(Text)
    """A value of `audit.models.Purpose`."""
    reason: Mapped[str | None] = mapped_column(Text)
    granted_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class UsedToken(Base):
    """That a machine's token was shown: it opens nothing a second time. Kept until it would have run out anyway."""

    __tablename__ = "used_token"
    __table_args__ = (Index(None, "municipality_id", "expires_at"),)

    municipality_id: Mapped[int] = mapped_column(
        SmallInteger, ForeignKey("municipality.id"), primary_key=True, default=current_municipality_id
    )
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    """SHA-256 of issuer and `jti`."""
    expires_at: Mapped[datetime]
