"""A ledger's database by its address. Way: a setting or an option -> here -> its backend."""

from __future__ import annotations

from pathlib import Path

from core.ledger.backend import LedgerBackend
from core.ledger.batcher import Lanes
from core.ledger.migrate import check_migrated, database_url


def open_backend(url: str) -> LedgerBackend:
    """Open the ledger at an address.

    - `sqlite:///var/ledger.sqlite` (relative; four slashes for an absolute path)
    - `postgresql://user@host:port/database`

    Raises:
        NotReadyError: the address has another form, there is no ledger of this version, the
            database does not answer, or its driver is missing.
    """
    parsed = database_url(url)
    check_migrated(url)
    if parsed.get_backend_name() == "sqlite":
        from core.ledger.sqlite_backend import SqliteBackend

        return SqliteBackend(Path(parsed.database or ""))
    from core.ledger.postgres_backend import PostgresBackend

    return PostgresBackend(
        parsed.set(drivername="postgresql").render_as_string(hide_password=False)
    )


def lanes_of(url: str) -> Lanes:
    """Return how many batches of the ledger at an address are best written at once.

    A file has one writer; two batches of PostgreSQL overlap one's flush with the other's work.
    """
    is_file = database_url(url).get_backend_name() == "sqlite"
    return Lanes(count=1) if is_file else Lanes()
