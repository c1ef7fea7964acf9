"""PostgreSQL's driver, an extra: loaded where a database is opened. Way: log, ledger -> here."""

from __future__ import annotations

from typing import Any

from core.errors import NotReadyError


def driver() -> Any:
    """Return psycopg 3.

    Raises:
        NotReadyError: it is not installed.
    """
    try:
        import psycopg
    except ImportError as error:
        raise NotReadyError(
            "psycopg is not installed", hint="pip install 'evenhand[postgres]'"
        ) from error
    return psycopg
