"""Database migrations, run by Alembic as the role that owns the tables."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine


def upgrade(owner_url: str, revision: str = "head") -> None:
    """Bring the database of `owner_url` to the revision. Several processes may call it at once: one does the work."""
    engine = create_engine(owner_url)
    with engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(Path(__file__).parent))
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
    engine.dispose()
