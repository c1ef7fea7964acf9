"""Facts counted per player and day. Way: warehouse views -> here -> populations, labels, baselines.

A tile is exact for every question asked at midnight UTC: the day of a fact is the day whose
half-open span (midnight, next midnight] holds it, and so is the day it became known.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import duckdb

from models.spec import Term

DAY_OF = "CAST(date_trunc('day', {column} - INTERVAL 1 MICROSECOND) AS DATE)"


def tiles(connection: duckdb.DuckDBPyConnection, terms: Sequence[Term]) -> str:
    """Make (once per connection) the tiles of some terms and return the table's name.

    Grain: one row per player_id x day x known_day; `n` facts, `total` their signed amounts in
    base-currency minor units.
    """
    name = "tiles_" + hashlib.sha256(repr(tuple(terms)).encode()).hexdigest()[:16]
    parts = " UNION ALL ".join(_select(term) for term in terms)
    connection.execute(
        f"CREATE TEMP TABLE IF NOT EXISTS {name} AS "
        f"SELECT player_id, day, known_day, sum(n)::BIGINT AS n, sum(total)::BIGINT AS total "
        f"FROM ({parts}) GROUP BY ALL"
    )
    return name


def _select(term: Term) -> str:
    """SQL of one term.

    >>> print(_select(Term("bet_placed")))  # doctest: +ELLIPSIS
    SELECT f.player_id, CAST(date_trunc('day', f.occurred_at ...) AS DATE) AS day, ...
    """
    amount = f"coalesce(f.{term.column}, 0) * {term.sign}" if term.column else f"{term.sign}"
    dated, join = "f", ""
    if term.dated_by is not None:
        fact, key = term.dated_by
        dated, join = "d", f"JOIN {fact} d ON d.{key} = f.{key} AND d.player_id = f.player_id"
    return (
        f"SELECT f.player_id, {DAY_OF.format(column=f'{dated}.occurred_at')} AS day, "
        f"{DAY_OF.format(column='f.recorded_at')} AS known_day, "
        f"count(*) AS n, sum({amount}) AS total "
        f"FROM (SELECT * FROM {term.fact} WHERE {term.where}) f {join} GROUP BY ALL"
    )
