"""Training frame through Feast: its own duckdb join against ours, on the same files and questions.

    python -m benchmarks.training_frame                          200,000 questions x 5,000,000 rows
    python -m benchmarks.training_frame --players 50000 --runs 1

Feature rows are daily snapshots of 25 numbers per player, one Parquet file a day; one in ten became
known up to five days late. Questions are random players at random instants. Every case runs in a
process of its own, all through `FeatureStore.get_historical_features(...).to_df()`, alternating.
Printed: wall seconds, CPU seconds and peak memory of the call's process, and whether the frames are
the same. Feast is compared with `filter_by_created_timestamp=True`, without which it leaks; with
the views' ttl (2 days) and with none. A machine shared with others disturbs wall time: CPU seconds
are the steadier figure.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.tables import markdown

FEATURES = 25
STOCK, OURS = "duckdb", "features.offline_store.KnownTimeOfflineStore"
CASES = {
    "No ttl": (0, "Every question sees the whole past of its player."),
    "Ttl of 2 days": (
        2,
        "As our views are declared: Feast's join, too, then looks at two days only.",
    ),
}
_COLUMNS = [f"f_{number:02d}" for number in range(FEATURES)]


@dataclass(frozen=True, slots=True)
class Spent:
    """What one retrieval took, and a digest of the frame it gave."""

    wall_s: float
    cpu_s: float
    peak_mb: float
    rows: int
    digest: str


def make(folder: Path, players: int, rows: int, questions: int) -> None:
    """Write feature rows and questions, the same for the same sizes."""
    import duckdb

    connection = duckdb.connect(config={"threads": 2})
    connection.execute("SET TimeZone = 'UTC'")
    (folder / "rows").mkdir()
    days = rows // players
    for day in range(days):
        values = ", ".join(f"(hash(p, {day}, {n}) % 1000000) / 1000.0 AS {c}"
                           for n, c in enumerate(_COLUMNS))  # fmt: skip
        connection.execute(f"""
            COPY (SELECT {_player("p")} AS player_id,
                         {_instant(f"{day} * 86400 + hash(p, {day}) % 80000")} AS event_timestamp,
                         event_timestamp + to_seconds(CASE WHEN hash(p, {day}, 'late') % 10 = 0
                             THEN hash(p, {day}, 'by') % 432000 ELSE 0 END::BIGINT)
                             AS created_timestamp, {values}
                  FROM range({players}) r(p)) TO '{folder}/rows/{day:04d}.parquet'""")
    connection.execute(f"""
        COPY (SELECT {_player(f"(hash(i, 'who') % {players})")} AS player_id,
                     {_instant(f"hash(i, 'when') % {days * 86400}")} AS event_timestamp
              FROM range({questions}) r(i)) TO '{folder}/questions.parquet'""")


def _player(number: str) -> str:
    return f"'player-' || lpad({number}::VARCHAR, 7, '0')"


def _instant(seconds: str) -> str:
    return f"(TIMESTAMPTZ '2025-01-01 00:00:00+00' + to_seconds(({seconds})::BIGINT))"


def retrieve(folder: Path, kind: str, ttl_days: int) -> Spent:
    """Run one retrieval in this process."""
    import pandas as pd
    from feast import Entity, FeatureStore, FeatureView, Field, FileSource, RepoConfig, ValueType
    from feast.data_format import ParquetFormat
    from feast.types import Float64, String

    from features.store import quiet

    source = FileSource(
        path=str(folder / "rows"), file_format=ParquetFormat(),
        timestamp_field="event_timestamp", created_timestamp_column="created_timestamp",
    )  # fmt: skip
    player = Entity(name="player", join_keys=["player_id"], value_type=ValueType.STRING)
    fields = [Field(name=name, dtype=Float64) for name in _COLUMNS]
    view = FeatureView(
        name="daily", entities=[player], ttl=timedelta(days=ttl_days), source=source,
        schema=[Field(name="player_id", dtype=String), *fields],
    )  # fmt: skip
    with tempfile.TemporaryDirectory() as repo, quiet():
        store = FeatureStore(config=RepoConfig(
            project="bench", provider="local", registry=f"{repo}/registry.db",
            offline_store={"type": kind}, entity_key_serialization_version=3,
            online_store={"type": "sqlite", "path": f"{repo}/online.db"},
        ))  # fmt: skip
        store.apply([player, view])
        questions = pd.read_parquet(folder / "questions.parquet")
        wall, cpu = time.perf_counter(), time.process_time()
        frame = store.get_historical_features(
            entity_df=questions, features=[f"daily:{name}" for name in _COLUMNS],
            filter_by_created_timestamp=True,
        ).to_df()  # fmt: skip
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Spent(wall, cpu, peak, len(frame), _digest(frame))


def _digest(frame: Any) -> str:  # a pandas frame
    """Hash the answer without regard to row order, which Feast's join does not keep."""
    columns = ["player_id", "event_timestamp", *_COLUMNS]
    moments = frame["event_timestamp"].astype("datetime64[us, UTC]")
    ordered = frame.assign(event_timestamp=moments)[columns]
    ordered = ordered.sort_values(columns, kind="stable").reset_index(drop=True)
    text = ordered["player_id"].str.cat(sep=",").encode()
    numbers = ordered["event_timestamp"].astype("int64").to_numpy().tobytes()
    return hashlib.sha256(text + numbers + ordered[_COLUMNS].to_numpy().tobytes()).hexdigest()[:16]


