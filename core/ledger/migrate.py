"""Brings a database to this version's tables. Way: `evenhand wallet`, tests -> here -> Alembic."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine
from sqlalchemy.engine import URL, make_url
from sqlalchemy.pool import NullPool

from core.errors import NotReadyError


def database_url(url: str) -> URL:
    """Return the address of a ledger as SQLAlchemy writes it; psycopg 3 serves PostgreSQL.

    Raises:
        NotReadyError: it is neither `sqlite:///...` nor `postgresql://...`.
    """
    parsed = make_url(url)
    name = parsed.get_backend_name()
    if name not in ("sqlite", "postgresql"):
        raise NotReadyError(f"a ledger at {name}", expected="sqlite:///... or postgresql://...")
    return parsed.set(drivername="postgresql+psycopg") if name == "postgresql" else parsed


def migrate(url: str, revision: str = "head") -> None:
    """Bring the database at `url` to a revision; one that is there already is left alone.

    Raises:
        NotReadyError: as `database_url`.
    """
    parsed = database_url(url)
    if parsed.get_backend_name() == "sqlite" and parsed.database:
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(parsed, poolclass=NullPool)
    config = Config()
    config.set_main_option("script_location", "core.ledger:migrations")
    config.set_main_option("file_template", "v%%(rev)s_%%(slug)s")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
