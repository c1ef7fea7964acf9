"""The same views by DuckDB and by Spark: are the values the same, and what does each take?

    python -m benchmarks.spark_parity                                made facts, 51,000 questions
    python -m benchmarks.spark_parity --home var --questions 60000   an operator's home, every view
    python -m benchmarks.spark_parity --facts 50000 --questions 5000 --memory 1g

Made facts are those of `benchmarks.backfill`: bets and deposits, some late, some repeated, under
its two views of 25 aggregates. *DuckDB* runs the SQL Spark runs, on two threads; *DuckDB, as used*
what a backfill does (running sums where they do). Spark is `local[2]` in a JVM of its own; its CPU
seconds hold the JVM's start, its wall seconds do not. Values are compared to the last bit.
"""

from __future__ import annotations

import argparse
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from benchmarks.backfill_views import EVERY_KIND, SUMS
from benchmarks.backfill_world import World, questions, write_world
from benchmarks.tables import markdown
from features.frame import point_in_time_frame
from features.registry import all_views
from features.sample import known_span, sample_spine
from features.sources import open_warehouse
from features.spark_frame import point_in_time_frame_on_spark
from features.spark_session import end_spark, local_spark, require_spark
from features.spec import View

THREADS = 2
PLAYERS_PER_FACT = 60_000 / 5_000_000


@dataclass(frozen=True, slots=True)
class Task:
    """A warehouse, the questions asked of it and the views that answer."""

    warehouse: Path
    spine: pa.Table
    views: tuple[View, ...]


@dataclass(slots=True)
class Spent:
    """What one way took."""

    wall_s: float = 0.0
    cpu_s: float = 0.0


def of_home(home: Path, count: int) -> Task:
    """Return questions to an operator's warehouse, each at a random instant of a player's span."""
    views = all_views()
    with open_warehouse(home / "warehouse", threads=THREADS) as connection:
        span = known_span(connection, views)
    return Task(home / "warehouse", sample_spine(span, count, seed=5), views)


def of_made_facts(folder: Path, facts: int, count: int) -> Task:
    """Write a warehouse and return questions to it."""
    world = World(facts, max(int(facts * PLAYERS_PER_FACT), 1))
    asked = questions(write_world(folder / "warehouse", world), count)
    return Task(folder / "warehouse", asked, (SUMS, EVERY_KIND))


def by_duckdb(task: Task, *, portable: bool) -> tuple[pa.Table, Spent]:
    """Compute the frame in this process."""
    spent = Spent()
    opened = open_warehouse(task.warehouse, threads=THREADS)
    with _measured(spent, resource.RUSAGE_SELF), opened as connection:
        frame = point_in_time_frame(connection, task.spine, task.views, portable=portable)
    return frame, spent


def by_spark(task: Task, memory: str, told: Callable[[str], None]) -> tuple[pa.Table, Spent]:
    """Compute the frame in a JVM that ends with it."""
    spent, wall = Spent(), Spent()
    with _measured(spent, resource.RUSAGE_CHILDREN):
        session = local_spark({"spark.master": f"local[{THREADS}]", "spark.driver.memory": memory})
        try:
            with _measured(wall, resource.RUSAGE_SELF):
                frame = point_in_time_frame_on_spark(
                    session, task.warehouse, task.spine, task.views, told
                )
        finally:
            end_spark(session)
    return frame, Spent(wall.wall_s, spent.cpu_s + wall.cpu_s)


@contextmanager
def _measured(spent: Spent, who: int) -> Iterator[None]:
    wall, cpu = time.perf_counter(), _cpu_s(who)
    yield
    spent.wall_s, spent.cpu_s = time.perf_counter() - wall, _cpu_s(who) - cpu


def _cpu_s(who: int) -> float:
    used = resource.getrusage(who)
    return used.ru_utime + used.ru_stime


def different(one: pa.Table, other: pa.Table) -> list[str]:
    """Return the columns that are not the same to the last bit."""
    return [
        name
        for name in one.column_names
        if not one[name].combine_chunks().equals(other[name].combine_chunks())
    ]


def compare(task: Task, memory: str) -> int:
    """Print the table; return how many columns differ."""
    ways = {
        "DuckDB": by_duckdb(task, portable=True),
        "DuckDB, as used": by_duckdb(task, portable=False),
        "Spark": by_spark(task, memory, lambda name: print(name, file=sys.stderr, flush=True)),
    }
    reference, wrong = ways["DuckDB"][0], set[str]()
    rows = []
    for name, (frame, spent) in ways.items():
        off = different(reference, frame)
        wrong.update(off)
        verdict = f"{len(off)} columns DIFFER" if off else "same"
        speed = task.spine.num_rows / spent.cpu_s
        rows.append([name, f"{spent.wall_s:,.1f}", f"{spent.cpu_s:,.1f}", f"{speed:,.0f}", verdict])
    asked, told = f"{task.spine.num_rows:,} questions", f"{reference.num_columns - 2} features"
    print(f"{asked} x {told} of {len(task.views)} views; load average {os.getloadavg()[0]:.1f}.\n")
    print(markdown(["engine", "wall s", "CPU s", "questions per CPU s", "values"], rows))
    return len(wrong)


def main() -> None:
    """Read what is asked, compare; a difference is an error."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, help="an operator's home; made facts if none is given")
    parser.add_argument("--facts", type=int, default=600_000, help="how many facts are made")
    parser.add_argument("--questions", type=int, default=51_000)
    parser.add_argument("--memory", default="3g", help="heap of the JVM")
    asked = parser.parse_args()
    require_spark()
    with tempfile.TemporaryDirectory() as place:
        if asked.home:
            task = of_home(asked.home, asked.questions)
        else:
            task = of_made_facts(Path(place), asked.facts, asked.questions)
        if wrong := compare(task, asked.memory):
            sys.exit(f"{wrong} columns differ")


if __name__ == "__main__":
    main()
