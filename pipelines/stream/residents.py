"""Players in memory, bounded. Way: log batches -> here (engine) -> flush.

A player is read from the store with his first fact and dropped when he has been quiet longest, but
never while the store lacks something of him.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from features.state.engine import Engine
from features.state.facts import FactBatch
from features.state_store import State, StateStore

AT_ONCE = 2_000
"""Players per question to the store: a few hundred kilobytes each way."""


@dataclass(slots=True)
class Residents:
    """The engine with what it lacks: who came from where, who was used last, who must be stored."""

    engine: Engine
    store: StateStore
    most: int
    _used: dict[str, int] = field(default_factory=dict)  # player -> number of the batch
    _partition: dict[str, int] = field(default_factory=dict)
    _dirty: dict[str, None] = field(default_factory=dict)
    _batch: int = 0

    def __len__(self) -> int:
        return len(self._used)

    @property
    def dirty(self) -> int:
        """Players whose state the store lacks."""
        return len(self._dirty)

    def missing(self, players: Iterable[str]) -> list[str]:
        """Return who is not in memory, each once."""
        return [player for player in dict.fromkeys(players) if player not in self._used]

    def load(self, players: Sequence[str]) -> int:
        """Read players from the store; return how many it knows.

        Asked again after a failure, it goes on where it was.

        Raises:
            StateStoreError: the store cannot be read now.
        """
        generation, known = self.engine.layout.generation, 0
        for first in range(0, len(players), AT_ONCE):
            part = [p for p in players[first : first + AT_ONCE] if p not in self._used]
            blobs = self.store.read(generation, part)
            self.engine.load(part, blobs)
            self._used.update(dict.fromkeys(part, self._batch))
            known += len(blobs) - blobs.count(None)
        return known

    def apply(self, batch: FactBatch) -> list[str]:
        """Fold a batch in and return whom it touched; all of them must be in memory."""
        self._batch += 1
        touched = self.engine.update(batch)
        self._used.update(dict.fromkeys(touched, self._batch))
        self._dirty.update(dict.fromkeys(touched))
        self._partition.update(zip(batch.player, batch.partition.tolist(), strict=True))
        return touched

    def store_dirty(self, write: Callable[[Sequence[State]], int]) -> int:
        """Give the states the store lacks to `write`, some at a time; return how many it took.

        A part that fails, and all after it, stay dirty.
        """
        players, written = list(self._dirty), 0
        for first in range(0, len(players), AT_ONCE):
            part = players[first : first + AT_ONCE]
            written += write(list(zip(part, self.engine.pack(part), strict=True)))
            for player in part:
                del self._dirty[player]
        return written

    def evict(self) -> int:
        """Drop who was quiet longest until a tenth below the bound is free; return how many."""
        if len(self._used) <= self.most:
            return 0
        clean = (player for player in self._used if player not in self._dirty)
        excess = len(self._used) - self.most + self.most // 10
        quiet = heapq.nsmallest(excess, clean, key=self._used.__getitem__)
        self._forget(quiet)
        return len(quiet)

    def drop_partitions(self, partitions: Iterable[int]) -> None:
        """Forget the players of partitions, stored or not; their next reader has the store."""
        gone = set(partitions)
        self._forget([p for p in self._used if self._partition.get(p) in gone])

    def _forget(self, players: Sequence[str]) -> None:
        self.engine.drop(players)
        for player in players:
            del self._used[player]
            self._partition.pop(player, None)
            self._dirty.pop(player, None)
