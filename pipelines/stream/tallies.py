"""What a worker did so far, and how fresh it is. Way: worker -> here -> progress, /metrics.

Ages are kept in buckets that grow by a tenth, from 0.1 ms to about an hour, so that quantiles of
any stretch cost nothing and are right within 10 %.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

Integers = npt.NDArray[np.int64]
_EDGES = 100.0 * 1.1 ** np.arange(184)  # microseconds; the last is about 3,700 s
_STRETCH_S = 30.0


def _no_counts() -> Integers:
    return np.zeros(len(_EDGES) + 1, np.int64)


@dataclass(slots=True)
class Ages:
    """How old facts were when something was done with them: all of them, and those of late."""

    counts: Integers = field(default_factory=_no_counts)
    total_us: int = 0
    _of_late: Integers = field(default_factory=_no_counts)
    _before: Integers = field(default_factory=_no_counts)
    _since: float = field(default_factory=time.monotonic)

    def add(self, ages_us: Integers) -> None:
        """Count ages (microseconds; below 0 counts as 0)."""
        self._turn()
        counted = np.bincount(np.searchsorted(_EDGES, ages_us), minlength=len(self.counts))
        self.counts += counted
        self._of_late += counted
        self.total_us += int(np.maximum(ages_us, 0).sum())

    def recent_s(self, share: float) -> float | None:
        """Return the age that `share` of the facts of the last half to whole minute do not exceed.

        Seconds; null without any: what was read of a history is soon forgotten.
        """
        self._turn()
        return _quantile_s(self._of_late + self._before, share)

    def quantile_s(self, share: float) -> float | None:
        """Return the age in seconds that `share` of all facts do not exceed; null without any.

        >>> ages = Ages()
        >>> ages.add(np.array([1_000, 2_000, 50_000]))
        >>> 0.0018 < ages.quantile_s(0.5) < 0.0023
        True
        """
        return _quantile_s(self.counts, share)

    @property
    def seen(self) -> int:
        """How many were counted."""
        return int(self.counts.sum())

    def forget(self) -> None:
        """Begin anew."""
        self.counts, self._of_late, self._before = _no_counts(), _no_counts(), _no_counts()
        self.total_us = 0

    def _turn(self) -> None:
        """Let the stretch before the last one go, once the last one is full."""
        now = time.monotonic()
        if now - self._since >= _STRETCH_S:
            is_over = now - self._since >= 2 * _STRETCH_S
            self._before = _no_counts() if is_over else self._of_late
            self._of_late, self._since = _no_counts(), now


def _quantile_s(counts: Integers, share: float) -> float | None:
    seen = int(counts.sum())
    if seen == 0:
        return None
    place = int(np.searchsorted(np.cumsum(counts), share * seen))
    return float(_EDGES[min(place, len(_EDGES) - 1)]) / 1e6


@dataclass(slots=True)
class Tallies:
    """Counts since the worker started; every message polled is in exactly one of the first five.

    `applied` was given to the engine, which skips what a state holds already; `unread` is of a type
    nobody declared, or of a table; `duplicate` came before; `late` is too old to be proved
    distinct; `poison` is unreadable.
    """

    applied: int = 0
    unread: int = 0
    duplicate: int = 0
    late: int = 0
    poison: int = 0
    alerts: int = 0
    flushes: int = 0
    written: int = 0
    outages: int = 0
    loaded: int = 0
    to_hook: Ages = field(default_factory=Ages)
    to_store: Ages = field(default_factory=Ages)

    @property
    def polled(self) -> int:
        """Messages taken from the log."""
        return self.applied + self.unread + self.duplicate + self.late + self.poison
