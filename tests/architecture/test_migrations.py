"""The migrations make exactly the tables that the code believes in, and can be taken back."""

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Connection, create_engine, inspect, text

from citizen_portal import migrations
from citizen_portal.database_roles import provision
from citizen_portal.migrations.models import metadata
from citizen_portal.postgres import EmbeddedPostgres
from tests import cluster

OF_THE_JOB_QUEUE = "procrastinate_"


def _is_ours(_object: object, name: str | None, kind: str, _reflected: bool, _compared: object) -> bool:
    return not (kind == "table" and (name or "").startswith(OF_THE_JOB_QUEUE))


def test_migrations_equal_models(database: tuple[EmbeddedPostgres, str]) -> None:
    server, name = database
    engine = create_engine(server.url("portal_owner", name))
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True, "include_object": _is_ours}
        )
        differences = compare_metadata(context, metadata)
    engine.dispose()
    assert differences == []


def test_every_migration_can_be_taken_back_and_made_again(database: tuple[EmbeddedPostgres, str]) -> None:
    server, name = database
    provision(server, f"{name}_migrations")
    url = server.url("portal_owner", f"{name}_migrations")
    migrations.upgrade(url)
    engine = create_engine(url)
    with engine.begin() as connection:
        made = _tables(connection)
        command.downgrade(_config(connection), "base")
        assert _tables(connection) == {"alembic_version"}
        left = connection.scalar(text("SELECT count(*) FROM pg_type WHERE typname LIKE 'procrastinate%'"))
        assert left == 0
    with engine.begin() as connection:
        command.upgrade(_config(connection), "head")
        assert _tables(connection) == made
    engine.dispose()


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(next(iter(migrations.__path__))))
    config.attributes["connection"] = connection
    return config


def _tables(connection: Connection) -> set[str]:
    return set(inspect(connection).get_table_names())


def test_the_test_cluster_is_the_one_that_production_embeds(database: tuple[EmbeddedPostgres, str]) -> None:
    server, name = database
    engine = create_engine(server.url("portal_app", name))
    with engine.connect() as connection:
        assert connection.scalar(text("SHOW data_checksums")) == "on"
        assert connection.scalar(text("SHOW listen_addresses")) == ""
        assert (
            connection.scalar(text("SELECT datlocale FROM pg_database WHERE datname = current_database()")) == "C.UTF-8"
        )
    engine.dispose()
    assert name != cluster.TEMPLATE
