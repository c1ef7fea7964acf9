"""Watches the event log for markers of harm. Way: event log -> here -> compliance desk -> packs.

A reader of its own: what the worker for scoring holds are figures of declared features. It reads
the log from its start to have everybody's past, and acts on what became known lately alone; what it
says bears derived ids, so after a crash it is said again and does nothing twice. The desk answers
with the pack's steps, and what it decides reaches the score gate through the outbox.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from threading import Event as Stop
from typing import Protocol

from core.clock import Clock
from core.compliance.calendar import DAY_US, instant_us
from core.compliance.pack import Pack
from core.compliance.request import Request
from core.compliance.requests.protection import MarkerMet
from core.errors import EventError, NotReadyError
from core.events.codec import decode
from core.events.envelope import Event
from core.ledger.calls import RetryableError
from core.log.event_log import EventLog
from core.markers.deeds import PLAY, READERS, Deed, deed_of_event
from core.markers.watching import Watch

GROUP = "marker-watch"
ACTS_ON_US = DAY_US
"""How long ago a deed may have become known for a marker to be acted upon."""
LOOKS_AT_US = 2 * DAY_US
"""How old a deed may be to be looked at without being acted upon: what was said today is known."""
PLAY_US = 10_000_000
AT_ONCE = 2_000
_LOG = logging.getLogger(__name__)


class Desk(Protocol):
    """Answers requests, each once."""

    def ask(self, player: str, request: Request, trace_id: str = "") -> object:
        """Judge a request and keep what follows."""
        ...


@dataclass(slots=True)
class Counts:
    """What came of the messages: `unread` are no events, `unruled` of players under no pack."""

    deeds: int = 0
    unread: int = 0
    said: int = 0
    known: int = 0
    unruled: int = 0


@dataclass(slots=True)
class LiveMarkers:
    """Pasts in memory, markers said to a desk. `acts_on_us` null acts on whatever is known."""

    desk: Desk
    packs: Mapping[str, Pack]
    base_currency: str
    clock: Clock
    acts_on_us: int | None = ACTS_ON_US
    counts: Counts = field(default_factory=Counts)
    watch: Watch = field(init=False)
    _looked: dict[str, int] = field(default_factory=dict)
    _waiting: deque[tuple[str, MarkerMet]] = field(default_factory=deque)

    def __post_init__(self) -> None:
        self.watch = Watch(self.packs)

    def take(self, values: Sequence[bytes]) -> None:
        """Take messages in; what players have newly met waits to be said.

        Each deed is looked at by itself and in the log's order, so that batches and restarts find
        the same under the same ids; play, once in ten seconds of a player's.
        """
        now_us = instant_us(self.clock.now())
        for one in filter(None, map(self._read, values)):
            is_new = self.watch.take(one)
            self.counts.deeds += is_new
            if not is_new or self._is_older(one, now_us, LOOKS_AT_US) or self._is_same_play(one):
                continue
            at_us = one.known_us if self.acts_on_us is None else now_us
            for met in self.watch.look(one.player, at_us):
                if self.acts_on_us is None or not self._is_older(one, now_us, self.acts_on_us):
                    self._waiting.append((one.player, met))

    def say(self) -> None:
        """Say what waits, in order.

        Raises:
            RetryableError: the ledger cannot be written now; the rest goes on waiting.
        """
        while self._waiting:
            player, met = self._waiting[0]
            try:
                self.desk.ask(player, met)
            except EventError:  # said before, with other figures: a fact came late
                self.counts.known += 1
            except NotReadyError:
                self.counts.unruled += 1
            else:
                self.counts.said += 1
            self._waiting.popleft()

    def _is_older(self, one: Deed, now_us: int, than_us: int) -> bool:
        return self.acts_on_us is not None and one.known_us <= now_us - than_us

    def _is_same_play(self, one: Deed) -> bool:
        """Say whether a player's play was looked at in the same ten seconds of his."""
        place = one.at_us // PLAY_US
        is_same = one.kind in PLAY and self._looked.get(one.player) == place
        self._looked[one.player] = place
        return is_same

    def _read(self, value: bytes) -> Deed | None:
        if b"\\" not in value and not any(name in value for name in _NAMES):
            return None
        try:
            event = decode(value, base_currency=self.base_currency)
        except EventError:  # landing keeps it, with its reason
            self.counts.unread += 1
            return None
        return deed_of_event(event) if isinstance(event, Event) else None


_NAMES = tuple(f".{name}.".encode() for name in READERS)
"""As they stand in an event's type."""


@dataclass(frozen=True, slots=True)
class Following:
    """Whether to leave once nothing is left to read, and what to do while the ledger is away."""

    until_caught_up: bool = False
    on_batch: Callable[[int], None] = lambda _: None
    wait_s: float = 1.0


def follow(log: EventLog, live: LiveMarkers, stop: Stop, how: Following) -> None:
    """Read a log from its start until told to stop, or until nothing is left to read.

    Raises:
        LogError: the log cannot be read.
    """
    reader = log.reader(GROUP, partitions=range(log.partitions))
    try:
        while not stop.is_set():
            batch = reader.poll(AT_ONCE, 0.05)
            live.take(batch.value)
            _said(live, stop, how)
            how.on_batch(len(batch.value))
            if how.until_caught_up and reader.assigned() and not any(reader.lag().values()):
                break
    finally:
        reader.close()


def _said(live: LiveMarkers, stop: Stop, how: Following) -> None:
    """Say what waits; while the ledger does not answer, try again and again."""
    while not stop.is_set():
        try:
            live.say()
        except RetryableError as error:
            _LOG.warning("markers wait for the ledger: %s", error)
            stop.wait(how.wait_s)
        else:
            return
