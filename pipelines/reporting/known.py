"""The facts of a pack's players as they were known at an instant. Way: warehouse -> here -> SQL.

Every fact is seen as `k_<fact>`: only what was recorded by then, only players whose account was
opened under the pack, with `o` (occurred, UTC microseconds). Who has no registration we know of
belongs to no pack; how many facts that leaves out is counted, and named by the report.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import duckdb

from core.compliance.calendar import DAY_US
from core.compliance.pack import Pack
from core.events.fact import MoneyFact
from core.events.registry import facts
from features.sources import fact_schema, open_warehouse
from pipelines.reporting.period import Period, day_sql

ENVELOPE = frozenset({"event_id", "player_id", "source", "occurred_at", "recorded_at"})


@dataclass(frozen=True, slots=True)
class Scope:
    """Of what is told: a pack's players, a period, what was known by an instant (included).

    `base_currency` is the one the facts' rates are to.
    """

    pack: Pack
    period: Period
    known_us: int
    base_currency: str = "EUR"


@dataclass(frozen=True, slots=True)
class Known:
    """An open warehouse, seen as the scope says."""

    scope: Scope
    connection: duckdb.DuckDBPyConnection

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Return what a query finds."""
        return self.connection.execute(sql).fetchall()

    def one(self, sql: str) -> Any:
        """Return the one value a query finds."""
        found = self.connection.execute(sql).fetchone()
        return None if found is None else found[0]

    def within(self, instant: str = "o") -> str:
        """Return the SQL that an instant lies in the period."""
        period = self.scope.period
        return f"({instant} >= {period.start_us} AND {instant} < {period.end_us})"

    def day(self, instant: str = "o") -> str:
        """Return the SQL of the local day of an instant of the period."""
        return day_sql(self.scope.period, instant)

    def amount(self, column: str) -> str:
        """Return the SQL of an amount in the pack's currency, null where no rate leads to it.

        Money in another currency is converted by the rate of the fact, which leads to the base
        currency: if that is not the pack's, nothing is known of the pack's.
        """
        mine = self.scope.pack.currency
        own = f"WHEN currency = '{mine}' THEN {column}"
        if self.scope.base_currency != mine:
            return f"CASE {own} END"
        return f"CASE {own} ELSE {column.removesuffix('_minor')}_base_minor END"


@contextmanager
def known_facts(warehouse: Path, scope: Scope) -> Iterator[Known]:
    """Open a warehouse as a scope sees it."""
    with open_warehouse(warehouse) as connection:
        _see(connection, scope)
        yield Known(scope, connection)


def _see(connection: duckdb.DuckDBPyConnection, scope: Scope) -> None:
    known = f"recorded_at <= make_timestamp({scope.known_us})"
    connection.execute(
        "CREATE TEMP TABLE placed AS SELECT player_id, arg_min(jurisdiction, (recorded_at, "
        "event_id)) AS place, min(epoch_us(occurred_at)) AS since, arg_min(birth_year, "
        f"(recorded_at, event_id)) AS birth_year FROM player_registered WHERE {known} GROUP BY 1"
    )
    connection.execute("CREATE TEMP TABLE mine AS SELECT * FROM placed WHERE place = ?",
                       [scope.pack.pack])  # fmt: skip
    for name in facts():
        connection.execute(
            f"CREATE TEMP VIEW k_{name} AS SELECT *, epoch_us(occurred_at) AS o FROM {name} "
            f"WHERE {known} AND player_id IN (SELECT player_id FROM mine)"
        )


def digests(
    known: Known, names: Iterable[str], *, has_history: bool = False
) -> dict[str, dict[str, str]]:
    """Return, by fact, what names its facts known of the period, or until its end.

    The digest is SHA-256 of the facts' own digests in order of their ids: it depends on the facts
    alone, not on the files they lie in.
    """
    found: dict[str, dict[str, str]] = {}
    until = f"o < {known.scope.period.end_us}"
    for name in sorted(names):
        columns = ", ".join(f'{f.name} := "{f.name}"' for f in fact_schema(facts()[name]))
        lines = known.rows(
            f"SELECT o // {DAY_US} AS day, count(*), sha256(string_agg(sha256(to_json("
            f"struct_pack({columns}))::VARCHAR), '' ORDER BY event_id)) "
            f"FROM k_{name} WHERE {until if has_history else known.within()} GROUP BY 1 ORDER BY 1"
        )
        text = "".join(f"{day} {count} {digest}\n" for day, count, digest in lines)
        count = sum(line[1] for line in lines)
        found[name] = {"facts": str(count), "sha256": sha256(text.encode()).hexdigest()}
    return found


def gaps(known: Known) -> list[str]:
    """Return the days of the period on which no stake was landed of any player of any pack.

    A house of which nobody staked for a day has none, too; it is for people to say which it was.
    """
    landed = {
        row[0] for row in known.rows(
            f"SELECT DISTINCT {known.day()} FROM (SELECT epoch_us(occurred_at) AS o FROM "
            f"bet_placed WHERE recorded_at <= make_timestamp({known.scope.known_us})) "
            f"WHERE {known.within()}"
        )
    }  # fmt: skip
    return [day.isoformat() for day in known.scope.period.days if day not in landed]


def unplaced(known: Known, names: Iterable[str]) -> dict[str, int]:
    """Return, by fact, how many facts of the period are of players without a registration."""
    found = {}
    for name in sorted(names):
        count = known.one(
            f"SELECT count(*) FROM (SELECT epoch_us(occurred_at) AS o FROM {name} WHERE "
            f"recorded_at <= make_timestamp({known.scope.known_us}) AND player_id NOT IN "
            f"(SELECT player_id FROM placed)) WHERE {known.within()}"
        )
        if count:
            found[name] = int(count)
    return found


def unconverted(known: Known, names: Iterable[str]) -> dict[str, int]:
    """Return how many facts with money no rate leads to the pack's currency, by currency."""
    mine = known.scope.pack.currency
    money = [name for name in sorted(names) if issubclass(facts()[name], MoneyFact)]
    if not money or known.scope.base_currency == mine:
        return {}
    parts = " UNION ALL ".join(
        f"SELECT currency FROM k_{name} WHERE {known.within()} AND currency <> '{mine}'"
        for name in money
    )
    return dict(known.rows(f"SELECT currency, count(*) FROM ({parts}) GROUP BY 1 ORDER BY 1"))
