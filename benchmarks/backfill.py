"""Backfill: a million questions times 25 aggregates over five million facts, by SQL and by sums.

    python -m benchmarks.backfill
    python -m benchmarks.backfill --facts 500000 --labels 100000 --runs 1

The facts are a landed warehouse of bets and deposits (`benchmarks.backfill_world`), read from its
Parquet files in every run. Two views of 25 aggregates in the windows 1h, 24h, 7d, 30d and life
(`benchmarks.backfill_views`): counts and sums only, and with maxima and distinct counts. *SQL* is
what every engine runs (`point_in_time_frame(..., portable=True)`), *as used* is what a backfill
does: counts and sums by running sums, the rest by SQL. Every run has a process of its own, in turn.
Printed are labels per CPU second (user and system, all threads and children), the steadier figure
on a machine shared with others; wall seconds; peak memory; and whether the values are the same: of
both ways in every row, and of a sample with a recomputation fact by fact.
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
from pathlib import Path
from statistics import median

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from benchmarks.backfill_views import EVERY_KIND, SUMS
from benchmarks.backfill_world import World, questions, write_world
from benchmarks.tables import markdown
from features.frame import SPINE, point_in_time_frame
from features.prove import Claim, mismatches
from features.raw_facts import LandedFacts
from features.sources import open_warehouse

VIEWS = {view.name: view for view in (SUMS, EVERY_KIND)}
SQL, AS_USED = "SQL", "as used"
BARS = {(SUMS.name, AS_USED): 200_000, (EVERY_KIND.name, SQL): 29_000}
THREADS = 2
PLAYERS_PER_FACT = 60_000 / 5_000_000


@dataclass(frozen=True, slots=True)
class Spent:
    """What one backfill took, and a digest of every column it gave."""

    cpu_s: float
    wall_s: float
    peak_mb: float
    digests: dict[str, str]


@dataclass(frozen=True, slots=True)
class Result:
    """The runs of one view by one way."""

    view: str
    way: str
    spent: list[Spent]

    @property
    def cpu_s(self) -> float:
        """Median CPU seconds of a run."""
        return median(s.cpu_s for s in self.spent)


def make(folder: Path, world: World, labels: int, sample: int) -> int:
    """Write facts, questions and which of these are recomputed; return how many questions."""
    asked = questions(write_world(folder / "warehouse", world), labels)
    pq.write_table(asked, folder / "questions.parquet")
    chosen = np.random.default_rng(1).permutation(asked.num_rows)[:sample]
    np.save(folder / "sample.npy", np.sort(chosen))
    return int(asked.num_rows)


def backfill(folder: Path, name: str, way: str) -> Spent:
    """Run one backfill in this process; keep the sample's rows of it."""
    asked = pq.read_table(folder / "questions.parquet")
    with open_warehouse(folder / "warehouse", threads=THREADS) as connection:
        wall, cpu = time.perf_counter(), _cpu_s()
        frame = point_in_time_frame(connection, asked, [VIEWS[name]], portable=way == SQL)
        wall, cpu = time.perf_counter() - wall, _cpu_s() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    pq.write_table(frame.take(np.load(folder / "sample.npy")), _kept(folder, name, way))
    return Spent(cpu, wall, peak, {c: _digest(frame[c]) for c in frame.column_names})


def _cpu_s() -> float:
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


def _kept(folder: Path, name: str, way: str) -> Path:
    return folder / f"{name}-{way.replace(' ', '-')}.parquet"


def _digest(column: pa.ChunkedArray) -> str:
    """Hash the values and which of them are null, however the column is cut."""
    if pa.types.is_string(column.type):
        return hashlib.sha256("\n".join(column.to_pylist()).encode()).hexdigest()[:16]
    zero = pa.scalar(0, pa.int64()).cast(column.type)
    parts = (pc.is_null(column), pc.fill_null(column, zero))
    raw = b"".join(np.ascontiguousarray(part.to_numpy()).tobytes() for part in parts)
    return hashlib.sha256(raw).hexdigest()[:16]


