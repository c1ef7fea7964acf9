"""From messages to distinct facts; what is none is set aside. Way: log batch -> here -> residents.

Every message ends in one place: applied, unread, duplicate, too late or poison. Letters and late
facts are kept by offset, so a message read again is not kept again.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from core.log.event_log import Batch, EventLog
from features.holds import HoldRow
from features.state.facts import FactBatch
from features.state.layout import NOT_A_PLAYER, StateLayout
from pipelines.stream.decoding import BatchDecoder
from pipelines.stream.decoding_batch import Decoded, Places
from pipelines.stream.dedupe import APPLY, DUPLICATE, TOO_LATE, Memory, Verdicts
from pipelines.stream.holds import HoldFinder
from pipelines.stream.letters import LetterBox, letter_of
from pipelines.stream.memory_snapshots import MemorySnapshots
from pipelines.stream.rereading import Rereading, places_of
from pipelines.stream.settings import StreamSettings
from pipelines.stream.tallies import Tallies
from pipelines.stream.too_late import keep_too_late, too_late_box


@dataclass(frozen=True, slots=True)
class Taken:
    """Distinct facts of players, in log order, and the ties they make known.

    `holds` are those of every message, distinct or not.
    """

    facts: FactBatch
    ties: dict[tuple[str, str, str], int]
    holds: list[HoldRow]


@dataclass(slots=True)
class Intake:
    """One memory of ids per partition held, and how far each was read (the next offset)."""

    decoder: BatchDecoder
    finder: HoldFinder
    rereading: Rereading
    letters: LetterBox
    late: LetterBox
    tallies: Tallies
    positions: dict[int, int] = field(default_factory=dict)
    _memories: dict[int, Memory] = field(default_factory=dict)
    _snapshot_at: float = field(default_factory=time.monotonic)

    @classmethod
    def of(
        cls, settings: StreamSettings, layout: StateLayout, log: EventLog, tallies: Tallies
    ) -> Intake:
        """Make one that holds no partition yet."""
        decoder = BatchDecoder(layout, settings.settings.base_currency)
        generation = layout.generation
        snapshots = MemorySnapshots(settings.folder / generation, settings.epoch)
        return cls(
            decoder,
            HoldFinder(layout, settings.settings.base_currency),
            Rereading(log, decoder, snapshots, settings.reach_s * 1_000_000),
            LetterBox(settings.letters(generation)),
            too_late_box(settings.settings.dead_letter, generation),
            tallies,
        )

    def begin(self, partition: int, start: int, now_us: int) -> None:
        """Take a partition up at an offset: remember what a worker that read so far remembers.

        Raises:
            LogError: the log does not answer.
        """
        self.letters.begin(partition)
        self.late.begin(partition)
        refused = self.letters.offsets(partition)
        self._memories[partition] = self.rereading.memory_at(partition, start, refused, now_us)
        self.positions[partition] = start

    def take(self, batch: Batch, now_us: int) -> Taken:
        """Take messages in; `now_us` (the worker's clock) judges what its log did not stamp."""
        places = places_of(batch, now_us)
        decoded = self.decoder.decode(batch.value, places)
        for poison in decoded.poison:
            at = poison.index
            place = (batch.partition[at], batch.offset[at])
            self.letters.keep(letter_of(poison.reason, place, batch.key[at], batch.value[at]))
        holds = self.finder.find(decoded, batch.value)
        verdicts = self._judge(decoded, batch)
        self._advance(places)
        fresh = verdicts == APPLY
        is_player = decoded.facts.fact != NOT_A_PLAYER
        self._count(decoded, verdicts, is_player)
        kept = fresh & is_player
        facts = decoded.facts if kept.all() else decoded.facts.taken(np.flatnonzero(kept))
        return Taken(facts, decoded.links.known(decoded.facts, kept), holds)

    def log_time_us(self, partition: int) -> int:
        """Return the newest known time read of a partition (UTC microseconds)."""
        return self._memories[partition].log_time

    def flush(self) -> None:
        """Return once what was set aside is on disc."""
        self.letters.flush()
        self.late.flush()

    def snapshot(self, every_s: float) -> None:
        """Keep the memories on disc, if it is time; what was read must be committed.

        Raises:
            LogError: the log does not answer.
        """
        if time.monotonic() - self._snapshot_at >= every_s:
            self.snapshot_now(self.positions)

    def snapshot_now(self, partitions: Iterable[int]) -> None:
        """Keep the memories of partitions on disc."""
        for partition in partitions:
            self.rereading.snapshots.write(
                self.rereading.log, partition, self.positions[partition], self._memories[partition]
            )
        self._snapshot_at = time.monotonic()

    def forget(self, partitions: Iterable[int]) -> None:
        """Give partitions up."""
        for partition in partitions:
            self.positions.pop(partition, None)
            self._memories.pop(partition, None)
            self.letters.forget(partition)
            self.late.forget(partition)

    def _advance(self, places: Places) -> None:
        """Note how far partitions were read; messages come in runs of one partition."""
        last = np.flatnonzero(np.diff(places.partition, append=-1))
        pairs = zip(places.partition[last].tolist(), places.offset[last].tolist(), strict=True)
        self.positions.update((partition, offset + 1) for partition, offset in pairs)

    def _judge(self, decoded: Decoded, batch: Batch) -> Verdicts:
        facts = decoded.facts
        verdicts = np.empty(len(facts), dtype=np.int8)
        for partition in np.flatnonzero(np.bincount(facts.partition)).tolist():
            rows, memory = facts.partition == partition, self._memories[partition]
            verdicts[rows] = memory.judge(
                facts.recorded[rows], facts.id_high[rows], facts.id_low[rows]
            )
            late = rows & (verdicts == TOO_LATE)
            if late.any():
                marked = np.where(late, TOO_LATE, APPLY).astype(np.int8)
                keep_too_late(self.late, decoded, marked, batch.value, memory.log_time)
        return verdicts

    def _count(self, decoded: Decoded, verdicts: Verdicts, is_player: np.ndarray) -> None:
        told, fresh = self.tallies, verdicts == APPLY
        told.poison += len(decoded.poison)
        told.duplicate += int((verdicts == DUPLICATE).sum())
        told.late += int((verdicts == TOO_LATE).sum())
        told.applied += int((fresh & is_player).sum())
        told.unread += int((fresh & ~is_player).sum())
