"""What an adapter is. Way: files of one format -> adapter -> candidates -> settle, warehouse.

An adapter turns files into candidates: rows with the columns of a fact, each with where it stood
and, if it cannot be a fact, the refusal. It decides nothing about duplicates or folders.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb

from core.discover import declarations
from core.errors import SourceError
from pipelines.landing import adapters
from pipelines.landing.column_map import ColumnMap
from pipelines.landing.counts import Tally


@dataclass(frozen=True, slots=True)
class Candidates:
    """Rows that want to become one fact: SQL giving the columns of `checks.candidate_columns`."""

    fact: str
    sql: str


@dataclass(frozen=True, slots=True)
class Strays:
    """Rows of no fact: SQL giving `rejects.REFUSED`.

    Of a type this version does not know (`is_unknown`: kept, counted, landed by a later version),
    or refused before a fact could be named.
    """

    label: str
    sql: str
    is_unknown: bool


Found = Candidates | Strays | Tally
"""What an adapter yields: rows to settle, rows to keep aside, or rows already kept and counted."""


@dataclass(frozen=True, slots=True)
class Intake:
    """What an adapter reads: files or folders, the column map if one is given, a connection.

    Lines refused while a file is read go to `dead_letter` at once.
    """

    connection: duckdb.DuckDBPyConnection
    paths: tuple[Path, ...]
    dead_letter: Path
    base_currency: str = "EUR"
    column_map: ColumnMap | None = None


@dataclass(frozen=True, slots=True)
class Adapter:
    """A format: its name, what it reads and why it is here, and how it is read."""

    name: str
    reads: str
    why: str
    candidates: Callable[[Intake], Iterator[Found]]
    column_map: ColumnMap | None = None


def adapters_by_name() -> dict[str, Adapter]:
    """Return every adapter there is."""
    return {adapter.name: adapter for adapter in declarations(adapters, Adapter)}


def adapter_named(name: str) -> Adapter:
    """Return the adapter of that name.

    Raises:
        SourceError: there is none; the message lists those there are.
    """
    known = adapters_by_name()
    if name not in known:
        raise SourceError(f"no adapter is called {name!r}", expected=f"one of {', '.join(known)}")
    return known[name]