def differences(folder: Path, name: str) -> tuple[int, int]:
    """Recompute the sample fact by fact; return how many values were compared, how many differ."""
    claims = [claim for way in (SQL, AS_USED) for claim in _claims(folder, name, way)]
    players = tuple(sorted({claim.player_id for claim in claims}))
    facts = LandedFacts(folder / "warehouse", players, [VIEWS[name]])
    wrong = sum(1 for _ in mismatches(claims, [VIEWS[name]], facts))
    return sum(len(claim.values) for claim in claims), wrong


def _claims(folder: Path, name: str, way: str) -> list[Claim]:
    sample = pq.read_table(_kept(folder, name, way))
    instants = sample["as_of"].cast(pa.int64()).to_pylist()
    values = sample.drop_columns(SPINE.names).to_pylist()
    rows = zip(sample["player_id"].to_pylist(), instants, values, strict=True)
    return [Claim(way, player, instant, row) for player, instant, row in rows]


def _in_own_process(folder: Path, name: str, way: str) -> Spent:
    command = [sys.executable, "-m", "benchmarks.backfill", "--case", str(folder), name, way]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return Spent(**json.loads(done.stdout.splitlines()[-1]))


def measure(folder: Path, runs: int) -> list[Result]:
    """Run every view by both ways, in turn."""
    results = [Result(name, way, []) for name in VIEWS for way in (SQL, AS_USED)]
    for _ in range(runs):
        for result in results:
            result.spent.append(_in_own_process(folder, result.view, result.way))
    return results


def _row(result: Result, labels: int) -> list[str]:
    rate, bar = labels / result.cpu_s, BARS.get((result.view, result.way))
    verdict = "-" if bar is None else f"{bar:,} {'met' if rate >= bar else 'NOT met'}"
    wall, peak = (median(getattr(s, f) for s in result.spent) for f in ("wall_s", "peak_mb"))
    return [f"{result.view}, {result.way}", f"{rate:,.0f}", verdict, f"{result.cpu_s:.1f}",
            f"{wall:.1f}", f"{peak:,.0f}"]  # fmt: skip


def _verdict(results: list[Result], name: str, folder: Path) -> str:
    found = {json.dumps(s.digests) for r in results if r.view == name for s in r.spent}
    same = "equal in every value" if len(found) == 1 else "DIFFERENT"
    compared, wrong = differences(folder, name)
    return (
        f"- `{name}`: {SQL} and {AS_USED} {same}; {compared:,} values of the sample recomputed "
        f"fact by fact, {wrong} differ."
    )


def main() -> None:
    """Read the sizes, make the task, measure, compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--facts", type=int, default=5_000_000)
    parser.add_argument("--labels", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--sample", type=int, default=1_000)
    parser.add_argument("--case", nargs=3, metavar=("FOLDER", "VIEW", "WAY"))
    asked = parser.parse_args()
    if asked.case:
        folder, name, way = asked.case
        print(json.dumps(asdict(backfill(Path(folder), name, way))))
        return
    with tempfile.TemporaryDirectory() as place:
        world = World(asked.facts, max(round(asked.facts * PLAYERS_PER_FACT), 10))
        labels = make(Path(place), world, asked.labels, asked.sample)
        print(f"{labels:,} questions x 25 aggregates x {asked.facts:,} facts of {world.players:,} "
              f"players; {THREADS} threads; median of {asked.runs} run(s) each, in turn; load "
              f"average {os.getloadavg()[0]:.1f} at the start.\n", flush=True)  # fmt: skip
        results = measure(Path(place), asked.runs)
        header = ["view, way", "labels/cpu-s", "bar", "CPU s", "wall s", "peak MB"]
        print(markdown(header, [_row(result, labels) for result in results]), end="\n\n")
        for name in VIEWS:
            print(_verdict(results, name, Path(place)), flush=True)


if __name__ == "__main__":
    main()
