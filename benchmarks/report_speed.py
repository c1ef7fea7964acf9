"""How fast a month is reported and exported, beside a bare COPY of the same facts by DuckDB.

Run: `python -m benchmarks.report_speed --home var --pack GB --period 2025-06`. The home holds
landed facts (`evenhand simulate`, `evenhand land`). Rows are the records exported; bare is DuckDB
writing the month's facts of the same players as gzipped NDJSON, neither keyed, compared, chained
nor pseudonymous. The export is one pass into an empty folder, and another that finds nothing
changed.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.tables import markdown
from core.clock import SystemClock
from core.compliance.calendar import instant_us
from core.compliance.load import packs
from pipelines.reporting.exporting import export
from pipelines.reporting.known import Scope, known_facts
from pipelines.reporting.making import Wish, make
from pipelines.reporting.period import period_of

_FACTS = ("bet_placed", "bet_won", "bet_rolled_back", "deposit_approved", "withdrawal_paid",
          "session_ended")  # fmt: skip


def main() -> None:
    """Print seconds and rows a second, the median of the turns."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, default=Path("var"))
    parser.add_argument("--pack", default="GB")
    parser.add_argument("--period", required=True)
    parser.add_argument("--turns", type=int, default=3)
    options = parser.parse_args()
    warehouse, now_us = options.home / "warehouse", instant_us(SystemClock().now())
    pack = packs()[options.pack]
    scope = Scope(pack, period_of(options.period, pack.zone), now_us)
    wish = Wish("ggr", options.pack, options.period, now_us)
    rows: list[list[str]] = []
    counts = {"ggr": _facts(warehouse, scope)}
    turns: dict[str, list[float]] = {}
    for _ in range(options.turns):
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder)
            steps: dict[str, Callable[[], int]] = {
                "ggr": lambda: len(make(warehouse, wish, now_us)[1]),
                "export, all new": lambda out=out: _export(warehouse, scope, out),  # type: ignore[misc]
                "export, nothing new": lambda out=out: _export(warehouse, scope, out),  # type: ignore[misc]
                "bare COPY": lambda out=out: _copy(warehouse, scope, out),  # type: ignore[misc]
            }
            for name, step in steps.items():
                begun = time.perf_counter()
                found = step()
                turns.setdefault(name, []).append(time.perf_counter() - begun)
                counts.setdefault(name, found)
    counts["export, nothing new"] = counts["export, all new"]
    for name, seconds in turns.items():
        middle = statistics.median(seconds)
        rows.append([name, f"{counts[name]:,}", f"{middle:.2f}", f"{counts[name] / middle:,.0f}"])
    print(markdown(("step", "rows", "seconds", "rows/s"), rows))


def _export(warehouse: Path, scope: Scope, out: Path) -> int:
    return sum(sum(c.values()) for c in export(warehouse, scope, b"k" * 32, out).counts.values())


def _facts(warehouse: Path, scope: Scope) -> int:
    with known_facts(warehouse, scope) as known:
        return sum(
            int(known.one(f"SELECT count(*) FROM k_{name} WHERE {known.within()}"))
            for name in _FACTS[:3]
        )


def _copy(warehouse: Path, scope: Scope, out: Path) -> int:
    found = 0
    with known_facts(warehouse, scope) as known:
        for name in _FACTS:
            told = known.connection.execute(
                f"COPY (SELECT * FROM k_{name} WHERE {known.within()}) TO "
                f"'{out / name}.ndjson.gz' (FORMAT json, COMPRESSION gzip)"
            ).fetchone()
            found += int(told[0]) if told else 0
    return found


if __name__ == "__main__":
    main()
