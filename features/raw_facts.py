"""Single facts straight from the landed files. Way: warehouse Parquet -> here -> reference.

Reads Parquet with Arrow, not through the warehouse's SQL views, so that a mistake there shows. It
holds the facts of the players asked for, of these the columns the views read, and the links between
all players and their keys, each from the first instant it was known.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from core.events.fact import MoneyFact
from core.events.registry import facts
from features.check import columns_read
from features.manifest import live_files, read_manifest
from features.reference import Row
from features.sources import fact_schema
from features.spec import View

RATE_ONE = 1_000_000
_ALWAYS = {"event_id", "player_id", "occurred_at", "recorded_at", "exchange_rate_e6"}


@dataclass(frozen=True, slots=True)
class _Ties:
    """Facts that tie players to keys, from both ends."""

    of_player: dict[str, list[tuple[str, int]]] = field(default_factory=dict)
    of_key: dict[str, list[tuple[str, int]]] = field(default_factory=dict)


@dataclass(frozen=True)
class LandedFacts:
    """The facts of some players, read on first use and kept."""

    warehouse: Path
    players: tuple[str, ...]
    views: Sequence[View] = ()  # none: every column is read
    on_read: Callable[[str], None] | None = None
    _facts: dict[str, dict[str, list[Row]]] = field(default_factory=dict)
    _ties: dict[tuple[str, str], _Ties] = field(default_factory=dict)

    def of(self, fact: str, player_id: str) -> Iterable[Row]:
        """Return the facts of one kind of one player."""
        if fact not in self._facts:
            self._told(f"reading {fact}")
            self._facts[fact] = self._read(fact)
        return self._facts[fact].get(player_id, [])

    def keys_of(self, fact: str, column: str, player_id: str) -> Iterable[tuple[str, int]]:
        """Return (key, recorded_us) of every fact of the player with a value in the column."""
        return self._tied(fact, column).of_player.get(player_id, [])

    def players_of(self, fact: str, column: str, key: str) -> Iterable[tuple[str, int]]:
        """Return (player, recorded_us) of every fact with this key in the column."""
        return self._tied(fact, column).of_key.get(key, [])

    def _tied(self, fact: str, column: str) -> _Ties:
        if (fact, column) not in self._ties:
            self._told(f"reading {fact}.{column}")
            given = pc.field(column).is_valid()
            table = self._table(fact, ["player_id", column, "recorded_at"], given)
            links = table.group_by(["player_id", column]).aggregate([("recorded_at", "min")])
            ties = _Ties()
            for player, key, at in zip(*(_plain(c) for c in links.columns), strict=True):
                ties.of_player.setdefault(str(player), []).append((str(key), int(str(at))))
                ties.of_key.setdefault(str(key), []).append((str(player), int(str(at))))
            self._ties[fact, column] = ties
        return self._ties[fact, column]

    def _read(self, fact: str) -> dict[str, list[Row]]:
        names = self._columns(fact)
        table = self._table(fact, names, pc.field("player_id").isin(list(self.players)))
        by_player: dict[str, list[Row]] = {}
        columns = [_plain(table.column(name)) for name in names]
        defaults = _defaults(fact)
        for cells in zip(*columns, strict=True):
            given = zip(names, cells, strict=True)
            filled = {n: defaults.get(n) if c is None else c for n, c in given}
            row = _row(fact, filled)
            by_player.setdefault(str(row.cells["player_id"]), []).append(row)
        return by_player

    def _columns(self, fact: str) -> list[str]:
        """Return the columns the views read of a fact, and those every fact is told by."""
        names: list[str] = fact_schema(facts()[fact]).names
        if not self.views:
            return names
        read = set().union(*(columns_read(v) for v in self.views if fact in v.sources))
        minor = {f"{name.removesuffix('_base_minor')}_minor" for name in read}
        return [name for name in names if name in _ALWAYS | read | minor]

    def _told(self, what: str) -> None:
        if self.on_read is not None:
            self.on_read(what)

    def _table(self, fact: str, columns: Sequence[str], keep: pc.Expression | None) -> pa.Table:
        files = sorted(live_files(self.warehouse, fact, read_manifest(self.warehouse)))
        schema = fact_schema(facts()[fact])
        if not files:
            return schema.empty_table().select(list(columns))
        dataset = ds.dataset([file.as_posix() for file in files], schema=schema)
        return dataset.to_table(columns=list(columns), filter=keep)


def _defaults(fact: str) -> dict[str, object]:
    """What a required field is in files older than the field."""
    schema = fact_schema(facts()[fact])
    fields = msgspec.structs.fields(facts()[fact])
    return {f.name: f.default for f in fields if not schema.field(f.name).nullable}


def _plain(column: pa.ChunkedArray) -> list[object]:
    if pa.types.is_timestamp(column.type):
        column = column.cast(pa.int64())
    return list(column.to_pylist())


def _row(fact: str, cells: dict[str, object]) -> Row:
    """Make a fact of its cells; amounts in base currency are added."""
    identity = cells["event_id"]
    text = str(uuid.UUID(bytes=identity)) if isinstance(identity, bytes) else str(identity)
    if issubclass(facts()[fact], MoneyFact):
        rate = int(str(cells["exchange_rate_e6"]))
        for name in [name for name in cells if name.endswith("_minor")]:
            cells[f"{name[:-6]}_base_minor"] = _in_base(cells[name], rate)
    occurred, recorded = int(str(cells["occurred_at"])), int(str(cells["recorded_at"]))
    return Row(fact, text, occurred, recorded, cells)


def _in_base(amount: object, rate_e6: int) -> int | None:
    """Round half up to base-currency minor units, integers only."""
    return None if amount is None else (int(str(amount)) * rate_e6 + RATE_ONE // 2) // RATE_ONE
