"""The rows a card is learned and judged on. Way: split, population, labels -> here -> the frame.

Grain of the table: one row per player_id x as_of; `role` says what for, `label` what came,
`baseline` the trivial answer. Sorted by as_of, player_id. Rows beyond a role's budget are dropped
by a hash of the pair, so that cards on one grid keep the same pairs and share feature rows.
"""

from __future__ import annotations

from datetime import datetime

import duckdb
import pyarrow as pa

from core.errors import NotReadyError
from models.labels import select_baseline, select_label
from models.population import select_population
from models.spec import ModelCard, Role
from models.split import Cutoffs, plan_cutoffs, player_share, role_of

_EARLY: tuple[Role, ...] = ("train", "validation", "calibration", "interval")


def span(connection: duckdb.DuckDBPyConnection, card: ModelCard) -> tuple[datetime, datetime]:
    """Return the first occurrence and the last known instant of the facts a card counts.

    Raises:
        NotReadyError: there are none.
    """
    names = sorted({t.fact for t in (*card.population.active, *card.label.terms)})
    parts = " UNION ALL ".join(f"SELECT occurred_at, recorded_at FROM {n}" for n in names)
    query = f"SELECT min(occurred_at), max(recorded_at) FROM ({parts})"
    ((first, last),) = connection.execute(query).fetchall()
    if first is None:
        raise NotReadyError(
            f"{card.name}: the warehouse holds none of {', '.join(names)}",
            expected="landed facts", hint="evenhand simulate, then evenhand land",
        )  # fmt: skip
    return first, last


def labelled_spine(connection: duckdb.DuckDBPyConnection, card: ModelCard) -> pa.Table:
    """Return the labelled rows of a card (see the module for grain and order)."""
    cutoffs = plan_cutoffs(card, *span(connection, card))
    connection.register("cutoff_rows", _cutoff_table(cutoffs))
    connection.execute("CREATE OR REPLACE TEMP TABLE cutoffs AS SELECT * FROM cutoff_rows")
    connection.unregister("cutoff_rows")
    population = select_population(connection, card.population, "cutoffs")
    connection.register("player_roles", _player_roles(connection, card))
    connection.execute(f"CREATE OR REPLACE TEMP TABLE chosen AS {_chosen(card, population)}")
    connection.unregister("player_roles")
    label = select_label(connection, card, "chosen")
    connection.execute(f"CREATE OR REPLACE TEMP TABLE labelled AS {label}")
    both = select_baseline(connection, card.baseline, "labelled")
    columns = "player_id, as_of, role, label, baseline"
    query = f"SELECT {columns} FROM ({both}) ORDER BY as_of, player_id"
    return connection.sql(query).to_arrow_table()


def _cutoff_table(cutoffs: Cutoffs) -> pa.Table:
    """Return one row per cut-off: whether it is for tests, is recent, and when labels are cut."""
    rows = [(t, False, t in cutoffs.recent, cutoffs.trained_at) for t in cutoffs.train]
    rows += [(t, True, False, cutoffs.known_until) for t in cutoffs.test]
    as_of, is_test, recent, known = zip(*rows, strict=True)
    instant = pa.timestamp("us")
    naive = [t.replace(tzinfo=None) for t in as_of]
    known_by = [t.replace(tzinfo=None) for t in known]
    return pa.table(
        {"as_of": pa.array(naive, instant), "is_test": is_test, "is_recent": recent,
         "known_by": pa.array(known_by, instant)}
    )  # fmt: skip


def _player_roles(connection: duckdb.DuckDBPyConnection, card: ModelCard) -> pa.Table:
    names = sorted({t.fact for t in card.population.active})
    parts = " UNION ".join(f"SELECT DISTINCT player_id FROM {n}" for n in names)
    players = [r[0] for r in connection.execute(f"{parts} ORDER BY 1").fetchall()]
    roles = [role_of(player_share(p, card.split.seed), card) for p in players]
    return pa.table({"player_id": pa.array(players, pa.string()), "share_role": roles})


def _chosen(card: ModelCard, population: str) -> str:
    """SQL of the rows kept: the right players at the right cut-offs, to each role's budget."""
    by_player = "NOT is_test AND share_role <> 'test'"
    later = "is_test AND share_role = 'test'" if card.split.others else "is_test"
    budget = " ".join(
        f"WHEN '{role}' THEN {card.split.rows.get(role, 0)}" for role in (*_EARLY, "test")
    )
    return f"""
        SELECT player_id, as_of, known_by, role FROM (
            SELECT *, row_number() OVER (PARTITION BY role ORDER BY draw, as_of, player_id) AS place
            FROM (
                SELECT p.player_id, p.as_of, p.known_by,
                    CASE WHEN p.is_test THEN 'test' ELSE r.share_role END AS role,
                    md5('{card.split.seed}' || p.player_id || epoch_us(p.as_of)) AS draw
                FROM ({population}) p JOIN player_roles r USING (player_id)
                WHERE (({by_player}) AND (share_role = 'train' OR is_recent)) OR ({later})
            )
        ) WHERE place <= CASE role {budget} ELSE 0 END
    """
