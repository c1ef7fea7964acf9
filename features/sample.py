"""A few players and instants, chosen by seed. Way: warehouse -> here -> prove, check."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime, timedelta

import duckdb
import pyarrow as pa

from core.errors import NotReadyError
from features.frame import SPINE
from features.spec import View


def known_span(connection: duckdb.DuckDBPyConnection, views: Sequence[View]) -> pa.Table:
    """Return player_id, first and last instant at which facts of the views became known.

    Raises:
        NotReadyError: no fact has landed.
    """
    sources = sorted({source for view in views for source in view.sources})
    union = " UNION ALL ".join(f"SELECT player_id, recorded_at FROM {name}" for name in sources)
    span = connection.sql(
        f"SELECT player_id, MIN(recorded_at) AS first_at, MAX(recorded_at) AS last_at "
        f"FROM ({union}) GROUP BY player_id ORDER BY player_id"
    ).to_arrow_table()
    if span.num_rows == 0:
        raise NotReadyError("the warehouse holds no facts", hint="run `evenhand land` first")
    return span


def sample_spine(span: pa.Table, size: int, seed: int) -> pa.Table:
    """Return `size` players (repeated if there are fewer), each at a random instant of his span.

    Instants reach a week beyond a player's last fact, so windows that have emptied are met too.
    """
    chance = random.Random(seed)  # noqa: S311 - a sample to check, not a secret
    rows = span.to_pylist()
    chosen = chance.sample(rows, size) if size <= len(rows) else chance.choices(rows, k=size)
    asked = {
        (row["player_id"], _instant(chance, row["first_at"], row["last_at"])) for row in chosen
    }
    players, instants = zip(*sorted(asked), strict=True)
    return pa.table({"player_id": players, "as_of": instants}, schema=SPINE)


def _instant(chance: random.Random, first: datetime, last: datetime) -> datetime:
    span = last + timedelta(days=7) - first
    return first + timedelta(microseconds=chance.randrange(int(span / timedelta(microseconds=1))))
