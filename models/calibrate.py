"""From raw score to probability or money. Way: models.train -> here -> stored as JSON -> serving.

A calibrator is data: knots of a monotone piecewise-linear curve (isotonic), or slope and offset of
a logistic curve (Platt). It is fitted on players the booster never saw, and which of the two is
used was chosen there by cross-validated log loss.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from core.errors import AcceptanceError

Floats = npt.NDArray[np.float64]
FLOOR = 1e-6  # a calibrated probability is never exactly 0 or 1: nothing here is certain


@dataclass(frozen=True, slots=True)
class Calibrator:
    """A monotone map of raw scores.

    isotonic: linear between (x, y) knots, held at the ends; money: the same, drawn out beyond the
    ends with the last slope; platt: 1 / (1 + exp(-(x[0] * raw + y[0]))).

    >>> float(Calibrator("isotonic", (0.0, 1.0), (0.1, 0.3)).apply(np.array([0.5]))[0])
    0.2
    """

    kind: Literal["isotonic", "platt", "money"]
    x: tuple[float, ...]
    y: tuple[float, ...]

    def apply(self, raw: Floats) -> Floats:
        """Map raw scores to calibrated ones; order is kept."""
        raw = np.asarray(raw, dtype=np.float64)
        if self.kind == "platt":
            return np.clip(1.0 / (1.0 + np.exp(-(self.x[0] * raw + self.y[0]))), FLOOR, 1 - FLOOR)
        inside = np.interp(raw, self.x, self.y)
        if self.kind == "isotonic":
            return np.clip(inside, FLOOR, 1 - FLOOR)
        return inside + self._beyond(raw)

    def _beyond(self, raw: Floats) -> Floats:
        if len(self.x) < 2:
            return np.zeros_like(raw)
        low = (self.y[1] - self.y[0]) / (self.x[1] - self.x[0])
        high = (self.y[-1] - self.y[-2]) / (self.x[-1] - self.x[-2])
        under, over = np.minimum(raw - self.x[0], 0.0), np.maximum(raw - self.x[-1], 0.0)
        return np.asarray(low * under + high * over, dtype=np.float64)

    def as_dict(self) -> dict[str, Any]:
        """Return JSON-ready data; floats survive the round trip bit for bit."""
        return asdict(self)

    @staticmethod
    def from_dict(stored: dict[str, Any]) -> Calibrator:
        """Rebuild from `as_dict`."""
        return Calibrator(stored["kind"], tuple(stored["x"]), tuple(stored["y"]))


def fit_probability(raw: Floats, label: Floats, groups: npt.NDArray[np.int64]) -> Calibrator:
    """Fit isotonic and Platt and keep the one with the lower log loss on held-out players.

    Args:
        raw: raw scores of the calibration slice.
        label: 0.0 or 1.0.
        groups: an integer per player, so that a player is never on both sides of a fold.
    """
    if label.min() == label.max():
        raise AcceptanceError(
            f"the calibration slice holds only label {label.min():g} in {len(label)} rows",
            expected="both outcomes", hint="more players or more days",
        )  # fmt: skip
    losses = {"isotonic": 0.0, "platt": 0.0}
    fitters = {"isotonic": _fit_isotonic, "platt": _fit_platt}
    for fold in range(5):
        inside = groups % 5 != fold
        if len(np.unique(label[inside])) < 2 or not (~inside).any():
            continue
        for name, fit in fitters.items():
            losses[name] += _log_loss(fit(raw[inside], label[inside]), raw[~inside], label[~inside])
    best = min(losses, key=lambda name: (losses[name], name))
    return fitters[best](raw, label)


def fit_money(raw: Floats, value: Floats) -> Calibrator:
    """Fit the mean value along the raw score: equal-count bins, made monotone, then linear."""
    order = np.argsort(raw, kind="stable")
    bins = np.array_split(order, max(2, min(12, len(raw) // 100)))
    x = np.array([raw[b].mean() for b in bins])
    y = np.array([value[b].mean() for b in bins])
    xs, ys = _monotone(x, y, np.array([float(len(b)) for b in bins]))
    # Chords lie above a curve that bends upwards: bring the total back to what came.
    drawn = Calibrator("money", tuple(xs.tolist()), tuple(ys.tolist()))
    told, came = float(drawn.apply(raw).sum()), float(value.sum())
    scale = came / told if told > 0 and came > 0 else 1.0
    return Calibrator("money", drawn.x, tuple(y * scale for y in drawn.y))


def _fit_isotonic(raw: Floats, label: Floats) -> Calibrator:
    # Small blocks at the ends would promise certainty: bins of at least 1 % of the rows first.
    order = np.argsort(raw, kind="stable")
    bins = np.array_split(order, max(2, min(60, len(raw) // 50)))
    x = np.array([raw[b].mean() for b in bins])
    y = np.array([label[b].mean() for b in bins])
    xs, ys = _monotone(x, y, np.array([float(len(b)) for b in bins]))
    return Calibrator("isotonic", tuple(xs.tolist()), tuple(ys.tolist()))


def _fit_platt(raw: Floats, label: Floats) -> Calibrator:
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=1e6, max_iter=500).fit(raw.reshape(-1, 1), label)
    slope, offset = float(model.coef_[0, 0]), float(model.intercept_[0])
    return Calibrator("platt", (max(slope, 1e-9),), (offset,))


def _monotone(x: Floats, y: Floats, weight: Floats) -> tuple[Floats, Floats]:
    from sklearn.isotonic import isotonic_regression

    rising = isotonic_regression(y, sample_weight=weight, increasing=True)
    x, keep = np.unique(x, return_index=True)
    return x, np.asarray(rising, dtype=np.float64)[keep]


def _log_loss(calibrator: Calibrator, raw: Floats, label: Floats) -> float:
    p = calibrator.apply(raw)
    return float(-(label * np.log(p) + (1 - label) * np.log1p(-p)).sum())
