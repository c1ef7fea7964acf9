"""What came after the cut-off. Way: tiles -> here -> the label column of the spine.

A label looks at (as_of, as_of + horizon] and at facts known by the row's `known_by`: the day the
model would have been trained, or the end of the data for test rows. Baselines look back over
(as_of - days, as_of] at what was known at the cut-off itself.
"""

from __future__ import annotations

import duckdb

from models.spec import Baseline, ModelCard
from models.tiles import tiles

NEVER_DAYS = 10_000


def select_label(connection: duckdb.DuckDBPyConnection, card: ModelCard, rows: str) -> str:
    """Return SQL that adds `label` to the table `rows(player_id, as_of, known_by, ...)`."""
    table = tiles(connection, card.label.terms)
    ahead = (
        f"t.day >= CAST(r.as_of AS DATE) AND t.day < CAST(r.as_of AS DATE) + {card.horizon_days} "
        f"AND t.known_day < CAST(r.known_by AS DATE)"
    )
    value = {
        "silence": "CASE WHEN coalesce(n, 0) = 0 THEN 1 ELSE 0 END",
        "incident": "CASE WHEN coalesce(n, 0) > 0 THEN 1 ELSE 0 END",
        "total": "coalesce(total, 0)",
    }[card.label.kind]
    return _over(rows, table, ahead, f"CAST({value} AS DOUBLE) AS label")


def select_baseline(connection: duckdb.DuckDBPyConnection, baseline: Baseline, rows: str) -> str:
    """Return SQL that adds the trivial answer as `baseline` to `rows(player_id, as_of, ...)`."""
    table = tiles(connection, baseline.terms)
    known = "t.day < CAST(r.as_of AS DATE) AND t.known_day < CAST(r.as_of AS DATE)"
    value = f"coalesce(CAST(as_of AS DATE) - last_day, {NEVER_DAYS})"
    if baseline.kind == "past_total":
        known += f" AND t.day >= CAST(r.as_of AS DATE) - {baseline.days}"
        value = "coalesce(total, 0)"
    return _over(rows, table, known, f"CAST({value} * {baseline.sign} AS DOUBLE) AS baseline")


def _over(rows: str, table: str, condition: str, value: str) -> str:
    """SQL of the rows with a value of their matching tiles; a row without any keeps its place."""
    folded = (
        f"SELECT r.player_id, r.as_of, sum(t.n) AS n, sum(t.total) AS total, "
        f"max(t.day) AS last_day FROM {rows} r JOIN {table} t "
        f"ON t.player_id = r.player_id AND {condition} GROUP BY r.player_id, r.as_of"
    )
    return (
        f"SELECT {rows}.*, {value} FROM {rows} LEFT JOIN ({folded}) folded USING (player_id, as_of)"
    )
