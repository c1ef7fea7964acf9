"""How many of the simulator's fraudsters the rules find beside a shared device, and what it costs.

    python -m benchmarks fraud_rules -- HOME

HOME is an operator's home that was simulated and landed. Truth is read here and nowhere else. The
baseline flags every player who shares a device with anybody. A player counts once.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Mapping
from pathlib import Path

import pyarrow.parquet as pq

from benchmarks.tables import markdown
from core.fraud.watching import Finding, Watch
from features.sources import open_warehouse
from pipelines.fraud import deeds_of


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("home", type=Path)
    home: Path = parser.parse_args().home
    truth = _truth(home / "truth" / "players")
    with open_warehouse(home / "warehouse") as connection:
        deeds = list(deeds_of(connection))
    watch, found = Watch(), list[Finding]()
    began = time.perf_counter()
    for one in deeds:
        found += watch.step(one)
    spent = time.perf_counter() - began
    flagged = {name for one in found for name in (one.player, *one.evidence.others)}
    shared = {p for p in watch.windows for o in watch.graph.links(p) if o.kind == "device"}
    rows = [_row(scheme, truth, flagged, shared) for scheme in sorted(set(truth.values()))]
    header = ["scheme", "players", "found by rules", "recall", "share a device", "recall"]
    print(markdown(header, rows))
    guilty = {player for player, scheme in truth.items() if scheme != "none"}
    precise, plain = (len(guilty & one) / max(len(one), 1) for one in (flagged, shared))
    print(
        f"\nPrecision over all schemes: rules {precise:.2f} of {len(flagged)} flagged, a shared "
        f"device {plain:.2f} of {len(shared)}. {spent / len(deeds) * 1e6:.0f} us a deed, "
        f"{len(deeds):,} deeds."
    )


def _row(
    scheme: str, truth: Mapping[str, str], flagged: set[str], shared: set[str]
) -> list[str]:  # fmt: skip
    players = {player for player, one in truth.items() if one == scheme}
    hits, plain = len(players & flagged), len(players & shared)
    return [
        scheme, str(len(players)), str(hits), f"{hits / len(players):.2f}", str(plain),
        f"{plain / len(players):.2f}",
    ]  # fmt: skip


def _truth(folder: Path) -> dict[str, str]:
    table = pq.read_table(folder, columns=["player_id", "fraud_scheme"])
    return dict(zip(*(table.column(n).to_pylist() for n in table.column_names), strict=True))


if __name__ == "__main__":
    main()
