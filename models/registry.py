"""Registered models by alias. Way: models.tracking -> here -> serving, evaluate, promote.

The registry is MLflow's, in `<mlruns>/mlflow.db`; a version's files lie in
`<mlruns>/artifacts`. `champion` answers, `challenger` is the newest version that does not.
"""

from __future__ import annotations

import json
import logging
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlparse

import numpy as np
import numpy.typing as npt

from core.errors import NotReadyError
from models.artifact import ScoringModel, read_artifact

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities.model_registry import ModelVersion

Floats = npt.NDArray[np.float64]
CHAMPION, CHALLENGER, PREVIOUS = "champion", "challenger", "previous"


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """A registered version, ready to score rows of `feature_names` (float64, NaN for null)."""

    name: str
    version: str
    kind: str  # "probability" or "money"
    model: ScoringModel
    card: dict[str, Any]
    record: dict[str, Any]

    @property
    def feature_names(self) -> tuple[str, ...]:
        """The columns of the matrix, in order."""
        return self.model.feature_names

    def raw(self, matrix: Floats) -> Floats:
        """Return raw scores: what the contributions add up to."""
        return self.model.raw(matrix)

    def score(self, matrix: Floats) -> Floats:
        """Return calibrated probabilities, or money in base-currency minor units."""
        return self.model.score(matrix)

    def interval(self, matrix: Floats) -> tuple[Floats, Floats] | None:
        """Return bounds of the outcome for money, nothing for probabilities."""
        return self.model.interval(matrix)

    def contributions(self, matrix: Floats) -> Floats:
        """Return TreeSHAP values, last column the base value; a row sums to the raw score."""
        return self.model.contributions(matrix)


def tracking_uri(mlruns: Path) -> str:
    """Return MLflow's database URI; MLflow 3 refuses a plain folder."""
    return f"sqlite:///{(mlruns / 'mlflow.db').resolve().as_posix()}"


@cache
def client(mlruns: Path) -> MlflowClient:
    """Return MLflow's client of one home; the first call in a new home makes the database."""
    from mlflow import MlflowClient

    mlruns.mkdir(parents=True, exist_ok=True)
    _hold_back_notices()
    uri = tracking_uri(mlruns)
    return MlflowClient(tracking_uri=uri, registry_uri=uri)


def _hold_back_notices() -> None:
    """Silence two notices of MLflow about itself, which nobody here can act on."""
    warnings.filterwarnings("ignore", "The ``noload`` loader", DeprecationWarning)
    logging.getLogger("mlflow.store.db.utils").setLevel(logging.WARNING)  # "creating tables"


def load(mlruns: Path, name: str, alias: str = CHAMPION) -> LoadedModel:
    """Load the version an alias points to.

    Raises:
        NotReadyError: there is no such model or alias yet.
    """
    found = versions_of_alias(mlruns, (name,), alias)
    if name not in found:
        raise NotReadyError(
            f"{name} has no {alias} in {mlruns}", expected="a registered model with that alias",
            hint=f"evenhand train {name} --promote",
        )  # fmt: skip
    return load_version(mlruns, name, found[name])


def load_version(mlruns: Path, name: str, version: str) -> LoadedModel:
    """Load one version by number.

    Raises:
        NotReadyError: there is no such version.
    """
    from mlflow.exceptions import MlflowException

    try:
        held = client(mlruns).get_model_version(name, str(version))
    except MlflowException as error:
        raise NotReadyError(
            f"{name} has no version {version}", expected="a registered version",
            hint=_registered(mlruns, name),
        ) from error  # fmt: skip
    folder = folder_of(held)
    card = json.loads((folder / "card.json").read_text())
    record = json.loads((folder / "record.json").read_text())
    kind = "money" if card["label"]["kind"] == "total" else "probability"
    return LoadedModel(name, str(held.version), kind, read_artifact(name, folder), card, record)


def _registered(mlruns: Path, name: str) -> str:
    """Return what versions there are, in words."""
    held = client(mlruns).search_model_versions(f"name='{name}'")
    if not held:
        return f"evenhand train {name} makes the first"
    return f"there is {', '.join(sorted((str(v.version) for v in held), key=int))}"


def versions_of_alias(mlruns: Path, names: Sequence[str], alias: str) -> dict[str, str]:
    """Return name -> version for the names that have the alias; about 1 ms a name, made to poll."""
    from mlflow.exceptions import MlflowException

    if not (mlruns / "mlflow.db").exists():
        return {}
    found: dict[str, str] = {}
    for name in names:
        try:
            found[name] = str(client(mlruns).get_model_version_by_alias(name, alias).version)
        except MlflowException as error:
            if error.error_code not in {"RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"}:
                raise
    return found


def folder_of(held: ModelVersion) -> Path:
    """Return the folder of a version's files."""
    source = urlparse(str(held.source))
    return Path(unquote(source.path)) if source.scheme == "file" else Path(str(held.source))
