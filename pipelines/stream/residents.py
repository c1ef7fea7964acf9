"""Players in memory, bounded. Way: log batches -> here (engine) -> flush.

A player is read from the store with his first fact and dropped when he has been quiet longest, but
never while the store lacks something of him. What is known of a player beside his state stands in
columns by his place in the engine, so that a batch is noted at once and not player by player.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from core.errors import NotReadyError
from features.state.engine import Engine
from features.state.facts import FactBatch, Integers
from features.state_store import State, StateStore
from pipelines.stream.seats import Seats

AT_ONCE = 2_000
"""Players per question to the store: a few hundred kilobytes each way."""
_NOT_HERE = -1
_LOADED, _DIRTY = np.int8(1), np.int8(2)


def _no_places() -> Integers:
    return np.zeros(0, dtype=np.int64)


def _no_marks() -> npt.NDArray[np.int8]:
    return np.zeros(0, dtype=np.int8)


@dataclass(slots=True)
class Residents:
    """The engine with what it lacks: who came from where, who was used last, who must be stored.

    `_mark` of a place: 0 nobody's, 1 a player's whose state the store has, 2 one it lacks.
    """

    engine: Engine
    store: StateStore
    most: int
    _used: Integers = field(default_factory=_no_places)  # number of the batch
    _partition: Integers = field(default_factory=_no_places)  # -1: no fact of his was met yet
    _mark: npt.NDArray[np.int8] = field(default_factory=_no_marks)
    _seats: Seats = field(default_factory=Seats)
    _batch: int = 0

    def __len__(self) -> int:
        return int(np.count_nonzero(self._mark))

    @property
    def dirty(self) -> int:
        """Players whose state the store lacks."""
        return int(np.count_nonzero(self._mark == _DIRTY))

    def places(self, players: Sequence[str]) -> Integers:
        """Return where players are in memory, -1 for who is not."""
        places = self._seats.find(players)
        rows = np.flatnonzero(places < 0)
        if len(rows):  # new, or one who can have no seat
            places[rows] = self.engine.places([players[row] for row in rows.tolist()])
        return places

    def missing(self, players: Sequence[str], places: Integers) -> list[str]:
        """Return who is not in memory, each once."""
        if places.min(initial=0) >= 0:
            return []
        return list(dict.fromkeys(players[row] for row in np.flatnonzero(places < 0).tolist()))

    def load(self, players: Sequence[str]) -> int:
        """Read players from the store; return how many it knows.

        Asked again after a failure, it goes on where it was.

        Raises:
            StateStoreError: the store cannot be read now.
        """
        generation, known = self.engine.layout.generation, 0
        for first in range(0, len(players), AT_ONCE):
            asked = players[first : first + AT_ONCE]
            part = self.missing(asked, self.places(asked))
            if not part:
                continue
            blobs = self.store.read(generation, part)
            self.engine.load(part, blobs)
            self._note_loaded(part)
            known += len(blobs) - blobs.count(None)
        return known

    def apply(self, batch: FactBatch, places: Integers) -> Integers:
        """Fold a batch in, given the places of its players; return those it touched.

        Raises:
            NotReadyError: a player is not in memory; he would lose what the store has of him.
        """
        if places.min(initial=0) < 0:
            raise NotReadyError("a fact of a player not in memory", expected="`load` first")
        self._batch += 1
        touched = self.engine.fold(batch, places)
        self._used[touched] = self._batch
        self._mark[touched] = _DIRTY
        self._partition[places] = batch.partition
        return touched

    def store_dirty(self, write: Callable[[Sequence[State]], int]) -> int:
        """Give the states the store lacks to `write`, some at a time; return how many it took.

        A part that fails, and all after it, stay dirty.
        """
        dirty, written = np.flatnonzero(self._mark == _DIRTY), 0
        for first in range(0, len(dirty), AT_ONCE):
            part = dirty[first : first + AT_ONCE]
            players, blobs = self.engine.players_at(part), self.engine.pack_places(part)
            written += write(list(zip(players, blobs, strict=True)))
            self._mark[part] = _LOADED
        return written

    def evict(self) -> int:
        """Drop who was quiet longest until a tenth below the bound is free; return how many."""
        excess = len(self) - self.most
        if excess <= 0:
            return 0
        clean = np.flatnonzero(self._mark == _LOADED)
        quiet = clean[np.argsort(self._used[clean], kind="stable")[: excess + self.most // 10]]
        self._forget(quiet)
        return len(quiet)

    def drop_partitions(self, partitions: Iterable[int]) -> None:
        """Forget the players of partitions, stored or not; their next reader has the store."""
        gone = np.isin(self._partition, list(partitions)) & (self._mark > 0)
        self._forget(np.flatnonzero(gone))

    def _note_loaded(self, players: Sequence[str]) -> None:
        more = self.engine.capacity - len(self._mark)
        if more > 0:
            self._used = np.pad(self._used, (0, more))
            self._partition = np.pad(self._partition, (0, more), constant_values=_NOT_HERE)
            self._mark = np.pad(self._mark, (0, more))
        places = self.engine.places(players)
        self._used[places], self._mark[places] = self._batch, _LOADED
        self._seats.put(players, places)

    def _forget(self, places: Integers) -> None:
        self.engine.drop(self.engine.players_at(places))
        self._seats.leave(places)
        self._mark[places], self._partition[places] = 0, _NOT_HERE
