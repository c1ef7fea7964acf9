"""Latency of one scored player: the running service against a bare `Booster.predict`. Way: HTTP.

`python -m benchmarks.scoring_latency URL KEY PLAYER_ID [COUNT]`, with EVENHAND_HOME as served. The
floor calls the same boosters on the same row in this process, without features, gate or HTTP.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

import httpx
import numpy as np

from core.settings import settings_from
from models.registry import load, versions_of_alias
from models.spec import all_cards

ASKS = "-- URL KEY PLAYER_ID [COUNT], of a running service"


def main() -> None:
    """Alternate the two, print p50 and p99 in milliseconds and the ratio."""
    url, key, player_id, *rest = sys.argv[1:]
    count = int(rest[0]) if rest else 500
    with httpx.Client(base_url=url, headers={"X-API-Key": key}) as client:
        path = f"/v1/players/{player_id}/scores"
        calls: dict[str, Callable[[], object]] = {
            "floor": floor(),
            "scores": lambda: client.get(path).raise_for_status(),
            "explained": lambda: client.get(path, params={"explain": "true"}).raise_for_status(),
        }
        spent = {name: timed(call, count) for name, call in calls.items()}
    base = float(np.percentile(spent["floor"], 50))
    for name, ms in spent.items():
        p50, p99 = (float(np.percentile(ms, q)) for q in (50, 99))
        print(f"{name:10} p50 {p50:7.2f} ms  p99 {p99:7.2f} ms  {p50 / base:6.1f} x floor")


def floor() -> Callable[[], object]:
    """Return a call of every champion's booster on one row."""
    settings = settings_from()
    names = versions_of_alias(settings.mlruns, tuple(all_cards()), "champion")
    models = [load(settings.mlruns, name) for name in names]
    rows = [np.zeros((1, len(model.feature_names))) for model in models]
    return lambda: [model.raw(row) for model, row in zip(models, rows, strict=True)]


def timed(call: Callable[[], object], count: int) -> list[float]:
    """Return the milliseconds of each call after ten to warm up."""
    spent = []
    for number in range(count + 10):
        began = time.perf_counter()
        call()
        if number >= 10:
            spent.append((time.perf_counter() - began) * 1000)
    return spent


if __name__ == "__main__":
    main()
