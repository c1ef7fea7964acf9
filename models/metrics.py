"""How good a ranking or a number is. Way: scores and what came -> here -> evaluate, acceptance.

Every metric takes (score, actual, weight); the weight is how often a row was drawn, so that one
function serves the figure itself (all ones) and its bootstrap. Equal scores share a rank: no metric
rewards the accident of order.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Metric = Callable[[Floats, Floats, Floats], float]


def auc(score: Floats, label: Floats, weight: Floats) -> float:
    """Return the chance that a random event is scored above a random non-event.

    >>> auc(np.array([0.1, 0.9]), np.array([0.0, 1.0]), np.ones(2))
    1.0
    """
    _, hits, misses = _by_score(score, weight * label, weight * (1 - label))
    below = np.cumsum(misses) - misses
    pairs = hits.sum() * misses.sum()
    return float((hits * (below + misses / 2)).sum() / pairs) if pairs else float("nan")


def average_precision(score: Floats, label: Floats, weight: Floats) -> float:
    """Return the mean precision over the events, best score first."""
    _, hits, misses = _by_score(-score, weight * label, weight * (1 - label))
    found = np.cumsum(hits)
    precision = found / np.maximum(found + np.cumsum(misses), 1e-12)
    return float((hits * precision).sum() / hits.sum()) if hits.sum() else float("nan")


def brier(score: Floats, label: Floats, weight: Floats) -> float:
    """Return the mean squared error of a probability."""
    return float(np.average((score - label) ** 2, weights=weight))


def ece(score: Floats, label: Floats, weight: Floats) -> float:
    """Return the expected calibration error over ten equal-count bins of the score.

    The mean over bins, by their rows, of |mean score - share of events|.
    """
    bins, _ = bins_of(score, weight, 10)
    total = np.bincount(bins, weight, 10)
    gap = np.abs(np.bincount(bins, weight * (score - label), 10))
    return float(gap.sum() / total.sum())


def lift_top_decile(score: Floats, label: Floats, weight: Floats) -> float:
    """Return how many times the average share of events the top tenth holds."""
    bins, _ = bins_of(score, weight, 10)
    top = weight * (bins == 9)
    mean = float(np.average(label, weights=weight))
    if not mean or not top.sum():
        return float("nan")
    return float((top * label).sum() / top.sum() / mean)


def normalised_gini(score: Floats, value: Floats, weight: Floats) -> float:
    """Return how much of a perfect ranking's concentration of value a score achieves (0..1)."""
    best = _gini(value, value, weight)
    return _gini(score, value, weight) / best if best > 0 else float("nan")


def spearman(score: Floats, value: Floats, weight: Floats) -> float:
    """Return the correlation of ranks."""
    a, b = _ranks(score, weight), _ranks(value, weight)
    a, b = a - np.average(a, weights=weight), b - np.average(b, weights=weight)
    scale = np.sqrt((weight * a * a).sum() * (weight * b * b).sum())
    return float((weight * a * b).sum() / scale) if scale else float("nan")


def total_ratio(score: Floats, value: Floats, weight: Floats) -> float:
    """Return foretold total over actual total."""
    actual = float((weight * value).sum())
    return float((weight * score).sum()) / actual if actual else float("nan")


def decile_error(score: Floats, value: Floats, weight: Floats) -> float:
    """Return the misplaced share of value over ten equal-count bins: sum|gap| / sum|actual|."""
    bins, _ = bins_of(score, weight, 10)
    actual = np.bincount(bins, weight * value, 10)
    told = np.bincount(bins, weight * score, 10)
    return float(np.abs(told - actual).sum() / max(np.abs(actual).sum(), 1e-12))


def mae(score: Floats, value: Floats, weight: Floats) -> float:
    """Return the mean absolute error, in the value's unit."""
    return float(np.average(np.abs(score - value), weights=weight))


PROBABILITY: Mapping[str, Metric] = MappingProxyType(
    {"auc": auc, "average_precision": average_precision, "ece": ece, "brier": brier,
     "lift_top_decile": lift_top_decile}
)  # fmt: skip
MONEY: Mapping[str, Metric] = MappingProxyType(
    {"normalised_gini": normalised_gini, "spearman": spearman, "total_ratio": total_ratio,
     "decile_error": decile_error, "mae": mae}
)  # fmt: skip
RANKS = frozenset({"auc", "average_precision", "lift_top_decile", "normalised_gini", "spearman"})


def bins_of(score: Floats, weight: Floats, count: int) -> tuple[npt.NDArray[np.int64], Floats]:
    """Return each row's equal-count bin (0 lowest) and the mean score of every bin."""
    order = np.argsort(score, kind="stable")
    place = np.cumsum(weight[order]) - weight[order] / 2
    bins = np.empty(len(score), dtype=np.int64)
    share = place / max(float(weight.sum()), 1e-12)
    bins[order] = np.clip((share * count).astype(np.int64), 0, count - 1)
    total = np.maximum(np.bincount(bins, weight, count), 1e-12)
    return bins, np.asarray(np.bincount(bins, weight * score, count) / total, dtype=np.float64)


def _by_score(score: Floats, *amounts: Floats) -> tuple[Floats, ...]:
    """Sum amounts over rows of equal score, lowest score first."""
    order = np.argsort(score, kind="stable")
    ranked = score[order]
    starts = np.flatnonzero(np.concatenate(([True], ranked[1:] != ranked[:-1])))
    return ranked[starts], *(np.add.reduceat(a[order], starts) for a in amounts)


def _gini(score: Floats, value: Floats, weight: Floats) -> float:
    _, rows, worth = _by_score(-score, weight, weight * value)
    if worth.sum() <= 0:
        return float("nan")
    x, y = np.cumsum(rows) / rows.sum(), np.cumsum(worth) / worth.sum()
    x, y = np.concatenate(([0.0], x)), np.concatenate(([0.0], y))
    return float(((x[1:] - x[:-1]) * (y[1:] + y[:-1]) / 2).sum() - 0.5)


def _ranks(score: Floats, weight: Floats) -> Floats:
    values, rows = _by_score(score, weight)
    middle = np.cumsum(rows) - rows / 2
    return np.asarray(middle[np.searchsorted(values, score)], dtype=np.float64)
