"""A region's database: brought to this version, claimed, opened. Way: residency -> here -> vault.

A database knows the regions that are in it. A region that finds another there which it may not meet
is refused, under whatever address it came.
"""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, event, insert, select
from sqlalchemy.engine import Connection, Engine, make_url
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from core.errors import NotReadyError
from core.kyc.schema import PLACE
from core.residency import Region


def migrate(region: Region, revision: str = "head") -> None:
    """Bring a region's database to a revision and claim it for the region.

    Raises:
        NotReadyError: it does not answer, or holds a region this one may not meet.
    """
    parsed = make_url(region.kyc_url)
    if parsed.get_backend_name() == "sqlite" and parsed.database:
        path = Path(parsed.database)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
    config = Config()
    config.set_main_option("script_location", "core.kyc:migrations")
    config.set_main_option("file_template", "v%%(rev)s_%%(slug)s")
    engine = opened(region)
    try:
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, revision)
            _claim(connection, region)
    except OperationalError as error:
        raise NotReadyError(
            f"the vault at {parsed.render_as_string()} does not answer: {error.orig}"
        ) from error
    finally:
        engine.dispose()


def opened(region: Region) -> Engine:
    """Return an engine for a region's database.

    SQLite is locked when a transaction begins, and overwrites what it deletes.
    """
    parsed = make_url(region.kyc_url)
    is_sqlite = parsed.get_backend_name() == "sqlite"
    if not is_sqlite:
        parsed = parsed.set(drivername="postgresql+psycopg")
    engine = create_engine(parsed, poolclass=NullPool, hide_parameters=True)
    if is_sqlite:
        event.listen(engine, "connect", _careful)
        event.listen(engine, "begin", _begin_immediate)
    return engine


def _careful(connection: object, _record: object) -> None:
    for said in ("journal_mode = WAL", "secure_delete = ON", "busy_timeout = 10000"):
        connection.execute(f"PRAGMA {said}")  # type: ignore[attr-defined]


def _begin_immediate(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _claim(connection: Connection, region: Region) -> None:
    there = set(connection.execute(select(PLACE.c.region)).scalars())
    others = sorted(there - {region.name} - set(region.meets))
    if others:
        raise NotReadyError(
            f"the database of region {region.name} holds records of {', '.join(others)}",
            expected="a database of its own",
            hint="if the law lets them meet, both say `meets: [the other]` in the file of regions",
        )
    if region.name not in there:
        connection.execute(insert(PLACE).values(region=region.name))
