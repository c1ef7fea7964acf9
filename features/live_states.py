"""Features off players' states, at the instant of the question. Way: state store -> here -> online.

A player answers for t = max(now, newest fact in his state): every fact in the state is known by t,
and windows end there, so values decay while nothing happens. Ties to shared keys are counted at the
same t. What one question asks of several views is read once, at one now.

Answers come only from the generation of the views as declared here; while another one is live there
is no answer, and the caller falls back to what was materialized. A store whose worker is behind by
more than a view's ttl answers null for that view.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

import numpy as np
import numpy.typing as npt

from core.clock import Clock
from core.errors import NotReadyError
from features.spec import SharedIdentityView, View
from features.state.layout import layout_of
from features.state.reader import Combiner, newest_recorded_of
from features.state.values import Values, no_values
from features.state_store import NO_KEY, Heartbeat, StateStore, Ties, shared_counts

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
NEVER_US = -(2**63)  # as a datetime64 it is NaT
_FOR_EVER_US = 2**62
_HEARTBEATS_S = 1.0  # heartbeats decide about days: one second old is as good as new
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class LivePlan:
    """Which features are asked, made once: how each is read and how long it may stay unfed."""

    combiner: Combiner
    ttl_us: Integers  # per feature
    least_ttl_us: int
    shared: tuple[str, ...]  # shared-identity views, with the columns of both their features
    own_columns: tuple[Integers, Integers]  # columns, and the number of each one's view
    other_columns: tuple[Integers, Integers]


@dataclass(frozen=True, slots=True)
class LiveRows:
    """One row per player asked; instants in UTC microseconds.

    `t_us` is what the values hold at, `newest_us` when the newest fact in the state became known
    (NEVER_US without a state), `fresh_us` until when the log's facts are in the store.
    """

    values: Values
    found: npt.NDArray[np.bool_]
    t_us: Integers
    newest_us: Integers
    fresh_us: int


class LogClock:
    """The newest recorded instant in the live states: the `now` of a history played again."""

    def __init__(self, store: StateStore) -> None:
        self._store = store

    def now(self) -> datetime:
        """Return it; 1970 when nothing was read yet."""
        live = self._store.live_generation()
        found = [] if live is None else self._store.heartbeats(live)
        return EPOCH + max((beat.log_time_us for beat in found), default=0) * MICROSECOND


class LiveStates:
    """Answers of one store for the declared views; safe to share between threads."""

    def __init__(self, store: StateStore, views: Sequence[View], clock: Clock) -> None:
        self._store, self._clock = store, clock
        self._layout = layout_of(tuple(views))
        self._views = {view.name: view for view in views}
        self._beats: tuple[float, int] | None = None

    @property
    def generation(self) -> str:
        """The generation these views can read."""
        return self._layout.generation

    def is_live(self) -> bool:
        """Say whether that generation answers."""
        return self._store.live_generation() == self.generation

    def plan(
        self, asked: Mapping[str, Sequence[str]], ttls: Sequence[timedelta | None]
    ) -> LivePlan:
        """Plan the features asked, by view; a ttl per view, None = for ever.

        Raises:
            NotReadyError: a feature is not declared.
        """
        names = [name for features in asked.values() for name in features]
        counted = self._counted(asked)
        unknown = sorted(set(names) - set(self._layout.feature_names) - counted.keys())
        if unknown:
            raise NotReadyError(
                f"features {unknown} are not declared", expected="those of features/views",
                hint="run `evenhand features apply`",
            )  # fmt: skip
        combiner = Combiner(self._layout, names)
        combiner.values([None], np.zeros(1, dtype=np.int64))  # compiled now, not in a question
        shared = tuple(dict.fromkeys(view for view, _ in counted.values()))
        own, other = (
            _columns(
                [
                    (place, shared.index(counted[name][0]))
                    for place, name in enumerate(names)
                    if name in counted and counted[name][1] == which
                ]
            )
            for which in (0, 1)
        )
        ttl = [_us(t) for t, of in zip(ttls, asked.values(), strict=True) for _ in of]
        return LivePlan(combiner, np.array(ttl, np.int64), min(ttl, default=0), shared, own, other)

    def read(
        self, plan: LivePlan, players: Sequence[str], now: datetime | None = None
    ) -> LiveRows | None:
        """Return the players' features; None while another generation, or none, is live.

        `now` (aware) is the clock's unless given.

        Raises:
            StateStoreError: the store cannot be read.
            NotReadyError: the bytes of a state are broken.
        """
        look = self._store.look_up(self.generation, players, plan.shared)
        if look is None:
            return None
        now_us = ((now or self._clock.now()) - EPOCH) // MICROSECOND
        newest_us = np.array(
            [NEVER_US if blob is None else newest_recorded_of(blob) for blob in look.blobs],
            dtype=np.int64,
        )
        t_us, found = np.maximum(newest_us, now_us), newest_us != NEVER_US
        if not players:
            values = no_values(0, plan.combiner.whole)
            return LiveRows(values, found, t_us, newest_us, self._fresh_us())
        values = plan.combiner.values(look.blobs, t_us)
        if plan.shared:
            self._count(plan, look.ties, (t_us, found), values)
        fresh_us = self._fresh_us()
        unfed_us = min(now_us - fresh_us, _FOR_EVER_US)
        if unfed_us > plan.least_ttl_us:
            values.is_null[:, unfed_us > plan.ttl_us] = True
        return LiveRows(values, found, t_us, newest_us, fresh_us)

    def _counted(self, asked: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, int]]:
        """Return the features that are counts of ties: view, and whether own (0) or others (1)."""
        views = [self._views.get(name) for name in asked]
        return {
            name: (view.name, which)
            for view in views
            if isinstance(view, SharedIdentityView)
            for which, name in enumerate(view.names)
        }

    def _count(
        self, plan: LivePlan, ties: Sequence[Ties], at: tuple[Integers, npt.NDArray[np.bool_]],
        values: Values,
    ) -> None:  # fmt: skip
        t_us, known = at[0], at[1][:, np.newaxis]
        count = partial(self._store.count_players, self.generation)
        counts = shared_counts(count, plan.shared, ties, t_us.tolist())
        own, others = plan.own_columns[0], plan.other_columns[0]
        values.integers[:, own] = counts.own[:, plan.own_columns[1]]
        values.is_null[:, own] = ~known
        found = counts.others[:, plan.other_columns[1]]
        has_key = known & (found != NO_KEY)
        values.integers[:, others] = found * has_key
        values.is_null[:, others] = ~has_key

    def _fresh_us(self) -> int:
        """Return the least fresh partition's instant; without a heartbeat nothing is fresh."""
        asked_at = time.monotonic()
        if self._beats is None or asked_at - self._beats[0] > _HEARTBEATS_S:
            found = self._store.heartbeats(self.generation)
            if not found:
                return NEVER_US
            self._beats = (asked_at, min(map(_fresh, found)))
        return self._beats[1]


def _fresh(beat: Heartbeat) -> int:
    return beat.fresh_us


def _columns(pairs: Sequence[tuple[int, int]]) -> tuple[Integers, Integers]:
    columns, views = np.array(pairs, np.int64).reshape(-1, 2).T
    return columns, views


def _us(ttl: timedelta | None) -> int:
    return ttl // MICROSECOND if ttl else _FOR_EVER_US
