"""Judges a model on the test slice. Way: dataset + model -> here -> tracking, promotion, tables.

The model stands beside the trivial baseline of its card and a logistic (or linear) regression, all
measured on the same draws of players. Acceptance is the card's bounds, and on `judged_by` a lower
end above the baseline's upper end.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from models.artifact import ScoringModel
from models.bootstrap import Estimate, Judged, estimates
from models.dataset import Dataset
from models.linear import linear_scores
from models.metrics import MONEY, PROBABILITY, RANKS, Metric
from models.spec import ModelCard

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Figures by metric for the model, the trivial baseline and the regression."""

    card: str
    judged_by: str
    baseline_name: str
    model: Mapping[str, Estimate]
    baseline: Mapping[str, Estimate]
    linear: Mapping[str, Estimate]
    failed: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether the model meets its card."""
        return not self.failed

    def as_dict(self) -> dict[str, Any]:
        """Return JSON-ready data."""
        return asdict(self)


def evaluate(card: ModelCard, model: ScoringModel, dataset: Dataset) -> Verdict:
    """Return the verdict on the test slice."""
    part = dataset["test"]
    judged = Judged(part.label, part.players)
    score = model.score(part.matrix, num_threads=card.learner.num_threads)
    metrics = dict(MONEY if card.is_money else PROBABILITY)
    found = estimates(score, judged, metrics)
    if model.outcome is not None:
        found |= _coverage(model, score, judged)
    ranks = {name: metric for name, metric in metrics.items() if name in RANKS}
    baseline = estimates(part.baseline, judged, ranks)
    linear = estimates(linear_scores(card, dataset), judged, ranks)
    failed = _failed(card, found, baseline)
    return Verdict(card.name, card.judged_by, card.baseline.name, found, baseline, linear, failed)


def _coverage(model: ScoringModel, score: Floats, judged: Judged) -> dict[str, Estimate]:
    if model.outcome is None:
        return {}
    low, high = model.outcome.apply(score)
    inside = ((judged.actual >= low) & (judged.actual <= high)).astype(np.float64)
    covered: dict[str, Metric] = {"coverage": lambda _, hit, w: float(np.average(hit, weights=w))}
    return estimates(score, Judged(inside, judged.players), covered)


def _failed(
    card: ModelCard, found: Mapping[str, Estimate], baseline: Mapping[str, Estimate]
) -> tuple[str, ...]:
    reasons: list[str] = []
    for bound in card.accept:
        figure = found[bound.metric]
        if not bound.holds(figure.value):
            reasons.append(f"{bound} not met: {figure}")
    ours, theirs = found[card.judged_by], baseline[card.judged_by]
    if not ours.low > theirs.high:
        reasons.append(f"{card.judged_by} {ours} does not clear {card.baseline.name} {theirs}")
    return tuple(reasons)
