"""Sums over windows as differences of running sums. Way: sums_frame -> here -> sums_frame.

Facts stand by player and the instant they became known, with running sums of their values. What a
question (player, t) may count of a window with tail T = floor((t - W) / h) * h is then

    running(known <= t) - running(known < T) - straddling(t)

where *straddling* are the facts that occurred before T and became known from T to t. Such a fact
lies in one tile of the hop and is known in a later one, so few do; and the questions it must be
taken from again are a stretch of the player's questions in order of time:

    max(known, W + (floor(occurred / h) + 1) * h) <= t < W + (floor(known / h) + 1) * h

So it is added at the stretch's begin, taken at its end, and one running sum over the questions
gives `straddling` for all. Exact whatever the delay: if every fact is late it is only slower.

Player and instant are packed into one integer, so a search is one binary search, and questions that
come in order find their places near the last one's. All instants are UTC microseconds.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from features.measures import Window

Integers = npt.NDArray[np.int64]
MICROS = 1_000_000
PACKED_BITS = 62


@dataclass(frozen=True, slots=True)
class Facts:
    """Facts in any order: player numbers, both instants, and columns of values, null as 0."""

    player: Integers
    occurred: Integers
    recorded: Integers
    values: Sequence[Integers]


@dataclass(frozen=True, slots=True)
class Questions:
    """Player numbers and instants, in the order of both."""

    player: Integers
    t: Integers


class PrefixSums:
    """The running sums of some players' facts, to be asked for windows."""

    def __init__(self, facts: Facts, asked: Questions, windows: Sequence[Window]) -> None:
        self._asked, self._windows = asked, tuple(windows)
        self._packing = _packing(facts, asked)
        known = self._packing.keys(facts.player, facts.recorded)
        order = np.argsort(known)
        self._known = known[order]
        self._running = [_running(column, order) for column in facts.values]
        self._keys = self._packing.keys(asked.player, asked.t)
        upto = np.searchsorted(self._known, self._keys, side="right")
        self._upto = [running[upto] for running in self._running]
        self._late = self._crossing(facts)

    def of(self, window: Window, columns: Sequence[int]) -> list[Integers]:
        """Return the sums of some columns in a window, each in the questions' order."""
        tails = self._tails(window)
        start = np.searchsorted(self._known, self._packing.keys(self._asked.player, tails))
        sums = [self._upto[place] - self._running[place][start] for place in columns]
        if window.length_s is not None:
            self._take_straddling(window, columns, sums)
        return sums

    def _tails(self, window: Window) -> Integers:
        if window.length_s is None:
            return np.full(len(self._asked.t), self._packing.first)
        hop = window.hop_s * MICROS
        return (self._asked.t - window.length_s * MICROS) // hop * hop

    def _crossing(self, facts: Facts) -> Facts:
        """Keep the facts that cross the edge of a tile of some window between their instants."""
        hops = [window.hop_s for window in self._windows if window.length_s is not None]
        finest = math.gcd(*hops) * MICROS if hops else 1
        return _where(facts, facts.occurred // finest != facts.recorded // finest)

    def _take_straddling(
        self, window: Window, columns: Sequence[int], sums: list[Integers]
    ) -> None:
        length, hop = (window.length_s or 0) * MICROS, window.hop_s * MICROS
        late = _where(self._late, self._late.occurred // hop != self._late.recorded // hop)
        begin = np.maximum(late.recorded, (late.occurred // hop + 1) * hop + length)
        end = (late.recorded // hop + 1) * hop + length
        first, last = (
            np.searchsorted(self._keys, self._packing.keys(late.player, instant))
            for instant in (begin, end)
        )
        for place, column in zip(columns, sums, strict=True):
            change = np.zeros(len(column) + 1, np.int64)
            np.add.at(change, first, late.values[place])
            np.subtract.at(change, last, late.values[place])
            np.subtract(column, np.cumsum(change[:-1]), out=column)


@dataclass(frozen=True, slots=True)
class _Packing:
    """How player and instant become one integer that sorts like the two."""

    player: int
    first: int
    last: int

    @property
    def bits(self) -> int:
        return bits_of(self.last - self.first)

    def keys(self, player: Integers, instant: Integers) -> Integers:
        """Pack; an instant before the first or after the last becomes one just outside."""
        inside = np.clip(instant, self.first, self.last + 1) - self.first
        return ((player - self.player) << self.bits) | inside


def bits_of(span_us: int) -> int:
    """Return how many bits of a packed key the instants of a span take.

    >>> bits_of(45 * 86_400 * 10**6), bits_of(20 * 366 * 86_400 * 10**6)
    (42, 50)
    """
    return (span_us + 1).bit_length()


def _packing(facts: Facts, asked: Questions) -> _Packing:
    instants = [a for a in (facts.occurred, facts.recorded, asked.t) if len(a)]
    players = [a for a in (facts.player, asked.player) if len(a)]
    return _Packing(
        min((int(a.min()) for a in players), default=0),
        min((int(a.min()) for a in instants), default=0),
        max((int(a.max()) for a in instants), default=0),
    )


def _running(column: Integers, order: npt.NDArray[np.intp]) -> Integers:
    running = np.zeros(len(column) + 1, np.int64)
    np.cumsum(column[order], out=running[1:])
    return running


def _where(facts: Facts, kept: npt.NDArray[np.bool_]) -> Facts:
    place = np.flatnonzero(kept)
    return Facts(facts.player[place], facts.occurred[place], facts.recorded[place],
                 [column[place] for column in facts.values])  # fmt: skip
