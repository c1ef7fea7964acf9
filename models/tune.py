"""Searches a card's learner settings (optional: `evenhand[tune]`). Way: dataset -> here -> train.

Trials are ranked on the validation slice only; the test slice stays unseen. Seeded, so the same
trials on the same rows end at the same settings.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from core.errors import NotReadyError
from models.dataset import Dataset
from models.learn import fit_one
from models.spec import Learner, ModelCard

if TYPE_CHECKING:
    from optuna import Trial


def tuned(
    card: ModelCard, dataset: Dataset, trials: int, on_try: Callable[[str], None] | None = None
) -> ModelCard:
    """Return the card with the best learner found in so many trials.

    Raises:
        NotReadyError: Optuna is not installed.
    """
    try:
        import optuna
    except ImportError as error:
        raise NotReadyError(
            "optuna is not installed",
            expected="the extra `tune`",
            hint="pip install evenhand[tune]",
        ) from error
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    sampler = optuna.samplers.TPESampler(seed=card.learner.seed)
    study = optuna.create_study(direction="maximize", sampler=sampler)
    learners: dict[int, Learner] = {}

    def objective(trial: Trial) -> float:
        learner = learners[trial.number] = _suggest(trial, card.learner)
        if on_try is not None:
            on_try(f"trial {trial.number + 1}")
        return max(fit_one(card, dataset, learner, o).validation for o in learner.objectives)

    # The declared settings are the first trial: tuning never ends below them on validation.
    study.enqueue_trial({
        "learning_rate": card.learner.learning_rate, "num_leaves": card.learner.num_leaves,
        "min_child_samples": card.learner.min_child_samples,
        "feature_fraction": card.learner.feature_fraction, "lambda_l2": card.learner.lambda_l2,
    })  # fmt: skip
    study.optimize(objective, n_trials=trials)
    return replace(card, learner=learners[study.best_trial.number])


def _suggest(trial: Trial, declared: Learner) -> Learner:
    return replace(
        declared,
        learning_rate=trial.suggest_float("learning_rate", 0.01, 0.15, log=True),
        num_leaves=trial.suggest_int("num_leaves", 4, 48),
        min_child_samples=trial.suggest_int("min_child_samples", 10, 200, log=True),
        feature_fraction=trial.suggest_float("feature_fraction", 0.2, 0.9),
        lambda_l2=trial.suggest_float("lambda_l2", 0.1, 50.0, log=True),
    )
