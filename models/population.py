"""Whom a card may speak about. Way: tiles -> here -> spine.

Active lately, and at the cut-off not excluded, not blocked and not closed, judged by what was
known at the cut-off. An exclusion does not end by expiry, only by the player's confirmed return.
"""

from __future__ import annotations

import duckdb

from models.spec import Population
from models.tiles import tiles

_ENDINGS = """
    SELECT player_id, occurred_at, recorded_at, NULL::TIMESTAMP AS until_at, scope AS kind,
           TRUE AS starts FROM player_self_excluded
    UNION ALL SELECT player_id, occurred_at, recorded_at, NULL, scope, FALSE
           FROM player_exclusion_ended
    UNION ALL SELECT player_id, occurred_at, recorded_at, until_at, 'block', TRUE
           FROM player_blocked
    UNION ALL SELECT player_id, occurred_at, recorded_at, NULL, 'block', FALSE
           FROM player_unblocked
    UNION ALL SELECT player_id, occurred_at, recorded_at, NULL, 'closure', TRUE FROM player_closed
"""


def select_population(
    connection: duckdb.DuckDBPyConnection, population: Population, cutoffs: str
) -> str:
    """Return SQL of the population at each cut-off of the table `cutoffs(as_of, ...)`.

    Grain of the result: one row per player_id x as_of; the other columns of `cutoffs` are kept.
    """
    table = tiles(connection, population.active)
    connection.execute(f"CREATE TEMP TABLE IF NOT EXISTS standings AS {_ENDINGS}")
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE barred AS SELECT DISTINCT player_id, as_of FROM ("
        f"SELECT s.player_id, c.as_of, s.kind, arg_max(s.starts AND "
        f"(s.until_at IS NULL OR s.until_at > c.as_of), s.occurred_at) AS stands "
        f"FROM standings s JOIN (SELECT DISTINCT as_of FROM {cutoffs}) c "
        f"ON s.occurred_at <= c.as_of AND s.recorded_at <= c.as_of GROUP BY ALL) WHERE stands"
    )
    return (
        f"SELECT * FROM (SELECT DISTINCT t.player_id, c.* FROM {table} t JOIN {cutoffs} c "
        f"ON t.day >= CAST(c.as_of AS DATE) - {population.within_days} "
        f"AND t.day < CAST(c.as_of AS DATE) AND t.known_day < CAST(c.as_of AS DATE)) "
        f"ANTI JOIN barred USING (player_id, as_of)"
    )
