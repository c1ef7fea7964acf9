"""A partition's memory of ids as of an offset, after a start. Way: snapshot, log -> here -> intake.

Verdicts must be those of a worker that never stopped, so the memory must be exactly what reading
the log up to the offset makes it. A snapshot of this machine is such a memory of an earlier offset;
without one, only entries whose known time is within reach of the log time count. The log finds them
by the time of its entries, which may lie before the fact's own known time by no more than a
sender's clock may be ahead; one that goes by append times finds more.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from core.log.event_log import UNSTAMPED, Batch, Rereadable
from pipelines.stream.decoding import BatchDecoder
from pipelines.stream.decoding_batch import Decoded, Places
from pipelines.stream.decoding_checks import AHEAD_US
from pipelines.stream.dedupe import Memory
from pipelines.stream.memory_snapshots import MemorySnapshots

_TAIL = 2_000
_NEAR = 100_000  # entries read in about the time it takes to look where else to begin


@dataclass(frozen=True, slots=True)
class Rereading:
    """Rebuilds memories; `reach_us` is the workers' setting (microseconds)."""

    log: Rereadable
    decoder: BatchDecoder
    snapshots: MemorySnapshots
    reach_us: int

    def memory_at(self, partition: int, end: int, refused: set[int], now_us: int) -> Memory:
        """Return the memory after every entry before `end`.

        `refused` are the offsets of dead letters: what was refused once was not remembered, even if
        it could be read by now.

        Raises:
            LogError: the log does not answer.
        """
        asked = _Asked(partition, end, refused, now_us)
        stored = self.snapshots.read(self.log, partition, self.reach_us)
        position = -1 if stored is None or stored.position > end else stored.position
        start = position if end - position <= _NEAR and position >= 0 else self._start(asked)
        memory = Memory(self.reach_us)
        if stored is not None and start <= position:
            memory, start = stored.memory, position
        for decoded in self._between(asked, start):
            facts = decoded.facts
            memory.judge(facts.recorded, facts.id_high, facts.id_low)
        return memory

    def _start(self, asked: _Asked) -> int:
        """Return an offset before which nothing is within reach of the log time."""
        newest = self._newest(asked)
        if newest is None:
            return asked.end
        return self.log.offset_at(asked.partition, newest - self.reach_us - AHEAD_US)

    def _newest(self, asked: _Asked) -> int | None:
        """Return the log time before the offset; null if no fact stands there."""
        found, length = None, _TAIL
        first = self.log.bounds(asked.partition).first
        while found is None:
            start = max(first, asked.end - length)
            found = self._newest_from(asked, start)
            if start <= first:
                return found
            length *= 8
        start = self.log.offset_at(asked.partition, found + 1 - AHEAD_US)
        return self._newest_from(asked, start) or found

    def _newest_from(self, asked: _Asked, start: int) -> int | None:
        newest = [
            int(decoded.facts.recorded.max())
            for decoded in self._between(asked, start)
            if len(decoded.facts)
        ]
        return max(newest, default=None)

    def _between(self, asked: _Asked, start: int) -> Iterator[Decoded]:
        for batch in self.log.read_range(asked.partition, start, asked.end):
            kept = batch if not asked.refused else _without(batch, asked.refused)
            if kept.offset:
                yield self.decoder.decode(kept.value, places_of(kept, asked.now_us))


@dataclass(frozen=True, slots=True)
class _Asked:
    partition: int
    end: int
    refused: set[int]
    now_us: int


def places_of(batch: Batch, now_us: int) -> Places:
    """Return where the messages of a batch stand.

    Where the log does not know when it was appended to, `now_us` (the reader's clock) stands in.
    """
    appended = np.array(batch.appended_us, np.int64)
    return Places(
        np.array(batch.partition, np.int32),
        np.array(batch.offset, np.int64),
        np.where(appended == UNSTAMPED, now_us, appended),
    )


def _without(batch: Batch, refused: set[int]) -> Batch:
    kept = [place for place, offset in enumerate(batch.offset) if offset not in refused]
    columns = (batch.partition, batch.offset, batch.key, batch.value, batch.appended_us)
    return Batch(*([column[place] for place in kept] for column in columns))  # type: ignore[arg-type]
