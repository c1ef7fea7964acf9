"""What is served and trained on, by row. Way: frame, snapshots, online store -> here -> prove."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from core.settings import Settings
from features.frame import point_in_time_frame
from features.online import OnlineReader
from features.prove import Claim
from features.reference import Value
from features.spec import View, names_of


def of_frame(
    connection: duckdb.DuckDBPyConnection, spine: pa.Table, views: Sequence[View],
    on_view: Callable[[str], None] | None = None,
) -> list[Claim]:  # fmt: skip
    """Return what a training frame over the spine says."""
    return _claims("frame", point_in_time_frame(connection, spine, views, on_view), "as_of")


def of_snapshots(settings: Settings, views: Sequence[View], players: Sequence[str]) -> list[Claim]:
    """Return what the newest snapshot of each view says of the players; none if there is none."""
    claims: list[Claim] = []
    for view in views:
        files = sorted((settings.features / view.name).glob("as_of=*.parquet"))
        if files:
            columns = ["player_id", "event_timestamp", *names_of(view)]
            keep = [("player_id", "in", list(players))]
            table = pq.read_table(files[-1], columns=columns, filters=keep)
            claims += _claims(f"snapshot {view.name}", table, "event_timestamp")
    return claims


def of_online(settings: Settings, service: str, players: Sequence[str]) -> list[Claim]:
    """Return what the scoring service would read of the players it knows."""
    reader = OnlineReader(settings, service)
    rows = reader.read(players)
    return [
        Claim(
            f"online {service}",
            player,
            int(rows.as_of[place].astype("datetime64[us]").astype("int64")),
            dict(zip(rows.names, _nullable(rows.values[place].tolist()), strict=True)),
        )
        for place, player in enumerate(players)
        if rows.found[place]
    ]


def players_served(settings: Settings, size: int, seed: int) -> list[str]:
    """Return players of the newest snapshot, chosen by seed; none if nothing is backfilled."""
    newest: list[Path] = sorted(settings.features.glob("account/as_of=*.parquet"))
    if not newest:
        return []
    known = sorted(pq.read_table(newest[-1], columns=["player_id"])["player_id"].to_pylist())
    return random.Random(seed).sample(known, min(size, len(known)))  # noqa: S311 - no secret


def _claims(origin: str, table: pa.Table, instant: str) -> list[Claim]:
    times = table.column(instant).cast(pa.int64()).to_pylist()
    players = table.column("player_id").to_pylist()
    values = table.drop_columns(["player_id", instant]).to_pylist()
    return [Claim(origin, *row) for row in zip(players, times, values, strict=True)]


def _nullable(values: list[float]) -> Iterator[Value]:
    """Give back the nulls a matrix of doubles writes as NaN."""
    return (None if math.isnan(value) else value for value in values)
