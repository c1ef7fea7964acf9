"""Builds the rg state of what has landed. Way: warehouse -> here -> file, live holds -> serving.

Every player any fact speaks of gets a row in the file, so that a player without one is one nobody
knows and counts as protected. While players' states are live the gate reads holds beside them; what
landed past the event log (a register's list, an import) is told there too.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from operator import itemgetter
from pathlib import Path

import duckdb

from core.errors import NotReadyError
from core.events.fact import Fact
from core.events.families import player
from core.events.registry import fact_name, facts
from core.rg_state import RgFact, RgState, fold
from core.rg_store import write_rg_state
from core.settings import SQLITE, Settings
from features.holds import HoldRow, rows_of
from features.sources import open_warehouse
from features.state_store import StateStore, open_states

HOLDING = (
    player.PlayerSelfExcluded,
    player.PlayerExclusionEnded,
    player.PlayerTimedOut,
    player.PlayerProtected,
    player.PlayerReleased,
    player.PlayerBlocked,
    player.PlayerUnblocked,
    player.PlayerClosed,
)
_AT_ONCE = 10_000


@dataclass(frozen=True, slots=True)
class RgBuild:
    """What a build wrote; `known_at` is the latest instant any landed fact was recorded."""

    players: int
    held: int
    known_at: datetime


def build_rg_state(settings: Settings) -> RgBuild:
    """Fold the landed facts into the rg state, put the file in its place, tell live states.

    Raises:
        NotReadyError: nothing has been landed.
        StateStoreError: the file is in its place, but the store of live states cannot be written.
    """
    with open_warehouse(settings.warehouse, threads=2) as warehouse:
        known_at = _known_at(warehouse)
        held = dict(held_players(warehouse))
        players = _players(warehouse)
    states = ((player_id, held.get(player_id, RgState())) for player_id in players)
    count = write_rg_state(settings.rg_state, states, known_at=known_at)
    _tell_live(settings, held.items())
    return RgBuild(count, sum(bool(s.in_force(known_at)) for s in held.values()), known_at)


def tell_holds(store: StateStore, generation: str, held: Iterable[tuple[str, RgState]]) -> None:
    """Tell a store holds of players; telling them again changes nothing.

    Raises:
        StateStoreError: it cannot be written now.
    """
    rows: Iterator[HoldRow] = (
        row for player_id, state in held for row in rows_of(player_id, state)
    )
    while part := list(itertools.islice(rows, _AT_ONCE)):
        store.add_holds(generation, part)


def _tell_live(settings: Settings, held: Iterable[tuple[str, RgState]]) -> None:
    if settings.online_store == SQLITE and not Path(settings.states).exists():
        return
    store = open_states(settings.states)
    try:
        live = store.live_generation()
        if live is not None:
            tell_holds(store, live, held)
    finally:
        store.close()


def _known_at(warehouse: duckdb.DuckDBPyConnection) -> datetime:
    every = " UNION ALL ".join(
        f"SELECT max(recorded_at) AS known_at FROM {name}" for name in facts()
    )
    row = warehouse.execute(f"SELECT max(known_at) FROM ({every})").fetchone()
    if row is None or row[0] is None:
        raise NotReadyError(
            "the warehouse holds no facts",
            expected="landed facts",
            hint="run `evenhand land` first",
        )
    return _aware(row[0])


def _players(warehouse: duckdb.DuckDBPyConnection) -> list[str]:
    names = [name for name, fact in facts().items() if fact.family != "live"]  # those are tables
    every = " UNION ".join(f"SELECT DISTINCT player_id FROM {name}" for name in names)
    return [row[0] for row in warehouse.execute(f"{every} ORDER BY player_id").fetchall()]


def held_players(warehouse: duckdb.DuckDBPyConnection) -> Iterator[tuple[str, RgState]]:
    """Yield the players whom any landed fact held or released, with their states."""
    events = sorted(
        (event for fact in HOLDING for event in _events(warehouse, fact)), key=itemgetter(0, 1)
    )
    for player_id, group in itertools.groupby(events, key=itemgetter(0)):
        yield player_id, fold(event for _, _, event in group)


def _events(
    warehouse: duckdb.DuckDBPyConnection, fact: type[Fact]
) -> Iterator[tuple[str, datetime, RgFact]]:
    fields = fact.__struct_fields__
    columns = ", ".join(("player_id", "recorded_at", "occurred_at", *fields))
    for player_id, recorded_at, occurred_at, *values in warehouse.execute(
        f"SELECT {columns} FROM {fact_name(fact)}"
    ).fetchall():
        said = fact(**{field: _value(value) for field, value in zip(fields, values, strict=True)})
        yield player_id, recorded_at, RgFact(_aware(occurred_at), said)


def _value(value: object) -> object:
    return _aware(value) if isinstance(value, datetime) else value


def _aware(at: datetime) -> datetime:
    return at.replace(tzinfo=UTC)
