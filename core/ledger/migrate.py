"""Brings a database to this version's tables. Way: `evenhand wallet`, tests -> here -> Alembic."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, OperationalError
from sqlalchemy.pool import NullPool

from core.errors import NotReadyError


def database_url(url: str) -> URL:
    """Return the address of a ledger as SQLAlchemy writes it; psycopg 3 serves PostgreSQL.

    Raises:
        NotReadyError: it is neither `sqlite:///...` nor `postgresql://...`.
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError) as error:  # not shown: a password may stand in it
        raise NotReadyError(
            "the ledger's address cannot be read", expected="sqlite:///... or postgresql://..."
        ) from error
    name = parsed.get_backend_name()
    if name not in ("sqlite", "postgresql"):
        raise NotReadyError(f"a ledger at {name}", expected="sqlite:///... or postgresql://...")
    return parsed.set(drivername="postgresql+psycopg") if name == "postgresql" else parsed


def migrate(url: str, revision: str = "head") -> None:
    """Bring the database at `url` to a revision; one that is there already is left alone.

    Raises:
        NotReadyError: as `database_url`, or the database does not answer.
    """
    parsed = database_url(url)
    if parsed.get_backend_name() == "sqlite" and parsed.database:
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(parsed, poolclass=NullPool)
    config = _config()
    try:
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, revision)
    except OperationalError as error:
        raise _silent(parsed, error) from error


def check_migrated(url: str) -> None:
    """Refuse a database that does not hold this version's tables.

    Raises:
        NotReadyError: it does not, or it does not answer.
    """
    parsed = database_url(url)
    found = None
    if parsed.get_backend_name() != "sqlite" or Path(parsed.database or "").is_file():
        found = _revision_at(parsed)
    expected = newest_revision()
    if found != expected:
        raise NotReadyError(
            f"the ledger at {parsed.render_as_string()} is of version {found}",
            expected=f"version {expected}", hint="evenhand wallet migrate",
        )  # fmt: skip


@cache
def newest_revision() -> str:
    """Return the version this code is written for."""
    return str(ScriptDirectory.from_config(_config()).get_current_head())


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", "core.ledger:migrations")
    config.set_main_option("file_template", "v%%(rev)s_%%(slug)s")
    return config


def _revision_at(parsed: URL) -> str | None:
    try:
        with create_engine(parsed, poolclass=NullPool).connect() as connection:
            return MigrationContext.configure(connection).get_current_revision()
    except OperationalError as error:
        raise _silent(parsed, error) from error
    except ImportError as error:
        raise NotReadyError(
            "psycopg is not installed", hint="pip install 'evenhand[postgres]'"
        ) from error


def _silent(parsed: URL, error: OperationalError) -> NotReadyError:
    return NotReadyError(f"the ledger at {parsed.render_as_string()} does not answer: {error.orig}")
