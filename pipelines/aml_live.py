"""Watches the event log for typologies, live. Way: event log -> here -> core.aml -> its own desk.

A reader of its own, beside the worker that keeps states for scoring: what that worker holds are
integers of declared features, and what it says goes to a file other desks read. This one takes in
whole facts and says nothing but to its own database.

It begins with the landed facts and then reads the log from its start: windows are a function of
the facts, and alerts bear derived ids, so nothing is said twice, whatever was said before.

Facts are judged in the order they became known, as a scan judges them. A log keeps another order,
so a fact is held until nothing that became known before it can be expected: `HOLD_US` after it
became known, and while a partition is behind, no further than that partition has come. What
arrives later still is judged when it arrives.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush
from pathlib import Path
from threading import Event as Stop

from sqlalchemy.engine import Engine

from core.aml.desk import keep_alerts
from core.aml.policy import policies
from core.aml.told import Told, told_of_event
from core.aml.watching import Alert, Watch
from core.clock import Clock
from core.compliance.calendar import instant_us
from core.errors import EventError
from core.events.codec import decode
from core.events.envelope import Event
from core.log.event_log import Batch, EventLog, LogReader
from features.sources import open_warehouse
from pipelines.aml import facts_of

HOLD_US = 60_000_000
GROUP = "aml-watch"
_FAMILIES = (b".payment.", b".game.", b".player.", b".kyc.", b".device.", b".decision.")


@dataclass(slots=True)
class LiveWatch:
    """Windows in memory, alerts at the desk.

    `unread` counts lines that are no events, or of a player no database can name.

    Alerts are at the desk before more is judged; after a crash the same are found again and change
    nothing. A fact that says it became known in the future waits for its time.
    """

    engine: Engine
    base_currency: str
    watch: Watch = field(init=False)
    unread: int = 0
    _held: list[tuple[tuple[int, str], int, Told]] = field(default_factory=list)
    _count: int = 0

    def __post_init__(self) -> None:
        self.watch = Watch(dict(policies()), self.base_currency)

    def seed(self, warehouse: Path, now_us: int) -> list[Alert]:
        """Begin with what was landed and known by now."""
        with open_warehouse(warehouse) as connection:
            landed = facts_of(connection, now_us + 1)
            return self._keep([alert for one in landed for alert in self.watch.step(one)])

    def take(self, values: Sequence[bytes]) -> int:
        """Hold messages of the log; return when the newest of them became known, 0 if unknown."""
        newest_us = 0
        for value in values:
            one = self._read(value)
            if one is not None:
                self._count += 1
                heappush(self._held, (one.order, self._count, one))
                newest_us = max(newest_us, one.known_us)
        return newest_us

    def judge(self, until_us: int) -> list[Alert]:
        """Judge what became known until then; return the alerts that are new at the desk."""
        found: list[Alert] = []
        while self._held and self._held[0][0][0] <= until_us:
            found += self.watch.step(heappop(self._held)[2])
        return self._keep(found)

    @property
    def held(self) -> int:
        """How many facts wait to be judged."""
        return len(self._held)

    def _keep(self, alerts: list[Alert]) -> list[Alert]:
        if not alerts:
            return []
        with self.engine.begin() as connection:
            return keep_alerts(connection, alerts)

    def _read(self, value: bytes) -> Told | None:
        # JSON may write any letter as an escape: a line with one is read whole
        if b"\\" not in value and not any(family in value for family in _FAMILIES):
            return None
        vendors = frozenset(v for p in policies().values() for v in p.said.cash_vendors)
        try:
            event = decode(value, base_currency=self.base_currency)
        except EventError:  # landing keeps it, with its reason
            self.unread += 1
            return None
        if not isinstance(event, Event):
            return None
        if "\x00" in event.subject:
            self.unread += 1
        return told_of_event(event, vendors)


@dataclass(frozen=True, slots=True)
class Following:
    """How a log is followed: by which clock, and whether to leave once nothing is left to read.

    `hold_us` is how far out of order a partition may be; `at_once` are messages read at a time.
    """

    clock: Clock
    hold_us: int = HOLD_US
    at_once: int = 2_000
    until_caught_up: bool = False


def follow(
    log: EventLog,
    live: LiveWatch,
    stop: Stop,
    how: Following,
    on_alerts: Callable[[int], None] = lambda _: None,
) -> None:
    """Read a log from its start until told to stop, or until nothing is left to read.

    All partitions are this reader's, so every link between players is seen; nothing is committed.

    Raises:
        LogError: the log cannot be read.
    """
    reader = log.reader(GROUP, partitions=range(log.partitions))
    newest: dict[int, int] = {}
    try:
        while not stop.is_set():
            batch = reader.poll(how.at_once, 0.1)
            for partition, values in _by_partition(batch).items():
                newest[partition] = max(newest.get(partition, 0), live.take(values))
            behind = _behind(reader)
            is_done = how.until_caught_up and behind is not None and not behind
            on_alerts(len(live.judge(_until(how, newest, behind, is_done=is_done))))
            if is_done:
                break
    finally:
        reader.close()


def _until(
    how: Following, newest: dict[int, int], behind: list[int] | None, *, is_done: bool
) -> int:
    """Return until which known time everything has been read that can be expected."""
    now_us = instant_us(how.clock.now())
    if is_done:
        return now_us
    if behind is None:
        return 0
    return min([now_us, *(newest.get(partition, 0) for partition in behind)]) - how.hold_us


def _behind(reader: LogReader) -> list[int] | None:
    """Return the partitions with more to read; null while none is held."""
    if not reader.assigned():
        return None
    return [partition for partition, more in reader.lag().items() if more]


def _by_partition(batch: Batch) -> dict[int, list[bytes]]:
    found: dict[int, list[bytes]] = {}
    for partition, value in zip(batch.partition, batch.value, strict=True):
        found.setdefault(partition, []).append(value)
    return found
