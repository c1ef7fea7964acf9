"""Trains a card on a dataset. Way: dataset -> learn -> calibrate -> here -> evaluate, tracking.

Train fits, validation stops and chooses, calibration maps scores (other players), interval bounds
amounts (yet others), and the test slice is only looked at by `models.evaluate`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from typing import Any

import numpy as np

from models.artifact import ScoringModel
from models.calibrate import fit_money, fit_probability
from models.dataset import Dataset
from models.interval import fit_interval
from models.learn import Fit, fit_best, out_of_fold
from models.spec import ModelCard

PACKAGES = ("lightgbm", "numpy", "scikit-learn", "pyarrow", "duckdb")


@dataclass(frozen=True, slots=True)
class Record:
    """What training did, filled by training; JSON-ready. No wall time: a rerun is the same."""

    card: str
    features: tuple[str, ...]
    label: str
    horizon_days: int
    split: str
    slices: dict[str, dict[str, object]]
    objective: str
    tried: tuple[tuple[str, float], ...]
    params: dict[str, Any]
    rounds: int
    seed: int
    calibrator: str
    packages: dict[str, str]
    data_sha256: str

    def as_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Trained:
    """A model, its record, and the fit it came from (for curves)."""

    model: ScoringModel
    record: Record
    fit: Fit


def train(
    card: ModelCard, dataset: Dataset, on_step: Callable[[str], None] | None = None
) -> Trained:
    """Train, calibrate and, for money, bound. Deterministic for a dataset and a card."""
    fit = fit_best(card, dataset, on_step)
    model = _calibrated(card, dataset, fit)
    return Trained(model, _record(card, dataset, fit, model), fit)


def _calibrated(card: ModelCard, dataset: Dataset, fit: Fit) -> ScoringModel:
    part = dataset["calibration"]
    raw = np.asarray(fit.booster.predict(part.matrix, raw_score=True, num_threads=1))
    if not card.is_money:
        calibrator = fit_probability(raw, part.label, part.players)
        return ScoringModel(card.name, dataset.feature_names, fit.booster, calibrator)
    # A few big players move the total: the map sees validation's rows and train's out of fold, too.
    seen, fitted = dataset["validation"], dataset["train"]
    more = np.asarray(fit.booster.predict(seen.matrix, raw_score=True, num_threads=1))
    scores = (raw, more, out_of_fold(fit, fitted))
    mapped = fit_money(np.concatenate(scores),
                       np.concatenate((part.label, seen.label, fitted.label)))  # fmt: skip
    model = ScoringModel(card.name, dataset.feature_names, fit.booster, mapped)
    held = dataset["interval"]
    return replace(model, outcome=fit_interval(model.score(held.matrix), held.label))


def _record(card: ModelCard, dataset: Dataset, fit: Fit, model: ScoringModel) -> Record:
    return Record(
        card=card.name,
        features=dataset.feature_names,
        label=card.foretells,
        horizon_days=card.horizon_days,
        split="later time, other players" if card.split.others else "later time, same players",
        slices={role: part.summary() for role, part in dataset.slices.items()},
        objective=fit.objective,
        tried=fit.tried,
        params=fit.params,
        rounds=fit.booster.num_trees(),
        seed=card.learner.seed,
        calibrator=model.calibrator.kind,
        packages={name: version(name) for name in PACKAGES},
        data_sha256=dataset.sha256,
    )
