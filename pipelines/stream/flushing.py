"""The order in which a worker makes its work durable. Way: worker -> here -> files, store, log.

    alerts, letters, late facts   to disc: nothing later may know of what they do not tell
    holds                         to the store, so that who sees a state sees what holds its player
    ties, then states             to the store, states only over older ones
    heartbeats                    how far partitions are, for readers
    offsets                       committed last

Whatever happens in between, what was not committed is read again, and every step before repeats
without effect. So the first three may run far more often than the last two, which ask the log and
wait for it. A failing store keeps the worker here: nothing is polled, nothing dropped.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np

from core.clock import Clock
from core.log.event_log import LogReader
from features.state_store import Heartbeat, State, StateStore
from pipelines.stream.alerts import AlertLog
from pipelines.stream.holds import PendingHolds
from pipelines.stream.intake import Intake
from pipelines.stream.residents import Residents
from pipelines.stream.tallies import Integers, Tallies
from pipelines.stream.ties import PendingTies


@dataclass(slots=True)
class Unflushed:
    """What was applied since the last flush: how much, and when its facts became known."""

    events: int = 0
    recorded: list[Integers] = field(default_factory=list)
    holds: PendingHolds = field(default_factory=PendingHolds)
    ties: PendingTies = field(default_factory=PendingTies)

    def clear(self) -> None:
        """Begin anew; holds and ties clear themselves when they are told."""
        self.events = 0
        self.recorded.clear()


@dataclass(frozen=True, slots=True)
class Flusher:
    """Writes what is not yet durable; safe to call again after any failure."""

    store: StateStore
    generation: str
    epoch: int
    clock: Clock
    residents: Residents
    intake: Intake
    alerts: AlertLog
    tallies: Tallies

    def flush(self, unflushed: Unflushed) -> None:
        """Make everything durable, so that readers see it.

        Raises:
            StateStoreError: the store cannot be written now; call again.
        """
        self.intake.flush()
        self.alerts.flush()
        unflushed.holds.flush(self.store, self.generation)
        unflushed.ties.flush(self.store, self.generation)
        self.tallies.written += self.residents.store_dirty(self._write)
        self._tell_ages(unflushed)
        unflushed.clear()

    def commit(self, reader: LogReader, lag: Mapping[int, int], asked_at: datetime) -> bool:
        """Say how far everything durable is; false if the commit did not take (no harm).

        Only after `flush`, with nothing polled since. `lag` are the messages unread per partition
        at `asked_at` or later.

        Raises:
            StateStoreError: the store cannot be written now; call again.
            LogError: the log cannot be reached now; call again.
        """
        self.store.beat(self.generation, self._heartbeats(lag, asked_at))
        is_committed = reader.commit(self.intake.positions)
        self.tallies.flushes += 1
        return is_committed

    @property
    def _write(self) -> Callable[[Sequence[State]], int]:
        return lambda states: self.store.write(self.generation, states)

    def _tell_ages(self, unflushed: Unflushed) -> None:
        if unflushed.recorded:
            now = micros(self.clock.now())
            self.tallies.to_store.add(now - np.concatenate(unflushed.recorded))
            unflushed.recorded.clear()

    def _heartbeats(self, lag: Mapping[int, int], asked_at: datetime) -> list[Heartbeat]:
        """Say that a partition without lag was whole at `asked_at`: before it was asked."""
        wall = micros(asked_at)
        return [
            Heartbeat(
                partition, offset, self.intake.log_time_us(partition), wall,
                lag.get(partition, 0), self.epoch,
            )
            for partition, offset in self.intake.positions.items()
        ]  # fmt: skip


def micros(at: datetime) -> int:
    """Return an aware instant in UTC microseconds.

    >>> from datetime import UTC
    >>> micros(datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC))
    1000000
    """
    return int(at.timestamp()) * 1_000_000 + at.microsecond
