"""The database on the embedded server and the two roles that work in it: one owns and migrates, the other serves."""

import psycopg
from psycopg import sql

from citizen_portal.postgres import APP_ROLE, OWNER_ROLE, SUPERUSER, EmbeddedPostgres


def provision(server: EmbeddedPostgres, database: str) -> None:
    """Make `database` and its two roles, or put them right again; harmless to repeat. The server must run.

    portal_owner owns it all and migrates; portal_app, which serves, owns nothing and is under row security.
    """
    admin = server.url(SUPERUSER, "postgres").replace("+psycopg", "", 1)
    name = sql.Identifier(database)
    with psycopg.connect(admin, autocommit=True) as connection:
        for role in (OWNER_ROLE, APP_ROLE):
            _provision_role(connection, server, role)
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database]).fetchone():
            connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(name, sql.Identifier(OWNER_ROLE)))
        connection.execute(sql.SQL("ALTER DATABASE {} OWNER TO {}").format(name, sql.Identifier(OWNER_ROLE)))
        connection.execute(sql.SQL("REVOKE ALL ON DATABASE {}, postgres, template1 FROM PUBLIC").format(name))
        connection.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO portal_owner, portal_app").format(name))
    with psycopg.connect(server.url(SUPERUSER, database).replace("+psycopg", "", 1), autocommit=True) as connection:
        connection.execute("REVOKE ALL ON SCHEMA public FROM PUBLIC")
        connection.execute("GRANT USAGE ON SCHEMA public TO portal_app")


def _provision_role(connection: psycopg.Connection, server: EmbeddedPostgres, role: str) -> None:
    if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone():
        connection.execute(sql.SQL("CREATE ROLE {}").format(sql.Identifier(role)))
    password = psycopg.conninfo.conninfo_to_dict(server.url(role, "postgres").replace("+psycopg", "", 1))["password"]
    hashed = connection.pgconn.encrypt_password(str(password).encode(), role.encode(), b"scram-sha-256")
    connection.execute(
        sql.SQL("ALTER ROLE {} LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOCREATEDB NOREPLICATION PASSWORD {}").format(
            sql.Identifier(role), hashed.decode()
        )
    )
