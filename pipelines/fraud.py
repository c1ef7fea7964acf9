"""Fraud rules over landed facts and along the log. Way: warehouse, event log -> here -> findings.

Both write findings under derived ids into one file of lines, so that nothing is said twice. The log
is judged as it comes, so that a deed is judged within the second; a fact that became known before
others already judged is judged when it arrives.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event as Stop

import duckdb
import msgspec

from core.errors import EventError
from core.events.codec import decode
from core.events.envelope import Event
from core.fraud.deeds import KINDS, Deed, Head, deed, deed_of_event
from core.fraud.watching import Finding, Watch
from core.log.event_log import EventLog
from pipelines.landed import landed
from pipelines.stream.durable_lines import append_lines, whole_lines

GROUP = "fraud-watch"
FILE = "fraud_findings.jsonl"
AT_ONCE = 2_000
_NAMES = tuple(f".{name}.".encode() for name in KINDS)


@dataclass(slots=True)
class Findings:
    """The file of findings; one that is there is not written again."""

    path: Path
    _known: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        for line in whole_lines(self.path):
            self._known.add(msgspec.json.decode(line, type=Finding).id)

    def keep(self, found: Iterable[Finding]) -> list[Finding]:
        """Write findings down; return those that are new."""
        fresh = [one for one in found if one.id not in self._known]
        append_lines(self.path, [msgspec.json.encode(one) for one in fresh])
        self._known.update(one.id for one in fresh)
        return fresh

    def of(self, player: str) -> list[Finding]:
        """Return what was found of a player or names him, oldest first."""
        lines = (msgspec.json.decode(line, type=Finding) for line in whole_lines(self.path))
        return [one for one in lines if player == one.player or player in one.evidence.others]


def deeds_of(connection: duckdb.DuckDBPyConnection) -> Iterator[Deed]:
    """Yield what landed facts say, in the order they became known."""
    return landed(connection, KINDS, lambda name, said, told: deed(name, said, Head(*told)))


def scanned(
    deeds: Iterable[Deed], on_deed: Callable[[int], None] = lambda _: None
) -> list[Finding]:
    """Judge deeds that come in the order they became known."""
    watch, found = Watch(), list[Finding]()
    for count, one in enumerate(deeds, 1):
        found += watch.step(one)
        if count % 1_000 == 0:
            on_deed(1_000)
    return found


@dataclass(slots=True)
class LiveFraud:
    """A watch on the log; `unread` are lines that are no events."""

    findings: Findings
    base_currency: str
    watch: Watch = field(default_factory=Watch)
    unread: int = 0

    def take(self, values: Sequence[bytes]) -> list[Finding]:
        """Judge messages of the log; return what is new."""
        deeds = [one for one in map(self._read, values) if one is not None]
        return self.findings.keep(finding for one in deeds for finding in self.watch.step(one))

    def _read(self, value: bytes) -> Deed | None:
        if b"\\" not in value and not any(name in value for name in _NAMES):
            return None
        try:
            event = decode(value, base_currency=self.base_currency)
        except EventError:  # landing keeps it, with its reason
            self.unread += 1
            return None
        return deed_of_event(event) if isinstance(event, Event) else None


def follow(
    log: EventLog, live: LiveFraud, stop: Stop, on_batch: Callable[[int], None] = lambda _: None,
    *, until_caught_up: bool = False,
) -> None:  # fmt: skip
    """Read a log from its start until told to stop, or until nothing is left to read.

    Raises:
        LogError: the log cannot be read.
    """
    reader = log.reader(GROUP, partitions=range(log.partitions))
    try:
        while not stop.is_set():
            batch = reader.poll(AT_ONCE, 0.05)
            on_batch(len(live.take(batch.value)))
            if until_caught_up and reader.assigned() and not any(reader.lag().values()):
                break
    finally:
        reader.close()
