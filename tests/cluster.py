"""One PostgreSQL cluster for the whole run, a migrated template in it, and a database for each test process."""

import os
import shutil
import tempfile
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy import make_url

from citizen_portal.migrations import upgrade
from citizen_portal.postgres import EmbeddedPostgres, provision

TEMPLATE = "portal_template"
FOLDER_VARIABLE = "PORTAL_TEST_CLUSTER"
NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "200"}


def start() -> EmbeddedPostgres:
    """Start the cluster and migrate the template; its folder is told to the other test processes by the environment."""
    folder = Path(tempfile.mkdtemp(prefix="portal-test-"))
    server = EmbeddedPostgres(folder, settings=NOT_DURABLE)
    server.start()
    provision(server, TEMPLATE)
    upgrade(server.url("portal_owner", TEMPLATE))
    os.environ[FOLDER_VARIABLE] = str(folder)
    return server


def stop(server: EmbeddedPostgres) -> None:
    """Stop the cluster and remove its folder."""
    server.stop()
    shutil.rmtree(server.directory, ignore_errors=True)


def database(name: str) -> EmbeddedPostgres:
    """A fresh copy of the template under the name, on the running cluster."""
    server = EmbeddedPostgres(Path(os.environ[FOLDER_VARIABLE]))
    with psycopg.connect(plain(server.url("postgres", "postgres")), autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(7239002)")  # roles are the cluster's: two at once would collide
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER portal_owner").format(
                sql.Identifier(name), sql.Identifier(TEMPLATE)
            )
        )
        provision(server, name)
    return server


def plain(url: str) -> str:
    """The URL as psycopg itself takes it."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def empty(url: str) -> None:
    """Remove all rows of all our tables; `url` is the superuser's."""
    with psycopg.connect(plain(url), autocommit=True) as connection:
        tables = connection.execute(
            "SELECT quote_ident(tablename) FROM pg_tables "
            "WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
        ).fetchall()
        connection.execute(
            sql.SQL("TRUNCATE {} RESTART IDENTITY CASCADE").format(sql.SQL(", ".join(t[0] for t in tables)))
        )
