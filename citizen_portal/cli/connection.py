"""The settings and the database of a command."""

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from citizen_portal.config import Settings


def settings() -> "Settings":
    """The settings of the environment, or of the demo that runs here."""
    from citizen_portal.config import load_settings

    return load_settings()


def owner_url(settings: "Settings") -> str:
    """The address of the role that owns the tables. Raises ClickException without one."""
    if settings.owner_database_url is None:
        raise click.ClickException("PORTAL_OWNER_DATABASE_URL is missing: the role that owns the tables")
    return settings.owner_database_url


@contextlib.contextmanager
def database() -> Iterator["Settings"]:
    """Settings with a database that runs: the demo's is started for the while unless `make run` has it up."""
    from citizen_portal.demo.installation import database_folder
    from citizen_portal.postgres import EmbeddedPostgres

    found = settings()
    folder = database_folder(found.instance)
    with EmbeddedPostgres(folder) if found.is_demo and folder.exists() else contextlib.nullcontext():
        yield found


@contextlib.contextmanager
def connected(*, as_owner: bool = False) -> Iterator[None]:
    """This process connected as the application is, with every table known to the mapper."""
    from citizen_portal import db, storage
    from citizen_portal.identity import encryption
    from citizen_portal.migrations import models as _every_table  # noqa: F401 - importing it is the point

    with database() as found:
        db.configure(owner_url(found) if as_owner else found.database_url, pool_size=1)
        storage.configure(found.storage_url)
        encryption.configure(found)
        try:
            yield
        finally:
            db.dispose()


@contextlib.contextmanager
def refusals() -> Iterator[None]:
    """What the domain refuses, in a sentence for the archivist at the shell."""
    from citizen_portal.archive import errors
    from citizen_portal.archive.noark5 import package, schemas
    from citizen_portal.errors import DomainError, NotFound
    from citizen_portal.journal.errors import ArchiveNotSetUp

    sentences: dict[type[DomainError], str] = {
        NotFound: "there is no municipality with that number",
        ArchiveNotSetUp: "the municipality has no active series",
        errors.InvalidPeriod: "the period ends before it begins, or has not begun yet",
        package.EmptyPeriod: "nothing was journaled in the period",
        package.OutputExists: "something is there already; nothing is overwritten",
        schemas.UnofficialSchema: "these schemas are missing or not the official ones (see `archive schemas`): ",
    }
    try:
        yield
    except tuple(sentences) as error:
        names = ", ".join(str(name) for name in error.args) if isinstance(error, schemas.UnofficialSchema) else ""
        raise click.ClickException(sentences[type(error)] + names) from error
