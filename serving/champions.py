"""The models that answer, and how they are replaced. Way: registry -> here -> serving.score.

A new set is built beside the one in use, checked and warmed, then one reference is swapped; a
request keeps the set it began with. What cannot be loaded leaves the last good version in place.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from core.errors import DeclarationError, EvenhandError
from serving.metrics import Metrics
from serving.ports import Model, ModelSource

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Champion:
    """A loaded version with the places of its features in a row as served."""

    model: Model
    columns: npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class ChampionSet:
    """The models of one moment, and the feature columns they were checked against."""

    champions: Mapping[str, Champion]
    served: tuple[str, ...]

    @property
    def versions(self) -> dict[str, str]:
        """Return name -> version."""
        return {name: champion.model.version for name, champion in self.champions.items()}


class Champions:
    """Holds the current set and replaces it when an alias has moved."""

    def __init__(self, source: ModelSource, served: tuple[str, ...], metrics: Metrics) -> None:
        self._source, self._served, self._metrics = source, served, metrics
        self._lock = threading.Lock()  # one refresh at a time; readers never wait
        self.current = ChampionSet(MappingProxyType({}), served)

    def refresh(self) -> bool:
        """Load what has moved since the last look; say whether the set was swapped."""
        with self._lock:
            try:
                wanted = self._source.champions()
            except EvenhandError as error:
                self._keep("registry", error)
                return False
            if wanted == self.current.versions:
                return False
            champions = {n: c for n, v in wanted.items() if (c := self._champion(n, v)) is not None}
            built = ChampionSet(MappingProxyType(champions), self._served)
            changed, self.current = built.versions != self.current.versions, built
            self._metrics.tell_versions(built.versions)
            return changed

    def _champion(self, name: str, version: str) -> Champion | None:
        held = self.current.champions.get(name)
        if held is not None and held.model.version == version:
            return held
        try:
            return _checked(self._source.load(name, version), self._served)
        except EvenhandError as error:
            self._keep(f"{name} version {version}", error)
            return held

    def _keep(self, what: str, error: EvenhandError) -> None:
        self._metrics.load_failures.labels(what.partition(" ")[0]).inc()
        logger.warning("not loaded, the last good one stays: what=%s error=%s", what, error)


def _checked(model: Model, served: tuple[str, ...]) -> Champion:
    """Refuse a model that wants a feature nobody serves, then run it once so that it is warm."""
    places = {name: place for place, name in enumerate(served)}
    missing = [name for name in model.feature_names if name not in places]
    if missing:
        raise DeclarationError(
            f"{model.name} version {model.version} wants {len(missing)} unserved features,"
            f" {missing[0]} first",
            expected="the features of its feature service",
            hint="apply and materialize the features, or train anew",
        )
    columns = np.array([places[name] for name in model.feature_names], dtype=np.intp)
    row = np.zeros((1, len(columns)))
    model.score(row)
    model.interval(row)
    model.contributions(row)
    return Champion(model, columns)


class ChampionWatch:
    """Asks the registry every few seconds, in a thread of its own."""

    def __init__(self, champions: Champions, *, every_s: float) -> None:
        self._champions, self._every_s = champions, every_s
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="champion-watch", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End, after the look in progress."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(self._every_s):
            self._champions.refresh()
