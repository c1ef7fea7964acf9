"""One consistent look at a ledger, whatever database holds it. Way: reads, audit, sweeps -> here.

A look is a snapshot: what is posted meanwhile is not in it, and nobody waits for it. Rows stream,
so that a ledger of any size is read in a bounded memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import create_engine, event, inspect
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from core.errors import NotReadyError
from core.ledger.migrate import database_url
from core.ledger.schema import METADATA

ROWS_AT_A_TIME = 1_000


@contextmanager
def reading(url: str) -> Iterator[Connection]:
    """Open a snapshot of the ledger at `sqlite:///...` or `postgresql://...`.

    Raises:
        NotReadyError: there is no ledger of this version, or it cannot be read.
    """
    parsed = database_url(url)
    is_sqlite = parsed.get_backend_name() == "sqlite"
    if is_sqlite:  # `mode=ro`: a look never makes a file
        parsed = parsed.set(database=f"file:{parsed.database}", query={"mode": "ro", "uri": "true"})
    engine = create_engine(parsed, poolclass=NullPool)
    if is_sqlite:
        event.listen(engine, "begin", _begin)
    try:
        with engine.connect() as connection:
            if not is_sqlite:
                connection.execution_options(isolation_level="REPEATABLE READ")
            with connection.begin():
                _check_tables(connection, url)
                connection.execution_options(yield_per=ROWS_AT_A_TIME)
                yield connection
    except DBAPIError as error:
        raise NotReadyError(
            f"no ledger to read at {database_url(url)!r}: {error.orig}",
            hint="evenhand wallet migrate, or name it with --url",
        ) from error
    finally:
        engine.dispose()


def _begin(connection: Connection) -> None:
    """Begin for reads too: Python's driver would begin only at the first write."""
    connection.exec_driver_sql("BEGIN")


def _check_tables(connection: Connection, url: str) -> None:
    missing = set(METADATA.tables) - set(inspect(connection).get_table_names())
    if missing:
        raise NotReadyError(
            f"the ledger at {database_url(url)!r} lacks {', '.join(sorted(missing))}",
            hint="evenhand wallet migrate",
        )
