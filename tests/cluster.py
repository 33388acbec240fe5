"""One PostgreSQL cluster for the whole run, a migrated template in it, and a database for each test process."""

import os
import shutil
import tempfile
from functools import cache
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy import make_url

from citizen_portal.database_roles import provision
from citizen_portal.migrations import upgrade
from citizen_portal.postgres import EmbeddedPostgres

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


_FEW_BYTES = 1_000_000


def empty(url: str) -> None:
    """Remove all rows of all our tables and let numbers begin anew; `url` is the superuser's.

    After nearly every test a handful of rows in a few tables is all there is: deleting those takes milliseconds, where
    cutting off each of the tables takes half a second. After a test that wrote much, the tables are cut off.
    """
    connection = _cleaners_connection(url)
    filled = _filled_tables(connection)
    with connection.transaction():
        if any(size > _FEW_BYTES for size in filled.values()):
            names = sql.SQL(", ").join(sql.Identifier(name) for name in filled)
            connection.execute(sql.SQL("TRUNCATE {} CASCADE").format(names))
        else:
            connection.execute("SET LOCAL session_replication_role = replica")  # neither triggers nor foreign keys
            for name in filled:
                connection.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(name)))
        connection.execute(
            "SELECT setval(format('%I.%I', schemaname, sequencename)::regclass, start_value, false) "
            "FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL"
        )


@cache
def _cleaners_connection(url: str) -> psycopg.Connection[tuple[str, int]]:
    """Kept from test to test: a new one has to learn the whole catalogue before its first answer."""
    return psycopg.connect(plain(url), autocommit=True)


def _filled_tables(connection: psycopg.Connection[tuple[str, int]]) -> dict[str, int]:
    """The tables that hold rows, each with the bytes of its file."""
    tables = connection.execute(
        "SELECT tablename, pg_relation_size(format('%I.%I', schemaname, tablename)::regclass) FROM pg_tables "
        "WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
    ).fetchall()
    holds_rows = sql.SQL(" UNION ALL ").join(
        sql.SQL("SELECT {} WHERE EXISTS (SELECT FROM {})").format(sql.Literal(name), sql.Identifier(name))
        for name, size in tables
        if size
    )
    sizes = dict(tables)
    return {name: sizes[name] for (name,) in connection.execute(holds_rows)} if any(sizes.values()) else {}
