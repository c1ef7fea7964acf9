"""Shared-identity views as point-in-time SQL. Way: features/views -> here -> frame, plan.

A link (player, key) is known from the first `recorded_at` of a fact that shows it. The players of a
key at t are its links known by t: a running count over links and questions in time order, so a key
shared by m players costs m log m, never m * m.
"""

from __future__ import annotations

from features.pit import Step
from features.spec import SharedIdentityView


def identity_steps(view: SharedIdentityView) -> tuple[Step, ...]:
    """Return the steps of a shared-identity view; the last one holds `row` and the features."""
    prefix = f"pit_{view.name}"
    own, other = view.names
    facts = "\n  UNION ALL ".join(
        f"SELECT player_id, {column} AS link_key, EPOCH_US(recorded_at) AS r FROM {fact} "
        f"WHERE {column} IS NOT NULL"
        for fact, column in view.links
    )
    links = (
        f"SELECT player_id, link_key, MIN(r) AS r FROM (\n  {facts}\n) AS link\n"
        f"GROUP BY player_id, link_key"
    )
    asked = (
        f"SELECT s.row, l.link_key, s.t FROM pit_spine AS s\n"
        f"JOIN pit_players AS p ON p.p = s.p\n"
        f"JOIN {prefix}_links AS l ON l.player_id = p.player_id AND l.r <= s.t"
    )
    counted = (
        f"SELECT row, SUM(is_link) OVER (PARTITION BY link_key ORDER BY t\n"
        f"    RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS n FROM (\n"
        f"  SELECT CAST(NULL AS BIGINT) AS row, link_key, r AS t, 1 AS is_link"
        f" FROM {prefix}_links\n"
        f"  UNION ALL SELECT row, link_key, t, 0 FROM {prefix}_asked\n) AS moment"
    )
    features = (
        f"SELECT s.row, CAST(COUNT(c.n) AS BIGINT) AS {own},\n"
        f"  CAST(MAX(c.n) - 1 AS BIGINT) AS {other}\n"
        f"FROM pit_spine AS s LEFT JOIN {prefix}_counted AS c ON c.row = s.row GROUP BY s.row"
    )
    return (
        Step(f"{prefix}_links", links),
        Step(f"{prefix}_asked", asked),
        Step(f"{prefix}_counted", counted),
        Step(f"{prefix}_features", features),
    )
