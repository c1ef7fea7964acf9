"""Which feature row was the latest known at each asked instant. Way: offline_store -> here.

A feature row has two times: when it holds from (`event`) and when it became known (`created`).
It may answer a question asked at `t` only if both are at or before `t`; among those that may, the
one with the latest event (then the latest created, then the last row of the files) answers.

No sort of the feature rows and no join on time is needed, because there are few questions and many
rows. A row is handed to the *first* question of its key that may see it (a binary search). Every
question keeps the best row handed to it, and at the end best rows are carried forward to the later
questions of the same key. `max` is a commutative monoid, so rows may come in any order, in batches:
memory grows with the questions, not with the history.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.errors import SourceError

Integers = npt.NDArray[np.int64]
NEVER = np.iinfo(np.int64).min
_CEILING = 2**62


@dataclass(frozen=True, slots=True)
class RowBatch:
    """Feature rows, one array entry each: key number, times in microseconds, place in the files."""

    key: Integers
    event: Integers
    created: Integers
    place: Integers


class LatestKnown:
    """Collects, for every question (key number, instant in microseconds), the row that answers it.

    Questions are given in any order and may repeat; key numbers are 0..k-1.

    >>> latest = LatestKnown(key=np.array([0, 0]), asked=np.array([20, 10]))
    >>> late = RowBatch(*(np.array([v]) for v in (0, 5, 15, 7)))  # holds from 5, known from 15
    >>> latest.add(late)
    >>> latest.places(ttl=None).tolist()  # the question of instant 10 may not see it
    [7, -1]
    """

    def __init__(self, key: Integers, asked: Integers) -> None:
        if len(key) == 0:
            raise SourceError("no entity rows", expected="at least one question")
        self._order = np.lexsort((asked, key))
        self._key, self._asked = key[self._order], asked[self._order]
        self._instants, self._width = _scale(self._key, self._asked)
        self._slots = self._key * self._width + self._ticks(self._asked)
        self._event = np.full(len(key), NEVER)
        self._created = np.full(len(key), NEVER)
        self._place = np.full(len(key), -1, dtype=np.int64)

    def _ticks(self, instants: Integers) -> Integers:
        """Place instants on the questions' scale, so that key and instant pack into one integer."""
        if len(self._instants) == 1:
            ticks: Integers = np.clip(instants - self._instants[0], 0, self._width - 1)
            return ticks
        return np.searchsorted(self._instants, instants)

    def add(self, rows: RowBatch) -> None:
        """Hand every row to the first question of its key at or after the row became visible."""
        visible = np.maximum(rows.event, rows.created)
        slot = np.searchsorted(self._slots, rows.key * self._width + self._ticks(visible))
        inside = slot < len(self._slots)
        inside[inside] = self._takes(slot[inside], rows.key[inside], visible[inside])
        self._keep_best(slot[inside], rows.event[inside], rows.created[inside], rows.place[inside])

    def _takes(self, slot: Integers, key: Integers, visible: Integers) -> npt.NDArray[np.bool_]:
        takes: npt.NDArray[np.bool_] = (self._key[slot] == key) & (self._asked[slot] >= visible)
        return takes

    def _keep_best(
        self, slot: Integers, event: Integers, created: Integers, place: Integers
    ) -> None:
        """Keep the greatest (event, created, place) per slot; each round leaves only the ties."""
        _raise(self._event, slot, event, lower=(self._created, self._place))
        ties = event == self._event[slot]
        slot, created, place = slot[ties], created[ties], place[ties]
        _raise(self._created, slot, created, lower=(self._place,))
        ties = created == self._created[slot]
        np.maximum.at(self._place, slot[ties], place[ties])

    def places(self, ttl: int | None) -> Integers:
        """Return the place of the row that answers each question, in the order asked; -1 = none.

        A row older than `ttl` microseconds at the instant asked answers nothing; one exactly `ttl`
        old still does.
        """
        best = _carried(self._key, (self._event, self._created, self._place))
        place, event = self._place[best], self._event[best]
        if ttl is not None:
            place = np.where((place >= 0) & (event < self._asked - ttl), -1, place)
        answer = np.empty_like(place)
        answer[self._order] = place
        return answer


def _scale(key: Integers, asked: Integers) -> tuple[Integers, int]:
    """Choose how instants are packed beside a key: as microseconds if they fit, else as ranks."""
    start, span = int(asked.min()), int(asked.max()) - int(asked.min()) + 2
    if (int(key.max()) + 1) * span < _CEILING:
        return np.array([start]), span
    instants = np.unique(asked)
    return instants, len(instants) + 1


def _raise(best: Integers, slot: Integers, value: Integers, *, lower: tuple[Integers, ...]) -> None:
    """Lift `best` at `slot` to `value`; where it rose, what ranks below it starts anew."""
    before = best.copy()
    np.maximum.at(best, slot, value)
    rose = best > before
    for column, blank in zip(lower[::-1], (-1, NEVER), strict=False):
        column[rose] = blank


def _carried(key: Integers, ranks: tuple[Integers, ...]) -> Integers:
    """Return, per question, the index of the best question of its key at or before it."""
    position = np.lexsort(ranks[::-1])
    height = np.empty(len(key), dtype=np.int64)
    height[position] = np.arange(len(key))
    lifted = key * len(key) + height  # a later key always stands higher, so none carries over
    best: Integers = position[np.maximum.accumulate(lifted) % len(key)]
    return best
