"""Features of players at serving time. Way: online store -> here -> models, scoring.

The front door is Feast: `store.get_online_features(features=service, ...)` gives the same values.
For a score states (or vectors, while no states are live) are read as bytes and become one matrix,
without an object per number.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import numpy.typing as npt

from core.clock import Clock
from core.errors import NotReadyError
from core.settings import Settings
from features.live_states import NEVER_US, LivePlan, LiveRows, LiveStates
from features.packed import JoinedLayout, Layout
from features.packed_online_store import PackedOnlineStore, oldest_served
from features.store import open_store, quiet, service_of


@dataclass(frozen=True, slots=True)
class OnlineRows:
    """One row per player asked, in the order asked.

    `names` are the service's features in its declared order; `values` are NaN where a feature is
    undefined, its player unknown or its value older than the view's ttl; `found` is whether the
    player is known. Instants are UTC, NaT for an unknown player:

        as_of         what the values hold at: live, the instant of the question; of vectors, the
                      oldest they were computed at
        newest_as_of  no fact known later is in the values: live, when his newest fact became known;
                      of vectors, the newest they were computed at
        fresh_as_of   until when facts are in the store at all: live, the least fresh partition of
                      the log (NaT without a worker); of vectors, `newest_as_of`
    """

    names: tuple[str, ...]
    values: npt.NDArray[np.float64]
    found: npt.NDArray[np.bool_]
    as_of: npt.NDArray[np.datetime64]
    newest_as_of: npt.NDArray[np.datetime64]
    fresh_as_of: npt.NDArray[np.datetime64]


_NEVER = np.iinfo(np.int64).max
_INSTANT = np.dtype("M8[us]")


@dataclass(frozen=True, slots=True)
class _View:
    place: int  # which of a player's vectors it is
    mark: str
    ttl: timedelta | None


class OnlineReader:
    """Reads a service's features of players; opened once, safe to share between threads.

    `clock` is the `now` of live features; None = as the settings say.
    """

    def __init__(self, settings: Settings, service: str, clock: Clock | None = None) -> None:
        with quiet():
            self._store = open_store(settings)
            declared = service_of(self._store, service).feature_view_projections
            views = {view.name: view for view in self._store.list_feature_views()}
        online = self._store._get_provider().online_store  # noqa: SLF001 - no public way; pinned
        if not isinstance(online, PackedOnlineStore):
            raise NotReadyError(f"online store is {type(online).__name__}", expected="packed")
        online.clock = clock
        self._online, self._config = online, self._store.config
        layouts = [Layout.of(views[projection.name]) for projection in declared]
        self._views = {
            projection.name: _View(place, layout.mark, views[projection.name].ttl)
            for place, (projection, layout) in enumerate(zip(declared, layouts, strict=True))
        }
        self._wanted = {p.name: [field.name for field in p.features] for p in declared}
        self._row = JoinedLayout.of(layouts, list(self._wanted.values()))
        self.names = self._row.names
        self._planned: tuple[LiveStates, LivePlan] | None = None

    def is_filled(self) -> bool:
        """Say whether anything was ever written; an empty store knows no player to be unknown."""
        return self._states() is not None or self._online.serving_at(self._config) is not None

    def read(self, player_ids: Sequence[str], now: datetime | None = None) -> OnlineRows:
        """Read one row per player id; repeated ids are answered each time.

        `now` (aware) is the clock's unless given; it matters to live features only.

        Raises:
            StateStoreError, sqlite3.Error: the store cannot be read; the caller decides what to
                answer then.
        """
        states = self._states()
        if states is not None:
            live, plan = states
            rows = live.read(plan, player_ids, now)
            if rows is not None:
                return self._lively(rows)
        return self._materialized(player_ids)

    def _states(self) -> tuple[LiveStates, LivePlan] | None:
        """Return how states are read, planned once they are live."""
        if self._planned is None:
            live = self._online.live(self._config)
            if live is not None and live.is_live():
                ttls = [self._views[name].ttl for name in self._wanted]
                self._planned = live, live.plan(self._wanted, ttls)
        return self._planned

    def _lively(self, rows: LiveRows) -> OnlineRows:
        matrix = rows.values.matrix()
        fresh_us = np.full(len(matrix), rows.fresh_us)
        t_us = np.where(rows.found, rows.t_us, NEVER_US)
        t, newest, fresh = (at.view(_INSTANT) for at in (t_us, rows.newest_us, fresh_us))
        return OnlineRows(self.names, matrix, rows.found, t, newest, fresh)

    def _materialized(self, player_ids: Sequence[str]) -> OnlineRows:
        distinct = list(dict.fromkeys(player_ids))
        row_of = {player: row for row, player in enumerate(distinct)}
        vectors = [list(self._row.nulls) for _ in distinct]
        oldest, newest = [_NEVER] * len(distinct), [-_NEVER] * len(distinct)
        for player, place, event, vector in self._found(distinct):
            row = row_of[player]
            oldest[row], newest[row] = min(oldest[row], event), max(newest[row], event)
            if vector is not None:
                vectors[row][place] = vector
        asked = np.array([row_of[player] for player in player_ids], dtype=np.int64)
        found = np.array(oldest, dtype=np.int64)[asked] != _NEVER
        first, last = (_instants(np.array(at)[asked], found) for at in (oldest, newest))
        matrix = self._row.matrix(vectors)[asked]
        return OnlineRows(self.names, matrix, found, first, last, last)

    def _found(self, players: Sequence[str]) -> Iterator[tuple[str, int, int, bytes | None]]:
        """Yield player, place, event time and vector; None past its ttl.

        A vector of another layout is as good as absent.
        """
        now = self._online.serving_at(self._config)
        oldest = {name: oldest_served(now, view.ttl) for name, view in self._views.items()}
        found = self._online.read_vectors(self._config, players, list(self._views))
        for player, name, event, mark, vector in found:
            view = self._views[name]
            if mark == view.mark:
                yield player, view.place, event, vector if event >= oldest[name] else None


def _instants(
    times: npt.NDArray[np.int64], found: npt.NDArray[np.bool_]
) -> npt.NDArray[np.datetime64]:
    moments = times.astype("datetime64[us]")
    moments[~found] = np.datetime64("NaT")
    return moments
