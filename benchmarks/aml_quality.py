"""How many of the simulator's money launderers the typologies find, beside one bound on amounts.

    python -m benchmarks aml_quality -- HOME

HOME is an operator's home that was simulated and landed. Truth is read here and nowhere else. The
baseline flags every player with a deposit of the jurisdiction's due diligence amount (2,000 EUR in
base currency) or more, whatever he does with it. A player counts once.
"""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from core.aml.policy import policies
from core.aml.watching import Watch
from core.errors import NotReadyError
from features.sources import open_warehouse
from pipelines.aml import facts_of

ASKS = "the home of an operator that was simulated and landed."
_HEAD = "| pattern | injected | typology | flagged | recall | precision "
FOUND_BY = {
    "structuring": "T-STR",
    "rapid_cycling": "T-CYC",
    "income_mismatch": "T-INC",
    "dormant_reactivation": "T-DORM",
}
BASELINE_MINOR = 200_000


def main() -> None:
    """Print a table of the home named on the command line."""
    home = _home(sys.argv[1:])
    truth = _truth(home / "truth" / "players")
    with open_warehouse(home / "warehouse") as connection:
        flagged = _flagged(connection)
        baseline = _baseline(connection)
    print(f"{len(truth)} players. Baseline: a deposit of {BASELINE_MINOR / 100:.0f} EUR or more.\n")
    print(f"{_HEAD}| one bound: flagged | recall | precision |")
    print("|---|---:|---|---:|---:|---:|---:|---:|---:|")
    for pattern, typology in FOUND_BY.items():
        injected = {player for player, is_so in truth.items() if is_so == pattern}
        ours = _scores(injected, flagged.get(typology, set()))
        theirs = _scores(injected, baseline)
        print(f"| {pattern} | {len(injected)} | {typology} | {ours} | {theirs} |")
    guilty = {player for player, pattern in truth.items() if pattern != "none"}
    anyhow: set[str] = set().union(
        *(flagged.get(typology, set()) for typology in FOUND_BY.values())
    )
    ours, theirs = _scores(guilty, anyhow), _scores(guilty, baseline)
    print(f"| any | {len(guilty)} | any of them | {ours} | {theirs} |")


def _home(arguments: list[str]) -> Path:
    if len(arguments) != 1 or not (Path(arguments[0]) / "truth" / "players").is_dir():
        raise NotReadyError(
            f"arguments {arguments}", expected=ASKS, hint="evenhand simulate, then evenhand land"
        )
    return Path(arguments[0])


def _scores(injected: set[str], flagged: set[str]) -> str:
    hit = len(injected & flagged)
    recall = f"{hit / len(injected):.2f}" if injected else "-"
    precision = f"{hit / len(flagged):.2f}" if flagged else "-"
    return f"{len(flagged)} | {recall} | {precision}"


def _truth(folder: Path) -> dict[str, str]:
    table = pq.read_table(folder, columns=["player_id", "aml_pattern"])
    return dict(zip(*(table.column(n).to_pylist() for n in table.column_names), strict=True))


def _flagged(connection: duckdb.DuckDBPyConnection) -> dict[str, set[str]]:
    watch, found = Watch(dict(policies()), "EUR"), dict[str, set[str]]()
    for one in facts_of(connection):
        for alert in watch.step(one):
            found.setdefault(alert.evidence.typology, set()).add(alert.evidence.player)
    return found


def _baseline(connection: duckdb.DuckDBPyConnection) -> set[str]:
    rows = connection.execute(
        "SELECT DISTINCT player_id FROM deposit_approved WHERE amount_base_minor >= ?",
        [BASELINE_MINOR],
    )
    return {player for (player,) in rows.fetchall()}
