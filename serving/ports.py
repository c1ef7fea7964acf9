"""What the service needs of the parts it is wired to. Way: features, models -> here <- serving."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from core.errors import EvenhandError
from core.rule import Knowledge

Floats = npt.NDArray[np.float64]


class StoreDownError(EvenhandError):
    """The feature store cannot be read now."""


class FeatureRows(Protocol):
    """One row per player asked for, in that order; NaN for null, columns in a declared order."""

    @property
    def names(self) -> tuple[str, ...]:
        """Columns of `values`."""
        ...

    @property
    def values(self) -> Floats:
        """One row per player asked for."""
        ...

    @property
    def found(self) -> npt.NDArray[np.bool_]:
        """Whether the player is known."""
        ...

    @property
    def as_of(self) -> npt.NDArray[np.datetime64]:
        """The oldest instant any of the row's values holds at, UTC."""
        ...

    @property
    def newest_as_of(self) -> npt.NDArray[np.datetime64]:
        """The newest instant any of the row's values holds at, UTC."""
        ...


class FeatureReader(Protocol):
    """Reads features of players."""

    def read(self, player_ids: Sequence[str]) -> FeatureRows:
        """Return the rows.

        Raises:
            StoreDownError: the store cannot be read.
        """
        ...

    def is_filled(self) -> bool:
        """Say whether the store can be read and anything was ever written to it."""
        ...


class Model(Protocol):
    """A registered version: probabilities, or money in base-currency minor units."""

    @property
    def name(self) -> str:
        """The card's name."""
        ...

    @property
    def version(self) -> str:
        """The registered version."""
        ...

    @property
    def kind(self) -> str:
        """`probability` or `money`."""
        ...

    @property
    def feature_names(self) -> tuple[str, ...]:
        """Columns of the matrix, in order."""
        ...

    def score(self, matrix: Floats, /) -> Floats:
        """Return one score a row."""
        ...

    def interval(self, matrix: Floats, /) -> tuple[Floats, Floats] | None:
        """Return low and high, if the model bounds its score."""
        ...

    def contributions(self, matrix: Floats, /) -> Floats:
        """Return a column per feature and the base value; a row sums to the raw score."""
        ...


class ModelSource(Protocol):
    """The registry: which version is champion, and the version itself."""

    def champions(self) -> Mapping[str, str]:
        """Return name -> version; cheap, made to poll.

        Raises:
            EvenhandError: the registry cannot be read.
        """
        ...

    def load(self, name: str, version: str) -> Model:
        """Return one version.

        Raises:
            EvenhandError: it cannot be loaded.
        """
        ...


@dataclass(frozen=True, slots=True)
class Reason:
    """A category's part in a score: its share of the raw score, and the sentences behind it.

    `is_sensitive` marks what the CRM must not read (harm, fraud, use of protective tools).
    """

    category: str
    share: float
    sentences: tuple[str, ...]
    is_sensitive: bool


class Explainer(Protocol):
    """Turns contributions into reasons, the weightiest first."""

    def reasons(self, model: Model, row: Floats, contributions: Floats) -> Sequence[Reason]:
        """Return the reasons of one score."""
        ...


class RgStates(Protocol):
    """Looks up what the gate needs to know; a fault is an answer."""

    def look_up(self, player_ids: Sequence[str]) -> Mapping[str, Knowledge]:
        """Return an entry for every player asked for."""
        ...