def _in_own_process(folder: Path, kind: str, ttl_days: int) -> Spent:
    command = [sys.executable, "-m", "benchmarks.training_frame", "--case", str(folder), kind,
               str(ttl_days)]  # fmt: skip
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return Spent(**json.loads(done.stdout.splitlines()[-1]))


def compare(folder: Path, ttl_days: int, runs: int) -> dict[str, list[Spent]]:
    """Run both stores in turn."""
    spent: dict[str, list[Spent]] = {STOCK: [], OURS: []}
    for _ in range(runs):
        for kind, results in spent.items():
            results.append(_in_own_process(folder, kind, ttl_days))
    return spent


def _table(spent: dict[str, list[Spent]]) -> str:
    """Return medians of both stores, their ratios and whether the frames are the same."""
    named = {"Feast duckdb": spent[STOCK], "ours": spent[OURS]}
    rows = [
        [name, *(f"{figure:,.2f}" for figure in _medians(results)[:2]),
         f"{_medians(results)[2]:,.0f}", results[0].digest]
        for name, results in named.items()
    ]  # fmt: skip
    ratios = [a / b for a, b in zip(*map(_medians, named.values()), strict=True)]
    same = len({result.digest for results in named.values() for result in results}) == 1
    verdict = "same values" if same else "DIFFERENT VALUES"
    rows.append(["ratio", *(f"{ratio:.1f} x" for ratio in ratios), verdict])
    return markdown(["store", "wall s", "CPU s", "peak MB", "digest of the frame"], rows)


def _medians(results: list[Spent]) -> tuple[float, float, float]:
    return (median(r.wall_s for r in results), median(r.cpu_s for r in results),
            median(r.peak_mb for r in results))  # fmt: skip


def main() -> None:
    """Read the sizes, make the task, compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--players", type=int, default=10_000)
    parser.add_argument("--rows", type=int, default=5_000_000)
    parser.add_argument("--questions", type=int, default=200_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--case", nargs=3, metavar=("FOLDER", "STORE", "TTL_DAYS"))
    asked = parser.parse_args()
    if asked.case:
        folder, kind, ttl_days = asked.case
        print(json.dumps(asdict(retrieve(Path(folder), kind, int(ttl_days)))))
        return
    with tempfile.TemporaryDirectory() as place:
        make(Path(place), asked.players, asked.rows, asked.questions)
        print(f"{asked.questions:,} questions x {asked.rows:,} rows x "
              f"{FEATURES} features, {asked.rows // asked.players} rows a player; median of "
              f"{asked.runs} run(s) each, in turn; load average {os.getloadavg()[0]:.1f} "
              "at the start.")  # fmt: skip
        for case, (ttl_days, why) in CASES.items():
            print(f"\n## {case}\n\n{why}\n", flush=True)
            print(_table(compare(Path(place), ttl_days, asked.runs)), flush=True)


if __name__ == "__main__":
    main()
