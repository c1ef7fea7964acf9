"""Texts as they are stored, whatever they became. Way: database -> here -> verify, checkpoints.

A log may hold what nobody wrote. SQLite keeps any bytes in a text; Python's driver would fail at
those that are no UTF-8, before anyone could say where they stand. Here they come as they are, with
what is no UTF-8 as lone surrogates, and a blob as bytes, which equals no text.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy.engine import Connection


@contextmanager
def stored_texts(connection: Connection) -> Iterator[None]:
    """Read texts of SQLite without judging them; PostgreSQL has none but Unicode."""
    if connection.dialect.name != "sqlite":
        yield
        return
    raw: Any = connection.connection.driver_connection
    before, raw.text_factory = raw.text_factory, _as_is
    try:
        yield
    finally:
        raw.text_factory = before


def _as_is(stored: bytes) -> str:
    return stored.decode("utf-8", "surrogateescape")
