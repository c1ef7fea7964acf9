"""A database with a log, opened to look or to append. Way: verbs -> here -> verify, append, export.

A look is one snapshot: what is appended meanwhile is not in it, and nobody waits for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from sqlalchemy import create_engine, event, inspect
from sqlalchemy.engine import URL, Connection, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, OperationalError
from sqlalchemy.pool import NullPool

from core.audit.tables import METADATA
from core.errors import NotReadyError

_EXPECTED = "sqlite:///... or postgresql://..."


@contextmanager
def looking(url: str) -> Iterator[Connection]:
    """Open a snapshot that can only be read.

    Raises:
        NotReadyError: there is no log, or the database does not answer.
    """
    with _open(_address(url), "BEGIN", "ro") as connection:  # `ro`: a look never makes a file
        yield connection


@contextmanager
def appending(url: str) -> Iterator[Connection]:
    """Open a transaction that commits at the end; in SQLite the file is locked at once.

    Raises:
        NotReadyError: there is no log, or the database does not answer.
    """
    with _open(_address(url), "BEGIN IMMEDIATE", "rw") as connection:  # `rw`: nor does this
        yield connection


def _address(url: str) -> URL:
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError) as error:  # not shown: a password may stand in it
        raise NotReadyError("the log's address cannot be read", expected=_EXPECTED) from error
    name = parsed.get_backend_name()
    if name not in ("sqlite", "postgresql"):
        raise NotReadyError(f"a log at {name}", expected=_EXPECTED)
    return parsed.set(drivername="postgresql+psycopg") if name == "postgresql" else parsed


@contextmanager
def _open(parsed: URL, begin: str, mode: str) -> Iterator[Connection]:
    is_sqlite, opened = parsed.get_backend_name() == "sqlite", parsed
    if is_sqlite:
        file = f"file:{parsed.database}"
        opened = parsed.set(database=file, query={"mode": mode, "uri": "true"})
    try:
        engine = create_engine(opened, poolclass=NullPool)
    except ImportError as error:
        raise NotReadyError(
            "psycopg is not installed", hint="pip install 'evenhand[postgres]'"
        ) from error
    if is_sqlite:
        event.listen(engine, "begin", partial(_begin, begin))
    try:
        with engine.connect() as connection:
            if not is_sqlite:
                is_look = begin == "BEGIN"
                level = "REPEATABLE READ" if is_look else "READ COMMITTED"
                connection.execution_options(isolation_level=level, postgresql_readonly=is_look)
            with connection.begin():
                _check_tables(connection, parsed)
                yield connection
    except DatabaseError as error:
        if type(error) not in (DatabaseError, OperationalError):
            raise  # a constraint, a trigger: the caller's
        raise NotReadyError(
            f"the log at {parsed.render_as_string()} does not answer: {error.orig}",
            hint="name the database with --url",
        ) from error
    finally:
        engine.dispose()


def _begin(statement: str, connection: Connection) -> None:
    """Begin here: Python's driver would begin only at the first write."""
    connection.exec_driver_sql(statement)


def _check_tables(connection: Connection, parsed: URL) -> None:
    missing = set(METADATA.tables) - set(inspect(connection).get_table_names())
    if missing:
        raise NotReadyError(
            f"{parsed.render_as_string()} lacks {', '.join(sorted(missing))}",
            hint="bring the database to this version: `evenhand wallet migrate`",
        )
