"""Feature vectors of players at serving time. Way: online store -> here -> models, scoring.

The front door is Feast: `store.get_online_features(features=service, ...)` gives the same values.
For a score the vectors are read as bytes and become one matrix, without an object per number.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import numpy.typing as npt
from feast import FeatureView

from core.errors import NotReadyError
from core.settings import Settings
from features.online_store import PackedSqliteOnlineStore, oldest_served
from features.packed import Layout
from features.store import open_store, quiet, service_of


@dataclass(frozen=True, slots=True)
class OnlineRows:
    """One row per player asked, in the order asked.

    `names` are the service's features in its declared order; `values` are NaN where a feature is
    undefined, its player unknown or its value older than the view's ttl; `found` is whether the
    player is known; `as_of` and `newest_as_of` the oldest and the newest instant his values were
    computed at (NaT when unknown).
    """

    names: tuple[str, ...]
    values: npt.NDArray[np.float64]
    found: npt.NDArray[np.bool_]
    as_of: npt.NDArray[np.datetime64]
    newest_as_of: npt.NDArray[np.datetime64]


@dataclass(frozen=True, slots=True)
class _View:
    layout: Layout
    mark: str
    chosen: npt.NDArray[np.int64]  # which of the layout's features the service takes
    columns: slice  # where they stand in the answer
    ttl: timedelta | None


_NEVER = np.iinfo(np.int64).max
_Group = tuple[_View, npt.NDArray[np.int64], npt.NDArray[np.int64], list[bytes]]


class OnlineReader:
    """Reads a service's features of players; opened once, safe to share between threads."""

    def __init__(self, settings: Settings, service: str) -> None:
        with quiet():
            self._store = open_store(settings)
            declared = service_of(self._store, service).feature_view_projections
            views = {view.name: view for view in self._store.list_feature_views()}
        online = self._store._get_provider().online_store  # noqa: SLF001 - no public way; pinned
        if not isinstance(online, PackedSqliteOnlineStore):
            raise NotReadyError(f"online store is {type(online).__name__}", expected="packed")
        self._online, self._config = online, self._store.config
        self._views: dict[str, _View] = {}
        names: list[str] = []
        for projection in declared:
            view, wanted = views[projection.name], [f.name for f in projection.features]
            self._views[view.name] = _place(view, wanted, len(names))
            names += wanted
        self.names = tuple(names)

    def is_filled(self) -> bool:
        """Say whether anything was ever written; an empty store knows no player to be unknown."""
        return self._online.serving_at(self._config) is not None

    def read(self, player_ids: Sequence[str]) -> OnlineRows:
        """Read one row per player id; repeated ids are answered each time.

        Raises:
            sqlite3.Error: the store cannot be read; the caller decides what to answer then.
        """
        now = self._online.serving_at(self._config)
        distinct = list(dict.fromkeys(player_ids))
        row_of = {player: row for row, player in enumerate(distinct)}
        values = np.full((len(distinct), len(self.names)), np.nan)
        as_of = np.full(len(distinct), _NEVER)
        newest = np.full(len(distinct), -_NEVER)
        for view, rows, events, vectors in self._grouped(distinct, row_of):
            np.minimum.at(as_of, rows, events)
            np.maximum.at(newest, rows, events)
            numbers = view.layout.matrix(vectors)[:, view.chosen]
            numbers[events < oldest_served(now, view.ttl)] = np.nan
            values[rows, view.columns] = numbers
        asked = np.array([row_of[player] for player in player_ids], dtype=np.int64)
        found = as_of[asked] != _NEVER
        instants = [_instants(times[asked], found) for times in (as_of, newest)]
        return OnlineRows(self.names, values[asked], found, *instants)

    def _grouped(self, players: Sequence[str], row_of: dict[str, int]) -> Iterator[_Group]:
        """Read the vectors, one group per view; those of another layout are as good as absent."""
        groups: dict[str, tuple[list[int], list[int], list[bytes]]] = {}
        found = self._online.read_vectors(self._config, players, list(self._views))
        for player, name, event, mark, vector in found:
            if mark == self._views[name].mark:
                rows, events, vectors = groups.setdefault(name, ([], [], []))
                rows.append(row_of[player])
                events.append(event)
                vectors.append(vector)
        for name, (rows, events, vectors) in groups.items():
            yield self._views[name], np.array(rows), np.array(events), vectors


def _place(view: FeatureView, wanted: Sequence[str], start: int) -> _View:
    layout = Layout.of(view)
    chosen = np.array([layout.names.index(name) for name in wanted], dtype=np.int64)
    return _View(layout, layout.mark, chosen, slice(start, start + len(wanted)), view.ttl)


def _instants(
    times: npt.NDArray[np.int64], found: npt.NDArray[np.bool_]
) -> npt.NDArray[np.datetime64]:
    moments = times.astype("datetime64[us]")
    moments[~found] = np.datetime64("NaT")
    return moments
