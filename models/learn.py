"""Fits boosters. Way: dataset -> here -> train. Same rows and seed, same model text byte for byte.

Several objectives may be tried (for money: absolute error, Tweedie, squared error of the signed
logarithm); each stops early on the validation slice by its own loss, and the validation slice's
ranking chooses among them. Calibration brings the chosen one back to money or probability.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from models.dataset import Dataset, Slice
from models.metrics import MONEY, PROBABILITY
from models.spec import Learner, ModelCard

if TYPE_CHECKING:
    from lightgbm import Booster

Floats = npt.NDArray[np.float64]
SIGNED_LOG = "signed_log1p "
SIGNED_ROOT = "signed_sqrt "
MINOR_PER_MAJOR = 100.0  # only a scale for the learner; calibration returns to minor units


@dataclass(frozen=True, slots=True)
class Fit:
    """A fitted booster, what it was told, its learning curve and its validation ranking."""

    booster: Booster
    objective: str
    params: dict[str, Any]
    curve: tuple[float, ...]
    curve_name: str
    validation: float
    tried: tuple[tuple[str, float], ...] = ()


def fit_best(card: ModelCard, dataset: Dataset, on_try: Callable[[str], None] | None = None) -> Fit:
    """Fit every objective of the card's learner and keep the best on the validation slice."""
    fits: list[Fit] = []
    for objective in card.learner.objectives:
        fits.append(fit_one(card, dataset, card.learner, objective))
        if on_try is not None:
            on_try(objective)
    best = max(fits, key=lambda fit: fit.validation)
    return replace(best, tried=tuple((fit.objective, fit.validation) for fit in fits))


def fit_one(card: ModelCard, dataset: Dataset, learner: Learner, objective: str) -> Fit:
    """Fit one booster with early stopping; rank it on the validation slice by `judged_by`."""
    import lightgbm as lgb

    params = params_of(learner, objective)
    train, validation = dataset["train"], dataset["validation"]
    names = list(dataset.feature_names)
    params |= _blinding(names, learner)
    made = lgb.Dataset(
        train.matrix, target(train.label, objective), feature_name=names, params=params
    )
    held = lgb.Dataset(
        validation.matrix, target(validation.label, objective), reference=made, params=params
    )
    curves: dict[str, dict[str, list[float]]] = {}
    booster = lgb.train(
        params, made, learner.max_rounds, valid_sets=[held], valid_names=["validation"],
        callbacks=[lgb.early_stopping(learner.patience, verbose=False),
                   lgb.record_evaluation(curves)],
    )  # fmt: skip
    booster = _cut(booster)
    ((curve_name, curve),) = curves["validation"].items()
    metric = (MONEY if card.is_money else PROBABILITY)[card.judged_by]
    raw = np.asarray(booster.predict(validation.matrix, raw_score=True, num_threads=1))
    ranking = metric(raw, validation.label, np.ones(len(validation)))
    return Fit(booster, objective, params, tuple(curve), curve_name, ranking)


def out_of_fold(fit: Fit, part: Slice, folds: int = 3) -> Floats:
    """Return raw scores of the rows it was fitted on, each by a booster that saw not the player.

    Same settings and rounds, fitted without a fold of the players: what `fit` would have said of
    them as strangers.
    """
    import lightgbm as lgb

    fold, raw = part.players % folds, np.empty(len(part))
    for one in range(folds):
        seen, held = fold != one, fold == one
        label = target(part.label[seen], fit.objective)
        made = lgb.Dataset(part.matrix[seen], label, params=fit.params)
        booster = lgb.train(fit.params, made, fit.booster.num_trees())
        raw[held] = booster.predict(part.matrix[held], raw_score=True, num_threads=1)
    return raw


def params_of(learner: Learner, objective: str) -> dict[str, Any]:
    """Return LightGBM's settings with everything that could move pinned."""
    return {
        "objective": objective.removeprefix(SIGNED_LOG).removeprefix(SIGNED_ROOT),
        "learning_rate": learner.learning_rate,
        "num_leaves": learner.num_leaves,
        "min_data_in_leaf": learner.min_child_samples,
        "feature_fraction": learner.feature_fraction,
        "bagging_fraction": 0.8,
        "bagging_freq": 1,
        "lambda_l2": learner.lambda_l2,
        "max_bin": 127,
        "max_depth": 7,
        "seed": learner.seed,
        "deterministic": True,
        "force_row_wise": True,
        "num_threads": learner.num_threads,
        "feature_pre_filter": False,
        "verbosity": -1,
    }


def _blinding(names: Sequence[str], learner: Learner) -> dict[str, Any]:
    """Return the setting that gives splits on the features the learner is blind to no gain."""
    if not learner.blind_to:
        return {}
    hidden = re.compile(f"_({'|'.join(map(re.escape, learner.blind_to))})(_by_.*)?$")
    return {"feature_contri": [0.0 if hidden.search(name) else 1.0 for name in names]}


def target(label: Floats, objective: str) -> Floats:
    """Return the label on the learner's scale; Tweedie knows no negative amounts."""
    if objective == "binary":
        return label
    major = label / MINOR_PER_MAJOR
    if objective.startswith(SIGNED_LOG):
        return np.asarray(np.sign(major) * np.log1p(np.abs(major)), dtype=np.float64)
    if objective.startswith(SIGNED_ROOT):
        return np.asarray(np.sign(major) * np.sqrt(np.abs(major)), dtype=np.float64)
    return np.maximum(major, 0.0) if objective == "tweedie" else major


def _cut(booster: Booster) -> Booster:
    """Keep the rounds up to the best, so that nobody can score with the others by mistake."""
    import lightgbm as lgb

    rounds = max(booster.best_iteration, 1)
    return lgb.Booster(model_str=booster.model_to_string(num_iteration=rounds))
