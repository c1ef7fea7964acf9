"""The rg state as one SQLite file. Way: pipelines.rg_state writes -> here -> the gate reads.

The file is written whole beside the old one and put in its place at once, so a reader sees the old
state or the new one. A reader never raises for a bad file: it answers with the fault, and the rules
make that a suppression.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType

import msgspec

from core.rg_state import Hold, HoldKind, RgState
from core.rule import Knowledge

LAYOUT = 1
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SCHEMA = """
CREATE TABLE built (
    layout INTEGER NOT NULL, built_at INTEGER NOT NULL, player_count INTEGER NOT NULL
);
CREATE TABLE player_state (
    player_id TEXT PRIMARY KEY, state TEXT NOT NULL, until_at INTEGER, version INTEGER NOT NULL,
    holds TEXT NOT NULL
) WITHOUT ROWID;
"""
_HOLDS = dict[HoldKind, tuple[int | None, int | None, int | None]]
_LOOKUP = (
    "SELECT player_id, version, holds FROM player_state"
    " WHERE player_id IN (SELECT value FROM json_each(?))"
)


def write_rg_state(path: Path, states: Iterable[tuple[str, RgState]], *, known_at: datetime) -> int:
    """Write the states of all known players and put the file in place; returns the players.

    `known_at` is the latest `recorded_at` of the facts the states were folded from.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f"{path.name}.{os.getpid()}.new")
    beside.unlink(missing_ok=True)
    with closing(sqlite3.connect(beside)) as connection, connection:
        connection.executescript(_SCHEMA)
        rows = (_row(player_id, state, known_at) for player_id, state in states)
        count = connection.executemany("INSERT INTO player_state VALUES (?,?,?,?,?)", rows).rowcount
        connection.execute("INSERT INTO built VALUES (?,?,?)", (LAYOUT, _us(known_at), count))
    beside.replace(path)
    return count


class RgStateReader:
    """Looks players up in the file in place now; not for use by two threads at once."""

    def __init__(self, path: Path, *, busy_s: float = 0.05) -> None:
        self._path, self._busy_s = path, busy_s
        self._connection: sqlite3.Connection | None = None
        self._file: tuple[int, int, int] | None = None

    def look_up(self, player_ids: Sequence[str]) -> dict[str, Knowledge]:
        """Return what is known of each player; a fault is an answer, never an exception."""
        try:
            known_at, states = self._read(player_ids)
        except (sqlite3.Error, OSError, ValueError, TypeError, OverflowError) as error:
            self.close()
            fault = f"rg state cannot be read: {type(error).__name__}"
            return {player_id: Knowledge(fault=fault) for player_id in player_ids}
        return {p: Knowledge(states.get(p), known_at) for p in player_ids}

    def close(self) -> None:
        """Forget the open file; the next look-up opens it again."""
        if self._connection is not None:
            self._connection.close()
        self._connection, self._file = None, None

    def _read(self, player_ids: Sequence[str]) -> tuple[datetime, dict[str, RgState]]:
        connection = self._current()
        layout, built_at = connection.execute("SELECT layout, built_at FROM built").fetchone()
        if layout != LAYOUT:
            raise ValueError(layout)
        rows = connection.execute(_LOOKUP, (json.dumps(list(player_ids)),))
        states = {row[0]: RgState(_holds(row[2]), int(row[1])) for row in rows}
        return _instant(built_at), states

    def _current(self) -> sqlite3.Connection:
        found = self._path.stat()
        file = (found.st_ino, found.st_mtime_ns, found.st_size)
        if self._connection is None or file != self._file:
            self.close()
            uri = f"{self._path.resolve().as_uri()}?mode=ro"
            self._connection = sqlite3.connect(
                uri, uri=True, timeout=self._busy_s, check_same_thread=False
            )
            self._file = file
        return self._connection


def _row(player_id: str, state: RgState, at: datetime) -> tuple[str, str, int | None, int, str]:
    kinds = state.in_force(at)
    until = state.holds[kinds[0]].until_at if kinds else None
    holds = {
        kind: [_us(hold.since_at), _us(hold.until_at), _us(hold.lifted_at)]
        for kind, hold in state.holds.items()
    }
    text = json.dumps(holds, separators=(",", ":"), sort_keys=True)
    return player_id, state.name(at), _us(until), state.version, text


def _holds(text: str) -> Mapping[HoldKind, Hold]:
    parsed = msgspec.json.decode(text, type=_HOLDS)
    return MappingProxyType(
        {
            HoldKind(kind): Hold(*map(_instant_or_none, instants))
            for kind, instants in parsed.items()
        }
    )


def _us(at: datetime | None) -> int | None:
    return None if at is None else (at - _EPOCH) // timedelta(microseconds=1)


def _instant(us: int) -> datetime:
    return _EPOCH + timedelta(microseconds=us)


def _instant_or_none(us: int | None) -> datetime | None:
    return None if us is None else _instant(us)
