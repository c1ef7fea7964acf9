"""The worker: log in, states out, nothing lost and nothing twice. Way: event log -> here -> store.

    poll -> decode -> dedupe -> load players -> fold in -> hooks -> (often) flush
         -> (now and then) commit

It does one thing at a time, in one thread: while a flush fails, nothing is polled. Partitions come
and go inside `poll`; what comes is noted and taken up before its first message is looked at, what
goes is flushed first.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from threading import Event
from typing import TypeVar

from core.clock import Clock
from core.errors import LogError, NotReadyError
from core.log.event_log import Batch, EventLog, Listener, LogReader
from features.state_store import StateStoreError
from pipelines.stream.backoff import Backoff, Stopped
from pipelines.stream.flushing import Flusher, Unflushed, micros
from pipelines.stream.hooks import Hook, Moment
from pipelines.stream.settings import Pace
from pipelines.stream.tallies import Integers, Tallies

T = TypeVar("T")
_TRIES_AT_HANDOVER = 3
_REFUSALS_MOST = 8
_LEAST_POLL_S = 0.001  # Kafka's client counts milliseconds: less would be none, again and again
_OUTAGES = (StateStoreError, LogError, OSError)


@dataclass(slots=True)
class _Handover(Listener):
    """Hears of partitions while the worker polls."""

    worker: Worker

    def on_assign(self, starts: Mapping[int, int]) -> None:
        """Note them; the memory of each is rebuilt before its first message is looked at."""
        self.worker.arriving.update(starts)

    def on_revoke(self, partitions: Sequence[int]) -> None:
        """Flush while they are still ours; if that fails, who comes next reads it again."""
        self.worker.hand_over(partitions, is_ours=True)

    def on_lost(self, partitions: Sequence[int]) -> None:
        """Forget them: another one is at work on what was not flushed."""
        self.worker.hand_over(partitions, is_ours=False)


@dataclass(slots=True)
class Worker:
    """Reads its share of a log until told to stop.

    `on_step` is called after every poll, for progress.
    """

    log: EventLog
    group: str
    flusher: Flusher
    hook: Hook
    pace: Pace
    clock: Clock
    session_s: float = 30.0
    on_step: Callable[[Worker], None] = lambda _: None
    on_outage: Callable[[Exception], None] = lambda _: None
    stop: Event = field(default_factory=Event)
    arriving: dict[int, int] = field(default_factory=dict)
    lag: dict[int, int] = field(default_factory=dict)
    _unflushed: Unflushed = field(default_factory=Unflushed)
    _reader: LogReader | None = None
    _flushed_at: float = 0.0
    _committed_at: float = 0.0
    _uncommitted: int = 0
    _is_behind: bool = False
    _refusals: int = 0
    _is_torn: bool = False

    def run(self, *, until_caught_up: bool = False) -> None:
        """Work until `stop` is set, or until nothing is left to read.

        Raises:
            Stopped: told to stop while log or store did not answer; what was not committed will be
                read again.
            LogError: the log goes on refusing to be read.
        """
        self.open()
        try:
            while not self.stop.is_set():
                self.step()
                if until_caught_up and self.is_caught_up():
                    break
            self.flush()
        finally:
            self.leave()

    @property
    def tallies(self) -> Tallies:
        """What it did so far."""
        return self.flusher.tallies

    @property
    def partitions(self) -> tuple[int, ...]:
        """Those it reads now."""
        return tuple(sorted(self.flusher.intake.positions))

    def open(self) -> None:
        """Take a seat in the group, if it has none; partitions come with the first polls."""
        if self._reader is None:
            self._reader = self.log.reader(self.group, _Handover(self), session_s=self.session_s)
        self._flushed_at = self._committed_at = time.monotonic()

    def leave(self) -> None:
        """Give up the partitions, flushed if the store answers, and the seat."""
        if self._reader is not None:
            self._reader.close()
            self._reader = None

    def step(self) -> None:
        """Poll once, work on what came, flush or commit if it is time.

        Raises:
            Stopped, LogError: as `run`.
        """
        batch = self._polled()
        self._take_up()
        if batch.offset:
            self._is_torn = True  # until all of the batch is applied nothing of it may be flushed
            self._work(batch)
            self._is_torn = False
        self._is_behind = len(batch.offset) >= self.pace.batch
        if self._commit_is_due():
            self.flush()
        elif self._flush_is_due():
            self._patiently(self._flush_once)
            self.flusher.residents.evict()
        self.on_step(self)

    def is_caught_up(self) -> bool:
        """Say whether everything its partitions hold was read; without partitions it is not."""
        reader = self._seated()
        return bool(reader.assigned()) and not any(reader.lag().values())

    def flush(self) -> None:
        """Make everything durable and commit, however long the store is away.

        Raises:
            Stopped: as `run`.
            NotReadyError: a batch was given up in its middle.
        """
        if self._is_torn:
            raise NotReadyError("half a batch cannot be flushed", expected="a worker made anew")
        self._patiently(self._commit_once)
        self.flusher.residents.evict()

    def hand_over(self, partitions: Sequence[int], *, is_ours: bool) -> None:
        """Give partitions up, flushed first if they are still ours and the store answers.

        A batch given up in its middle (stopped while the store was away) is not flushed: offsets
        and memory are ahead of the states, and who reads on begins at the last flush.
        """
        if is_ours and not self._is_torn:
            tries = Backoff(self.stop, _OUTAGES, self._note_outage, tries=_TRIES_AT_HANDOVER)
            try:
                tries.until_done(partial(self._commit_once, leaving=True))
            except Stopped:
                self._unflushed.clear()  # dropped with their players, to be read again
        for partition in partitions:
            self.arriving.pop(partition, None)
        self.flusher.residents.drop_partitions(partitions)
        self.flusher.intake.forget(partitions)
        self.flusher.alerts.forget(partitions)

    def _polled(self) -> Batch:
        """Poll; where the log refuses, take a new seat and try again, but not for ever.

        Raises:
            LogError: it went on refusing, as it does when it no longer holds what comes next.
        """
        try:
            batch = self._seated().poll(self.pace.batch, self._poll_s())
        except LogError as error:
            self._refusals += 1
            if self._refusals > _REFUSALS_MOST:
                raise
            self._note_outage(error)
            self.leave()
            self.stop.wait(min(0.1 * 2**self._refusals, 5.0))
            self.open()
            return Batch()
        self._refusals = 0
        return batch

    def _seated(self) -> LogReader:
        if self._reader is None:
            raise NotReadyError("a worker without a seat", expected="`open` before `step`")
        return self._reader

    def _take_up(self) -> None:
        """Rebuild the memory of partitions that came, once the log lets us."""
        if self.arriving:
            self.flusher.alerts.read()
        for partition, start in list(self.arriving.items()):
            self._patiently(partial(self._begin, partition, start))
            del self.arriving[partition]

    def _begin(self, partition: int, start: int) -> None:
        self.flusher.intake.begin(partition, start, micros(self.clock.now()))

    def _work(self, batch: Batch) -> None:
        taken = self.flusher.intake.take(batch, micros(self.clock.now()))
        residents, unflushed = self.flusher.residents, self._unflushed
        unflushed.holds.add(taken.holds)  # first: whatever fails below, they will be told
        residents.apply(taken.facts, self._places(taken.facts.player))
        unflushed.ties.add(taken.ties)
        unflushed.events += len(batch.offset)
        self._uncommitted += len(batch.offset)
        moment = Moment(taken.facts, residents.engine)
        self.tallies.alerts += self.flusher.alerts.take(self.hook.after(moment))
        unflushed.recorded.append(taken.facts.recorded)
        self.tallies.to_hook.add(micros(self.clock.now()) - taken.facts.recorded)

    def _places(self, players: Sequence[str]) -> Integers:
        """Return where players are in memory, reading from the store who is not."""
        residents = self.flusher.residents
        places = residents.places(players)
        missing = residents.missing(players, places)
        if missing:
            self.tallies.loaded += self._patiently(lambda: residents.load(missing))
            places = residents.places(players)
        return places

    def _commit_is_due(self) -> bool:
        waited = time.monotonic() - self._committed_at
        return self._uncommitted >= self.pace.flush_events or waited >= self.pace.commit_seconds

    def _flush_is_due(self) -> bool:
        """While more is waiting than a batch, nobody gains by states that are soon old again."""
        waited = time.monotonic() - self._flushed_at
        is_time = waited >= self.pace.flush_seconds
        return is_time and self._unflushed.events > 0 and not self._is_behind

    def _flush_once(self) -> None:
        self.flusher.flush(self._unflushed)
        self._flushed_at = time.monotonic()

    def _commit_once(self, *, leaving: bool = False) -> None:
        self._flush_once()
        reader, asked_at = self._seated(), self.clock.now()
        self.lag = reader.lag()
        if self.flusher.commit(reader, self.lag, asked_at):
            self.flusher.intake.snapshot(0.0 if leaving else self.pace.snapshot_seconds)
        self._uncommitted, self._committed_at = 0, time.monotonic()

    def _poll_s(self) -> float:
        """Wait for the first message no longer than until the next flush or commit."""
        left = self._committed_at + self.pace.commit_seconds - time.monotonic()
        if self._unflushed.events:
            left = min(left, self._flushed_at + self.pace.flush_seconds - time.monotonic())
        return min(max(left, _LEAST_POLL_S), self.pace.poll_seconds)

    def _patiently(self, do: Callable[[], T]) -> T:
        return Backoff(self.stop, _OUTAGES, self._note_outage).until_done(do)

    def _note_outage(self, error: Exception) -> None:
        self.tallies.outages += 1
        self.on_outage(error)
