"""How fast the simulated operator is, on one core. Run: `python -m benchmarks.simulate_speed`.

Each run makes the same operator twice: facts as Arrow tables only, then facts written as Parquet
too. Figures are facts per second of CPU time of this process, pinned to one core where the system
can, with Arrow's own threads held to one; the median of the runs is what counts.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from pathlib import Path

import pyarrow as pa

from pipelines.simulation.operator import parts, simulate
from pipelines.simulation.plan import Plan

BAR = 1_000_000


def main() -> None:
    """Print facts per CPU second, without and with writing, and whether the bar is met."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--players", type=int, default=5_000)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    hold_to_one_core()
    made, written = [], []
    for run in range(options.runs + 1):
        with tempfile.TemporaryDirectory() as folder:
            home = Path(folder)
            plan = Plan(options.players, options.days, 7, home / "raw", home / "truth")
            figures = facts_per_s(plan)
        if run == 0:
            continue  # the first run loads libraries and grows the heap
        made.append(figures[0])
        written.append(figures[1])
        print(f"run {run}: {figures[0]:>12,.0f} made/s  {figures[1]:>12,.0f} made and written/s")
    median = statistics.median(written)
    print(f"median: {statistics.median(made):>11,.0f} made/s  {median:>12,.0f} made and written/s")
    print(f"bar {BAR:,} facts/s on one core: {'met' if median >= BAR else 'NOT met'}, load average "
          f"{os.getloadavg()[0]:.1f}")  # fmt: skip


def hold_to_one_core() -> None:
    """Pin this process to one core and Arrow to one thread."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    pa.set_cpu_count(1)
    pa.set_io_thread_count(1)


def facts_per_s(plan: Plan) -> tuple[float, float]:
    """Return facts per CPU second: Arrow tables only, and with Parquet files."""
    began = time.process_time()
    count = sum(
        table.num_rows for part in parts(plan) for tables in part.facts.values() for table in tables
    )
    middle = time.process_time()
    written = sum(simulate(plan).values())
    return count / (middle - began), written / (time.process_time() - middle)


if __name__ == "__main__":
    main()
