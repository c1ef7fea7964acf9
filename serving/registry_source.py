"""The registry as the service sees it. Way: models.registry -> here -> serving.champions."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lightgbm.basic import LightGBMError
from mlflow.exceptions import MlflowException
from sqlalchemy.exc import SQLAlchemyError

from core.errors import NotReadyError
from models.registry import CHAMPION, load_version, versions_of_alias
from serving.ports import Model

UNREADABLE = (
    MlflowException, SQLAlchemyError, sqlite3.Error, LightGBMError, OSError, ValueError, KeyError,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class RegistrySource:
    """The champions among `names` in one MLflow home."""

    mlruns: Path
    names: Sequence[str]

    def champions(self) -> dict[str, str]:
        """Return name -> version."""
        try:
            return versions_of_alias(self.mlruns, self.names, CHAMPION)
        except UNREADABLE as error:
            raise NotReadyError(f"the registry cannot be read: {error}") from error

    def load(self, name: str, version: str) -> Model:
        """Return one version."""
        try:
            return load_version(self.mlruns, name, version)
        except UNREADABLE as error:
            raise NotReadyError(f"{name} version {version} cannot be loaded: {error}") from error
