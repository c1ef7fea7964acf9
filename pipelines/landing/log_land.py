"""Land an event log: each message once, whatever dies. Way: log -> here (checks, settle) -> commit.

The manifest names the files and, beside them, the next offset of every partition they hold; one
rename replaces both. So the manifest alone says where to go on: what was read and not committed is
read again, what a second reader has landed meanwhile is passed over. The group's own positions in
the log only tell others how far landing is.

Facts that came twice are dropped as in every landing, by their ids against all of the warehouse.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from core.clock import Clock
from core.errors import EventError, LogError, SourceError
from core.events.codec import decode
from core.events.envelope import Event, UnknownEvent
from core.events.registry import facts
from core.log.event_log import UNSTAMPED, Bounds, Listener, LogReader
from core.settings import Settings
from features.manifest import Position, read_manifest
from pipelines.landing.commit import WarehouseWriter, writing
from pipelines.landing.counts import Landing, Tally, append_landing
from pipelines.landing.event_lines import UNREADABLE
from pipelines.landing.fact_rows import FactRows
from pipelines.landing.log_messages import HeldMessages, Message
from pipelines.landing.settle import Settling, settle, working_database
from pipelines.stream.decoding_checks import from_the_future, micros, refusal
from pipelines.stream.letters import LetterBox, letter_of


@dataclass(frozen=True, slots=True)
class LogTarget:
    """Where messages land, and the name their positions are kept under (log and group)."""

    settings: Settings
    name: str
    clock: Clock

    @property
    def letters(self) -> Path:
        """Where messages that are no facts are kept, a file per partition."""
        return self.settings.dead_letter / "log"

    @property
    def unknown(self) -> Path:
        """Where events of unknown types are kept, a file per partition."""
        return self.settings.dead_letter / "log_unknown"


@dataclass(slots=True)
class LogLander(Listener):
    """Reads a log and lands what was read; `reader` is set before the first `gather`."""

    target: LogTarget
    reader: LogReader | None = None
    held: HeldMessages = field(default_factory=HeldMessages)

    def on_assign(self, starts: Mapping[int, int]) -> None:
        """Go on after what the warehouse holds, wherever the group says it is.

        Raises:
            SourceError: the log is not the one that was landed, or has forgotten some of it.
        """
        landed = self._landed()
        for partition in starts:
            self._begin(partition, landed.get(partition))

    def on_revoke(self, partitions: Sequence[int]) -> None:
        """Leave what has not landed to the next reader."""
        self.held.drop(partitions)

    def on_lost(self, partitions: Sequence[int]) -> None:
        """Leave what has not landed to whoever reads the partitions now."""
        self.held.drop(partitions)

    def gather(self, limit: int, timeout_s: float) -> int:
        """Read on; return how many messages are held now."""
        self.held.add(self._reader().poll(limit, timeout_s))
        return self.held.count

    def land(self) -> Landing | None:
        """Land what is held as one commit, and tell the group; null if there is nothing to land.

        Raises:
            LogError: the log stopped answering; nothing is lost.
        """
        target = self.target
        with writing(target.settings.warehouse) as writer, working_database(writer) as connection:
            batch = _Batch(target, FactRows(connection))
            moved = self._take(batch, writer)
            if not moved:
                return None
            batch.keep_letters()
            dead_letter = target.letters / "refused.jsonl"
            tallies = batch.settled(Settling(connection, writer, dead_letter))
            writer.advance(target.name, moved)
            version = writer.commit().version
        landing = Landing("log", (target.name,), version, tallies)
        append_landing(target.settings.home / "landings.jsonl", landing)
        self.held.landed()
        self._reader().commit({partition: place.next for partition, place in moved.items()})
        return landing

    def _take(self, batch: _Batch, writer: WarehouseWriter) -> dict[int, Position]:
        """Take the messages that have not landed; return the positions after them."""
        landed = writer.manifest.positions.get(self.target.name, {})
        moved: dict[int, Position] = {}
        for partition, stretch in list(self.held.stretches.items()):
            place = landed.get(partition)
            start = self._reader().bounds(partition).first if place is None else place.next
            if stretch.start > start:  # the warehouse is older than it was when we began
                self._begin(partition, place)
                continue
            messages = stretch.from_offset(start)
            if messages:
                batch.take(partition, messages)
                moved[partition] = Position(messages[-1].offset + 1, _mark(messages[-1].value))
        return moved

    def _begin(self, partition: int, landed: Position | None) -> None:
        bounds = self._reader().bounds(partition)
        start = bounds.first if landed is None else landed.next
        if landed is not None:
            self._refuse_other_log(partition, landed, bounds)
        self._reader().seek(partition, start)
        self.held.begin(partition, start)

    def _refuse_other_log(self, partition: int, landed: Position, bounds: Bounds) -> None:
        last = landed.next - 1
        if bounds.first > landed.next:
            raise SourceError(
                f"partition {partition} begins at offset {bounds.first}",
                expected=f"offset {landed.next}, the first that has not landed",
                hint="the log forgot events before they landed; land them from the copy you have, "
                "then start with another --group: it lands all the log holds, nothing twice",
            )
        if bounds.first <= last:
            found = [
                v for b in self._reader().read_range(partition, last, last + 1) for v in b.value
            ]
            if [_mark(value) for value in found] != [landed.last]:
                raise SourceError(
                    f"partition {partition} of {self.target.name} is not the log that was landed",
                    expected=f"the same message at offset {last}",
                    hint="a new log under an old address: start with another --group",
                )

    def _landed(self) -> Mapping[int, Position]:
        manifest = read_manifest(self.target.settings.warehouse)
        return manifest.positions.get(self.target.name, {})

    def _reader(self) -> LogReader:
        if self.reader is None:
            raise LogError("no reader", expected="`reader` to be set before the first `gather`")
        return self.reader


@dataclass(slots=True)
class _Batch:
    """Messages on their way into one commit."""

    target: LogTarget
    rows: FactRows
    refused: Counter[str] = field(default_factory=Counter)
    unknown: Counter[str] = field(default_factory=Counter)
    letters: LetterBox = field(init=False)
    kept: LetterBox = field(init=False)

    def __post_init__(self) -> None:
        self.letters, self.kept = LetterBox(self.target.letters), LetterBox(self.target.unknown)

    def take(self, partition: int, messages: Iterable[Message]) -> None:
        """Read messages as events; what is none is kept aside."""
        self.letters.begin(partition)
        self.kept.begin(partition)
        now_us = micros(self.target.clock.now())
        source = f"{self.target.name}/{partition}"
        for message in messages:
            place = (partition, message.offset)
            try:
                event = self._event(message, now_us)
            except EventError as error:
                self.refused[UNREADABLE] += 1
                self.letters.keep(letter_of(str(error), place, message.key, message.value))
                continue
            if isinstance(event, UnknownEvent):
                self.unknown[event.type] += 1
                reason = f"no fact is called {event.type}"
                self.kept.keep(letter_of(reason, place, message.key, message.value))
            else:
                self.rows.add(event, (source, message.offset + 1, message.offset))

    def _event(self, message: Message, now_us: int) -> Event | UnknownEvent:
        event = decode(message.value, base_currency=self.target.settings.base_currency)
        envelope = event.envelope if isinstance(event, UnknownEvent) else event
        appended_us = now_us if message.appended_us == UNSTAMPED else message.appended_us
        reason = None
        if envelope is not None:
            reason = from_the_future(micros(envelope.recorded), appended_us)
        if reason is None and isinstance(event, Event):
            reason = refusal(event)
        if reason is not None:
            raise EventError(reason)
        return event

    def keep_letters(self) -> None:
        """Put what is no fact on disc, before the positions move past it."""
        self.letters.flush()
        self.kept.flush()

    def settled(self, at: Settling) -> tuple[Tally, ...]:
        """Settle every fact; return what became of all messages."""
        found = [settle(at, facts()[one.fact], [one.sql]) for one in self.rows.candidates()]
        found += [Tally(fact=name, rejected=count) for name, count in self.refused.items()]
        found += [Tally(fact=name, unknown=count) for name, count in self.unknown.items()]
        return tuple(sorted(found, key=lambda tally: tally.fact))


def _mark(value: bytes) -> str:
    return hashlib.sha256(value).hexdigest()[:16]
