"""What of the landed facts is due, and of whom. Way: warehouse, packs -> here -> rewrite, plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb

from core.compliance.calendar import Zone
from core.compliance.pack import Pack
from core.events.registry import facts
from core.retention.classes import classes_of_fact
from core.retention.judging import Claims, claims_of
from core.retention.terms import cutoff_us
from features.sources import open_warehouse

INSTANT = "epoch_us(greatest(occurred_at, recorded_at))"
ANONYMOUS = "^anon-[0-9a-f]{32}$"
"""What stands where a player stood: never due again."""


@dataclass(frozen=True, slots=True)
class FactsDue:
    """What is due of a fact: players, and the instant before which their rows are."""

    fact: str
    players: frozenset[str]
    before_us: int
    rows: int


@dataclass(frozen=True, slots=True)
class Players:
    """Players of one pack, and when relationships ended (UTC); open ones are not in `ended_us`."""

    all: frozenset[str]
    ended_us: Mapping[str, int]


def players_of(warehouse: Path, jurisdiction: str) -> Players:
    """Return the players whose only jurisdiction is a pack's, with the ends of relationships.

    A relationship ended when the account was closed, or with the last payment or bet after it;
    whoever registered or logged in after the closing is there again.
    """
    with open_warehouse(warehouse) as connection:
        rows = connection.execute(_PLAYERS, [jurisdiction]).fetchall()
    ended = {player: max(closed, last or 0) for player, closed, last, is_back in rows
             if closed is not None and not is_back}  # fmt: skip
    return Players(frozenset(row[0] for row in rows), ended)


_PLAYERS = f"""
WITH of_pack AS (
    SELECT player_id FROM player_registered WHERE NOT regexp_matches(player_id, '{ANONYMOUS}')
    GROUP BY player_id
    HAVING count(DISTINCT jurisdiction) = 1 AND any_value(jurisdiction) = ?),
closed AS (SELECT player_id, max(occurred_at) AS at FROM player_closed GROUP BY player_id),
visits AS (
    SELECT player_id, max(occurred_at) AS at FROM (
        SELECT player_id, occurred_at FROM player_registered
        UNION ALL SELECT player_id, occurred_at FROM player_logged_in) GROUP BY player_id),
moves AS (
    SELECT player_id, max(occurred_at) AS at FROM (
        SELECT player_id, occurred_at FROM withdrawal_paid
        UNION ALL SELECT player_id, occurred_at FROM deposit_approved
        UNION ALL SELECT player_id, occurred_at FROM bet_won
        UNION ALL SELECT player_id, occurred_at FROM bet_placed) GROUP BY player_id)
SELECT player_id, epoch_us(closed.at), epoch_us(moves.at), coalesce(visits.at > closed.at, false)
FROM of_pack LEFT JOIN closed USING (player_id) LEFT JOIN visits USING (player_id)
LEFT JOIN moves USING (player_id)
"""


def facts_due(
    warehouse: Path, pack: Pack, players: Players, at_us: int, holding: frozenset[str]
) -> list[FactsDue]:
    """Return what of the landed facts is due at an instant, fact by fact."""
    found = []
    with open_warehouse(warehouse) as connection:
        for name, fact in sorted(facts().items()):
            classes = classes_of_fact(name, fact)
            bound = _bound(claims_of(pack, classes), pack, players, at_us) if classes else None
            if bound is None:
                continue
            rows = _count(connection, name, (bound[0] - holding, bound[1]))
            if rows:
                who = frozenset(player for player, _ in rows)
                found.append(FactsDue(name, who, bound[1], sum(count for _, count in rows)))
    return found


def _bound(
    claims: Claims, pack: Pack, players: Players, at_us: int
) -> tuple[frozenset[str], int] | None:
    """Return whose rows before which instant are due by all claims; null if none can be."""
    if claims.unknown or not claims.known or any(one.since == "expiry" for one in claims.known):
        return None
    zone, who, before_us = Zone(pack.timezone), players.all, at_us
    for one in claims.known:
        bound_us = cutoff_us(zone, at_us, one.years or 0)
        if one.since == "record":
            before_us = min(before_us, bound_us)
        else:
            ended = players.ended_us
            who = who & {player for player in ended if ended[player] < bound_us}
    return who, before_us


def _count(
    connection: duckdb.DuckDBPyConnection, name: str, bound: tuple[frozenset[str], int]
) -> list[tuple[str, int]]:
    who, before_us = bound
    rows = connection.execute(
        f"SELECT player_id, count(*) FROM {name} WHERE {INSTANT} < ? GROUP BY player_id",
        [before_us],
    ).fetchall()
    return [(player, count) for player, count in rows if player in who]
