"""Builds the rg state the gate reads. Way: warehouse -> here -> core.rg_store file -> serving.

Every player any fact speaks of gets a row, so that a player without one is one nobody knows and
counts as protected.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from operator import itemgetter

import duckdb

from core.errors import NotReadyError
from core.events.fact import Fact
from core.events.families import player
from core.events.registry import fact_name, facts
from core.rg_state import RgFact, RgState, fold
from core.rg_store import write_rg_state
from core.settings import Settings
from features.sources import open_warehouse

HOLDING = (
    player.PlayerSelfExcluded,
    player.PlayerExclusionEnded,
    player.PlayerTimedOut,
    player.PlayerBlocked,
    player.PlayerUnblocked,
    player.PlayerClosed,
)


@dataclass(frozen=True, slots=True)
class RgBuild:
    """What a build wrote; `known_at` is the latest instant any landed fact was recorded."""

    players: int
    held: int
    known_at: datetime


def build_rg_state(settings: Settings) -> RgBuild:
    """Fold the landed facts into the rg state and put the file in its place at once.

    Raises:
        NotReadyError: nothing has been landed.
    """
    with open_warehouse(settings.warehouse, threads=2) as warehouse:
        known_at = _known_at(warehouse)
        held = dict(_folded(warehouse))
        players = _players(warehouse)
    states = ((player_id, held.get(player_id, RgState())) for player_id in players)
    count = write_rg_state(settings.rg_state, states, known_at=known_at)
    return RgBuild(count, sum(bool(s.in_force(known_at)) for s in held.values()), known_at)


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


def _folded(warehouse: duckdb.DuckDBPyConnection) -> Iterator[tuple[str, RgState]]:
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
