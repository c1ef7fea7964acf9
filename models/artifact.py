"""The files of one model version. Way: models.train -> here -> MLflow artifacts -> registry.

MLmodel, model.lgb   MLflow's LightGBM flavour: the native text model, no pickle, no code
calibrator.json      raw score -> probability or money
interval.json        only for money: bounds of the outcome
card.json            the card as it was when the model was trained
record.json          what training did, on what
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from models.calibrate import Calibrator
from models.interval import Interval

if TYPE_CHECKING:
    from lightgbm import Booster

Floats = npt.NDArray[np.float64]
MODEL_FILE = "model.lgb"


@dataclass(frozen=True, slots=True)
class ScoringModel:
    """A booster with its calibrator and, for money, its interval. Rows in, scores out."""

    name: str
    feature_names: tuple[str, ...]
    booster: Booster
    calibrator: Calibrator
    outcome: Interval | None = None

    def raw(self, matrix: Floats, *, num_threads: int = 1) -> Floats:
        """Return raw scores (log odds, or the learner's scale of money)."""
        found = self.booster.predict(matrix, raw_score=True, num_threads=num_threads)
        return np.asarray(found, dtype=np.float64)

    def score(self, matrix: Floats, *, num_threads: int = 1) -> Floats:
        """Return calibrated probabilities, or money in base-currency minor units."""
        return self.calibrator.apply(self.raw(matrix, num_threads=num_threads))

    def interval(self, matrix: Floats) -> tuple[Floats, Floats] | None:
        """Return bounds of the outcome for money, nothing for probabilities."""
        return None if self.outcome is None else self.outcome.apply(self.score(matrix))

    def contributions(self, matrix: Floats, *, num_threads: int = 1) -> Floats:
        """Return exact TreeSHAP values, last column the base value; a row sums to the raw score."""
        found = self.booster.predict(matrix, pred_contrib=True, num_threads=num_threads)
        return np.asarray(found, dtype=np.float64)


def write_artifact(
    model: ScoringModel, card: dict[str, Any], record: dict[str, Any], folder: Path
) -> None:
    """Write a version's files into an empty folder."""
    import mlflow.lightgbm

    # Requirements are in the project's lock; letting MLflow infer them costs 6-8 s a model.
    mlflow.lightgbm.save_model(model.booster, folder.as_posix(), pip_requirements=["lightgbm"])
    calibrator = model.calibrator.as_dict() | {"feature_names": model.feature_names}
    _write(folder / "calibrator.json", calibrator)
    _write(folder / "card.json", card)
    _write(folder / "record.json", record)
    if model.outcome is not None:
        _write(folder / "interval.json", model.outcome.as_dict())


def read_artifact(name: str, folder: Path) -> ScoringModel:
    """Read a version's files back; scores are the same to the last bit."""
    import lightgbm as lgb

    booster = lgb.Booster(model_file=(folder / MODEL_FILE).as_posix())
    interval = folder / "interval.json"
    return ScoringModel(
        name=name,
        feature_names=tuple(booster.feature_name()),
        booster=booster,
        calibrator=Calibrator.from_dict(json.loads((folder / "calibrator.json").read_text())),
        outcome=Interval.from_dict(json.loads(interval.read_text())) if interval.exists() else None,
    )


def _write(path: Path, content: dict[str, Any]) -> None:
    path.write_text(json.dumps(content, indent=1, sort_keys=True, default=str) + "\n")
