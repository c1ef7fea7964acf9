"""How far off an amount may be. Way: models.train -> here -> stored as JSON -> serving.

Conformal by predicted level: on players no other step saw, rows are ordered by score, cut into
equal-count bins, and each bin keeps the quantiles of what really came. The interval is of the
*outcome*, the point is its *mean*: where most players bring nothing and few bring much, the mean
can lie near the upper end.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Interval:
    """Quantiles of the outcome at knots of the score, linear in between, held at the ends."""

    coverage: float
    score: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]

    def apply(self, score: Floats) -> tuple[Floats, Floats]:
        """Return lower and upper bound for each score."""
        low = np.interp(score, self.score, self.low)
        return low, np.maximum(low, np.interp(score, self.score, self.high))

    def as_dict(self) -> dict[str, Any]:
        """Return JSON-ready data."""
        return asdict(self)

    @staticmethod
    def from_dict(stored: dict[str, Any]) -> Interval:
        """Rebuild from `as_dict`."""
        return Interval(
            stored["coverage"], tuple(stored["score"]), tuple(stored["low"]), tuple(stored["high"])
        )


def fit_interval(score: Floats, value: Floats, coverage: float = 0.80) -> Interval:
    """Fit the outcome's quantiles along the score, with the finite-sample correction."""
    order = np.argsort(score, kind="stable")
    bins = np.array_split(order, max(2, min(12, len(score) // 150)))
    knots: list[tuple[float, float, float]] = []
    for rows in bins:
        # Conformal: widen by one rank so that the promise holds for few rows, too.
        widen = 1.0 / (len(rows) + 1)
        tail = max(0.0, (1 - coverage) / 2 - widen)
        low, high = np.quantile(value[rows], [tail, 1 - tail])
        knots.append((float(score[rows].mean()), float(low), float(high)))
    x, low_y, high_y = zip(*sorted(set(knots)), strict=True)
    return Interval(coverage, x, low_y, high_y)
