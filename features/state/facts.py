"""One micro-batch of facts, as integers in columns. Way: log decoder, warehouse -> here -> engine.

Rows stand in log order. `fact` is the layout's number of the fact's kind, `UNREAD` for one no view
reads (its player is known by it all the same), `NOT_A_PLAYER` for one whose subject is a table.
Instants are UTC microseconds; `occurred` is never later than `recorded`.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from core.events.registry import facts as contract
from features.reference import Row
from features.state.inputs import NULL, Input
from features.state.layout import StateLayout

Integers = npt.NDArray[np.int64]
_HALF = (1 << 64) - 1


@dataclass(frozen=True, slots=True)
class FactBatch:
    """Facts by column; `cells[i, j]` is input j of fact i, the rest of a row is NULL.

    Shapes: player list of n; fact int16[n]; occurred, recorded int64[n]; id_high, id_low uint64[n],
    the UUID's bits; partition int32[n]; offset int64[n]; cells int64[n, layout.width].
    """

    player: list[str]
    fact: npt.NDArray[np.int16]
    occurred: Integers
    recorded: Integers
    id_high: npt.NDArray[np.uint64]
    id_low: npt.NDArray[np.uint64]
    partition: npt.NDArray[np.int32]
    offset: Integers
    cells: Integers

    def __len__(self) -> int:
        return len(self.player)

    def taken(self, places: npt.NDArray[np.intp]) -> FactBatch:
        """Return some rows, in the order of `places`."""
        arrays = (getattr(self, name)[places] for name in self.__slots__[1:])
        return FactBatch([self.player[i] for i in places.tolist()], *arrays)


def batch_of_rows(layout: StateLayout, rows: Iterable[tuple[str, Row]]) -> FactBatch:
    """Make a batch of (player, fact) pairs; offsets count from 0 in partition 0."""
    pairs = list(rows)
    cells = np.full((len(pairs), layout.width), NULL, dtype=np.int64)
    for i, (_, row) in enumerate(pairs):
        inputs = layout.facts[row.fact].inputs if row.fact in layout.facts else ()
        for j, wanted in enumerate(inputs):
            cells[i, j] = wanted.encode(row.cells.get(wanted.column))
    ids = [uuid.UUID(row.event_id).int for _, row in pairs]
    recorded = np.array([row.recorded_us for _, row in pairs], dtype=np.int64)
    occurred = np.array([row.occurred_us for _, row in pairs], dtype=np.int64)
    return FactBatch(
        player=[player for player, _ in pairs],
        fact=np.array([layout.number_of(row.fact) for _, row in pairs], dtype=np.int16),
        occurred=np.minimum(occurred, recorded),
        recorded=recorded,
        id_high=np.array([number >> 64 for number in ids], dtype=np.uint64),
        id_low=np.array([number & _HALF for number in ids], dtype=np.uint64),
        partition=np.zeros(len(pairs), dtype=np.int32),
        offset=np.arange(len(pairs), dtype=np.int64),
        cells=cells,
    )


def batches_of_warehouse(
    layout: StateLayout,
    connection: duckdb.DuckDBPyConnection,
    players: Sequence[str] | None = None,
    rows: int = 100_000,
) -> Iterator[FactBatch]:
    """Yield the landed facts of all players, or of some, kind by kind; offsets are all -1.

    A state does not depend on the order of facts, so they are not sorted.
    """
    if players is not None:
        connection.register("wanted_players", pa.table({"player_id": list(players)}))
    only = " SEMI JOIN wanted_players USING (player_id)" if players is not None else ""
    for name, fact in contract().items():
        if fact.family == "live":
            continue
        inputs = layout.facts[name].inputs if name in layout.facts else ()
        columns = ", ".join(_cell_sql(wanted, place) for place, wanted in enumerate(inputs))
        select = (
            "SELECT player_id, epoch_us(occurred_at) AS o, epoch_us(recorded_at) AS r, "
            f"replace(event_id::VARCHAR, '-', '') AS id{', ' if columns else ''}{columns} "
            f"FROM {name}{only}"
        )
        reader = connection.sql(select).to_arrow_reader(rows)
        for part in reader:
            yield _batch_of_table(layout, layout.number_of(name), part, len(inputs))


def _cell_sql(wanted: Input, place: int) -> str:
    """Return the SQL of an input's cell; text becomes its code or bucket in the database."""
    column = wanted.column
    if wanted.kind == "flag":
        return f"{column}::BIGINT AS c{place}"
    if wanted.kind == "code":
        words = ", ".join("'" + word.replace("'", "''") + "'" for word in wanted.codes)
        return f"list_position([{words}], {column}) - 1 AS c{place}, {column} AS given{place}"
    if wanted.kind == "bucket":
        return f"('0x' || substr(md5({column}), 1, 4))::BIGINT AS c{place}"
    return f"{column}::BIGINT AS c{place}"


def _batch_of_table(
    layout: StateLayout, number: int, part: pa.RecordBatch, inputs: int
) -> FactBatch:
    n = part.num_rows
    columns: Mapping[str, Any] = {name: part.column(name) for name in part.schema.names}
    cells = np.full((n, layout.width), NULL, dtype=np.int64)
    for j in range(inputs):
        column, given = columns[f"c{j}"].cast(pa.int64()), columns.get(f"given{j}")
        cells[:, j] = column.fill_null(NULL if given is None else -1).to_numpy()
        if given is not None:  # a word that is none of the codes is -1, no word at all is null
            cells[np.asarray(given.is_null()), j] = NULL
    ids = np.frombuffer(bytes.fromhex("".join(columns["id"].to_pylist())), ">u8").reshape(-1, 2)
    recorded = columns["r"].to_numpy()
    return FactBatch(
        player=columns["player_id"].to_pylist(),
        fact=np.full(n, number, dtype=np.int16),
        occurred=np.minimum(columns["o"].to_numpy(), recorded),
        recorded=recorded,
        id_high=ids[:, 0].astype(np.uint64),
        id_low=ids[:, 1].astype(np.uint64),
        partition=np.zeros(n, dtype=np.int32),
        offset=np.full(n, -1, dtype=np.int64),
        cells=cells,
    )
