"""Brings the desk's own database to this version's tables. Way: verbs, tests -> here -> Alembic."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, OperationalError
from sqlalchemy.pool import NullPool

from core.errors import NotReadyError


def database_url(url: str) -> URL:
    """Return the desk's address as SQLAlchemy writes it; psycopg 3 serves PostgreSQL.

    Raises:
        NotReadyError: it is neither `sqlite:///...` nor `postgresql://...`.
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError) as error:  # not shown: a password may stand in it
        raise NotReadyError(
            "the desk's address cannot be read", expected="sqlite:///... or postgresql://..."
        ) from error
    name = parsed.get_backend_name()
    if name not in ("sqlite", "postgresql"):
        raise NotReadyError(f"a desk at {name}", expected="sqlite:///... or postgresql://...")
    return parsed.set(drivername="postgresql+psycopg") if name == "postgresql" else parsed


def migrate(url: str, revision: str = "head") -> None:
    """Bring the database at `url` to a revision; one that is there already is left alone.

    Raises:
        NotReadyError: as `database_url`, or the database does not answer.
    """
    parsed = database_url(url)
    if parsed.get_backend_name() == "sqlite" and parsed.database:
        path = Path(parsed.database)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)  # nobody's but the desk's
    engine = create_engine(parsed, poolclass=NullPool)
    config = Config()
    config.set_main_option("script_location", "core.aml:migrations")
    config.set_main_option("file_template", "v%%(rev)s_%%(slug)s")
    try:
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, revision)
    except OperationalError as error:
        raise NotReadyError(
            f"the desk at {parsed.render_as_string()} does not answer: {error.orig}"
        ) from error
