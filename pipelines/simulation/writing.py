"""Facts of a block become Parquet. Way: emitted columns -> here -> `<home>/raw/<fact>/part-*`.

Files hold exactly `features.sources.fact_schema`; words are written as codes, which readers never
see.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from core.errors import NotReadyError
from core.events.registry import facts
from features.sources import fact_schema
from pipelines.simulation.columns import Coded, Column, Sparse, Token, arrow, event_ids, tokens
from pipelines.simulation.disorder import disordered, recorded_at
from pipelines.simulation.places import CURRENCIES, CURRENCY_OF, Exchange
from pipelines.simulation.plan import Array
from pipelines.simulation.population import Population

SOURCE = "evenhand/simulated/platform"


@dataclass(slots=True)
class Emitter:
    """Collects the facts of one block as Arrow tables."""

    population: Population | None
    exchange: Exchange
    end_us: int
    rng: np.random.Generator
    tables: dict[str, list[pa.Table]] = field(default_factory=lambda: defaultdict(list))
    _players: pa.Array = None

    def emit(self, fact: str, player: Array, at: Array, **columns: Column) -> None:
        """Add facts of one type about players (row numbers of the block) at their instants.

        Facts from the end of the simulated stretch on are left out: they have not happened yet.
        """
        people = self._people()
        schema = fact_schema(facts()[fact])
        keep = at < self.end_us
        if not keep.all():
            player, at = player[keep], at[keep]
            columns = {name: keep_rows(column, keep) for name, column in columns.items()}
        if len(at) and "exchange_rate_e6" in schema.names:
            columns |= self._money(people, player, at)
        if len(at):
            columns["player_id"] = Coded(player, self._players)
            self.tables[fact].append(self._table(schema, at, _defaults(fact) | columns))

    def emit_about(self, fact: str, subject: Column, at: Array, **columns: Column) -> None:
        """Add facts whose subject is not a player (a table)."""
        if len(at):
            schema = fact_schema(facts()[fact])
            columns = _defaults(fact) | columns | {"player_id": subject}
            self.tables[fact].append(self._table(schema, at, columns))

    def _people(self) -> Population:
        if self.population is None:
            raise NotReadyError("a fact about a player", expected="an emitter with its population")
        if self._players is None:
            self._players = tokens(self.population.number)
        return self.population

    def _money(self, people: Population, player: Array, at: Array) -> dict[str, Column]:
        currency = CURRENCY_OF[people.place[player]]
        rate = self.exchange.rate(currency, at)
        return {"currency": Coded(currency, CURRENCIES), "exchange_rate_e6": rate}

    def _table(self, schema: pa.Schema, at: Array, columns: dict[str, Column]) -> pa.Table:
        known = recorded_at(at, self.rng)
        columns = {**columns, "source": SOURCE, "occurred_at": at, "recorded_at": known}
        arrays = [event_ids(at, self.rng)]
        arrays += [arrow(columns[f.name], f, len(at)) for f in list(schema)[1:]]
        fields = [f.with_type(a.type) for f, a in zip(schema, arrays, strict=True)]
        return disordered(pa.table(arrays, schema=pa.schema(fields)), self.rng)


@cache
def _defaults(fact: str) -> dict[str, Column]:
    """Return the fields of a fact that may be left out, with what they are then."""
    fields = msgspec.structs.fields(facts()[fact])
    return {f.name: f.default for f in fields if f.default is not msgspec.NODEFAULT}


def write(tables: dict[str, list[pa.Table]], raw: Path, number: int) -> dict[str, int]:
    """Write one part per fact; return the rows per fact."""
    rows = {}
    for fact, pieces in tables.items():
        folder = raw / fact
        folder.mkdir(parents=True, exist_ok=True)
        table = pieces[0] if len(pieces) == 1 else pa.concat_tables(pieces).unify_dictionaries()
        write_parquet(table, folder / f"part-{number:05d}.parquet")
        rows[fact] = table.num_rows
    return rows


def write_parquet(table: pa.Table, path: Path) -> None:
    """Write a file whose bytes depend on the table alone."""
    pq.write_table(
        table,
        path,
        compression="snappy",
        store_schema=False,
        write_statistics=False,
        use_dictionary=[f.name for f in table.schema if pa.types.is_dictionary(f.type)],
        dictionary_pagesize_limit=1 << 23,
    )


def keep_rows(column: Column, keep: Array) -> Column:
    """Select rows of a column."""
    match column:
        case Token():
            return Token(column.numbers[keep])
        case Coded():
            return Coded(column.codes[keep], column.words)
        case Sparse():
            return Sparse(column.values[keep], column.missing[keep])
        case np.ndarray():
            return column[keep]
        case _:
            return column
