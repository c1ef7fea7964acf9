"""Remembers a training in MLflow. Way: train + evaluate -> here -> mlruns -> registry.

Each training is a run with its parameters, curves, figures, pictures and hashes; its files are
registered as a new version of the card's model, tagged with the verdict. Who answers is decided
elsewhere (models.promotion): tracking only ever moves the alias `challenger`.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.artifact import write_artifact
from models.evaluate import Verdict
from models.provenance import Provenance
from models.registry import CHALLENGER, client
from models.spec import ModelCard
from models.train import Trained

EXPERIMENT = "evenhand"


@dataclass(frozen=True, slots=True)
class Training:
    """A finished training with everything worth remembering of it."""

    card: ModelCard
    trained: Trained
    verdict: Verdict
    provenance: Provenance
    pictures: tuple[Path, ...] = ()

    def record(self) -> dict[str, Any]:
        """Return the record of training, its provenance and the verdict as plain data."""
        made = self.trained.record.as_dict() | self.provenance.as_dict()
        return made | {"verdict": self.verdict.as_dict()}


@dataclass(frozen=True, slots=True)
class Logged:
    """Where a training went."""

    run_id: str
    version: str


def log_training(mlruns: Path, done: Training) -> Logged:
    """Write a finished training as a run and a registered version."""
    mlflow, card = client(mlruns), done.card
    run = mlflow.create_run(_experiment(mlruns), run_name=card.name, tags=_tags(done))
    run_id = run.info.run_id
    _log_numbers(mlruns, run_id, done)
    for picture in done.pictures:
        mlflow.log_artifact(run_id, picture.as_posix(), "pictures")
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "model"
        write_artifact(done.trained.model, card.as_dict(), done.record(), folder)
        mlflow.log_artifacts(run_id, folder.as_posix(), "model")
    mlflow.set_terminated(run_id, "FINISHED")
    return Logged(run_id, _register(mlruns, done, run_id))


def _experiment(mlruns: Path) -> str:
    found = client(mlruns).get_experiment_by_name(EXPERIMENT)
    if found is not None:
        return str(found.experiment_id)
    where = (mlruns / "artifacts").resolve().as_uri()
    return str(client(mlruns).create_experiment(EXPERIMENT, artifact_location=where))


def _tags(done: Training) -> dict[str, str]:
    return {"card": done.card.name, "owner": done.card.owner, **done.provenance.as_dict()}


def _log_numbers(mlruns: Path, run_id: str, done: Training) -> None:
    from mlflow.entities import Metric, Param

    record, verdict = done.trained.record, done.verdict
    settings = {k: v for k, v in record.params.items() if k != "feature_contri"}  # in record.json
    params = {**settings, "objective": record.objective, "rounds": record.rounds,
              "calibrator": record.calibrator, "split": record.split}  # fmt: skip
    numbers = [
        Metric(f"{prefix}{name}{suffix}", getattr(found, field), 0, 0)
        for prefix, group in (("", verdict.model), ("baseline_", verdict.baseline),
                              ("linear_", verdict.linear))
        for name, found in group.items()
        for suffix, field in (("", "value"), ("_low", "low"), ("_high", "high"))
    ]  # fmt: skip
    curve = f"validation_{done.trained.fit.curve_name}"
    numbers += [Metric(curve, v, 0, step) for step, v in enumerate(done.trained.fit.curve)]
    client(mlruns).log_batch(
        run_id, metrics=[n for n in numbers if n.value == n.value][:1000],
        params=[Param(name, str(value)) for name, value in sorted(params.items())],
    )  # fmt: skip


def _register(mlruns: Path, done: Training, run_id: str) -> str:
    from mlflow.exceptions import MlflowException

    mlflow, card, verdict = client(mlruns), done.card, done.verdict
    try:
        mlflow.create_registered_model(card.name, description=card.foretells)
    except MlflowException as error:
        if error.error_code != "RESOURCE_ALREADY_EXISTS":
            raise
    source = f"{mlflow.get_run(run_id).info.artifact_uri}/model"
    tags: Mapping[str, str] = {
        "passed": str(verdict.passed).lower(),
        "failed": json.dumps(verdict.failed),
        "judged_by": card.judged_by,
        "limits": card.limits,
    }
    made = mlflow.create_model_version(card.name, source, run_id, tags=dict(tags))
    mlflow.set_registered_model_alias(card.name, CHALLENGER, str(made.version))
    return str(made.version)
