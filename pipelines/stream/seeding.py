"""States of what the log no longer holds. Way: warehouse, ids of the log -> here -> store.

The log is read first, to its end, for the ids of the facts it gives. What the warehouse holds
beside them becomes the states' beginning, with an offset before every message; the worker then
reads the log on top. So each fact counts once, wherever it stands: in either, or in both.
The warehouse is opened before the log's end is read: a fact landed from the log is in the log.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import duckdb
import pyarrow as pa

from core.events.registry import facts
from features.spec import SharedIdentityView
from features.state.engine import Engine
from features.state.facts import batches_of_warehouse
from features.state.layout import StateLayout
from features.state_store import StateStore, Tie

PLAYERS_AT_ONCE = 20_000
_WRITTEN_AT_ONCE = 2_000
_TIES_AT_ONCE = 10_000
Told = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Seeding:
    """Builds the states of one generation from an open warehouse.

    `log_ids` yields the ids (16 bytes each) of the facts the log gives.
    """

    connection: duckdb.DuckDBPyConnection
    layout: StateLayout
    store: StateStore
    epoch: int
    told: Told

    def seed(self, log_ids: Iterator[Sequence[bytes]]) -> int:
        """Write the state and the ties of every player of the warehouse; return how many players.

        Repeating it changes nothing: a state from the warehouse is older than any from the log.
        """
        self._leave_out(log_ids)
        self._tie()
        players = self._players()
        for first in range(0, len(players), PLAYERS_AT_ONCE):
            self.told("players from the warehouse", first, len(players))
            self._write(players[first : first + PLAYERS_AT_ONCE])
        return len(players)

    def _leave_out(self, log_ids: Iterator[Sequence[bytes]]) -> None:
        """Hide, behind each fact's name, the facts the log gives."""
        run = self.connection.execute
        run("CREATE OR REPLACE TEMP TABLE log_ids (event_id UUID)")
        for number, ids in enumerate(log_ids):
            self.told("facts of the log", number, 0)
            column = pa.ExtensionArray.from_storage(pa.uuid(), pa.array(ids, pa.binary(16)))
            self.connection.register("some_ids", pa.table({"event_id": column}))
            run("INSERT INTO log_ids SELECT event_id FROM some_ids")
            self.connection.unregister("some_ids")
        for name in facts():
            run(
                f"CREATE OR REPLACE TEMP VIEW {name} AS "
                f"SELECT * FROM memory.main.{name} ANTI JOIN log_ids USING (event_id)"
            )

    def _players(self) -> list[str]:
        names = [name for name, fact in facts().items() if fact.family != "live"]
        union = " UNION ".join(f"SELECT player_id FROM {name}" for name in names)
        rows = self.connection.execute(f"SELECT player_id FROM ({union}) ORDER BY 1").fetchall()
        return [player for (player,) in rows]

    def _write(self, players: Sequence[str]) -> None:
        engine, generation = Engine(self.layout, self.epoch), self.layout.generation
        for batch in batches_of_warehouse(self.layout, self.connection, players):
            engine.update(batch)
        for first in range(0, len(players), _WRITTEN_AT_ONCE):
            part = [p for p in players[first : first + _WRITTEN_AT_ONCE] if engine.resident(p)]
            self.store.write(generation, list(zip(part, engine.pack(part), strict=True)))

    def _tie(self) -> None:
        for view in self.layout.views:
            if isinstance(view, SharedIdentityView):
                ties = self._ties(view)
                while part := list(islice(ties, _TIES_AT_ONCE)):
                    self.store.add_links(self.layout.generation, part)

    def _ties(self, view: SharedIdentityView) -> Iterator[Tie]:
        union = " UNION ALL ".join(
            f"SELECT {column}::VARCHAR AS link_key, player_id, recorded_at FROM {fact} "
            f"WHERE {column} IS NOT NULL"
            for fact, column in view.links
        )
        rows = self.connection.execute(
            f"SELECT link_key, player_id, epoch_us(min(recorded_at)) FROM ({union}) GROUP BY ALL"
        )
        while part := rows.fetchmany(_TIES_AT_ONCE):
            for key, player, recorded_us in part:
                yield view.name, key, player, recorded_us
