"""How sure a figure is. Way: metrics -> here -> evaluate, acceptance.

Players are drawn, not rows: a player's weeks resemble each other, and rows drawn alone would make
intervals too narrow. All scorers are measured on the same draws.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.metrics import Metric

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its 95 % bootstrap interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.4g} [{self.low:.4g}, {self.high:.4g}]"


@dataclass(frozen=True, slots=True)
class Judged:
    """What a scorer is measured on: what came, and whose row it is (0-based player codes)."""

    actual: Floats
    players: npt.NDArray[np.int64]


def estimates(
    score: Floats, judged: Judged, metrics: Mapping[str, Metric], *, draws: int = 300, seed: int = 7
) -> dict[str, Estimate]:
    """Return every metric with its interval over draws of players."""
    order = np.argsort(score, kind="stable")  # sorted once: the metrics' own sorts are then cheap
    score, actual, players = score[order], judged.actual[order], judged.players[order]
    count = int(judged.players.max()) + 1
    rng = np.random.default_rng(seed)
    drawn = {name: np.empty(draws) for name in metrics}
    for i in range(draws):
        weight = np.bincount(rng.integers(0, count, count), minlength=count)[players]
        for name, metric in metrics.items():
            drawn[name][i] = metric(score, actual, weight.astype(np.float64))
    ones = np.ones(len(score))
    return {name: _estimate(metrics[name](score, actual, ones), drawn[name]) for name in metrics}


def _estimate(value: float, drawn: Floats) -> Estimate:
    usable = drawn[~np.isnan(drawn)]
    if not len(usable):
        return Estimate(value, float("nan"), float("nan"))
    low, high = np.quantile(usable, [0.025, 0.975])
    return Estimate(value, float(low), float(high))
