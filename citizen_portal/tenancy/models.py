"""Municipalities, their host names and units."""

from uuid import UUID

from sqlalchemy import ForeignKey, Identity, SmallInteger, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from citizen_portal.db import Base, current_municipality_id, new_id


class Municipality(Base):
    """A municipality of this installation (kommune). Its own row is public: name and how to reach it."""

    __tablename__ = "municipality"

    id: Mapped[int] = mapped_column(SmallInteger, Identity(always=True), primary_key=True)
    number: Mapped[str] = mapped_column(Text, unique=True)
    """Kommunenummer, four digits as text (SSB's Klass 131); codes change over time, ids here do not."""
    name: Mapped[str] = mapped_column(Text)
    organisation_number: Mapped[str] = mapped_column(Text, unique=True)
    slug: Mapped[str] = mapped_column(Text, unique=True)
    languages: Mapped[list[str]] = mapped_column(ARRAY(Text))
    """Languages offered, the municipality's own first: nb, nn, en, se."""
    phone: Mapped[str] = mapped_column(Text)
    email: Mapped[str] = mapped_column(Text)
    address_lines: Mapped[list[str]] = mapped_column(ARRAY(Text))
    onbehalfof: Mapped[str | None] = mapped_column(Text)
    """The name under which ID-porten knows the municipality when a supplier's client asks on its behalf."""


class Hostname(Base):
    """A host name, without port, by which a municipality is reached."""

    __tablename__ = "hostname"

    name: Mapped[str] = mapped_column(Text, primary_key=True)
    municipality_id: Mapped[int] = mapped_column(ForeignKey("municipality.id"), index=True)


class TenantScoped:
    """For every table whose rows belong to one municipality: keys led by `municipality_id`, row security forced."""

    @declared_attr
    @classmethod
    def municipality_id(cls) -> Mapped[int]:
        """The municipality that owns the row."""
        return mapped_column(
            SmallInteger,
            ForeignKey("municipality.id"),
            primary_key=True,
            default=current_municipality_id,
            sort_order=-2,
        )

    @declared_attr
    @classmethod
    def id(cls) -> Mapped[UUID]:
        """UUID version 7, made by us (or by a client that must be able to repeat itself)."""
        return mapped_column(primary_key=True, default=new_id, sort_order=-1)


class Unit(TenantScoped, Base):
    """A unit of the municipality that handles cases (enhet)."""

    __tablename__ = "unit"

    name: Mapped[str] = mapped_column(Text)
    phone: Mapped[str] = mapped_column(Text)
    has_visits: Mapped[bool] = mapped_column(default=False)
    """Whether home-care visits of it are known: only then do its employees have use for the pages about them."""
