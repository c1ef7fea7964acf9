"""Event logs of every kind, and what reads them. Way: fixtures.py -> here -> the tests of a log."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import psycopg
import pytest

from core.log.event_log import Batch, Entry, EventLog, Listener, LogReader
from core.log.open_log import open_log
from tests.services.kafka_broker import KafkaBroker
from tests.services.server import wait_until

KINDS = ("sqlite", "postgresql", "kafka")
NewLog = Callable[[str], str]


@pytest.fixture(scope="session")
def new_log_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> NewLog:
    """Give the address of a log that is not made yet, by its kind; starts what it needs."""

    def new(kind: str) -> str:
        name = f"log_{uuid.uuid4().hex}"
        if kind == "sqlite":
            return f"sqlite:///{tmp_path_factory.mktemp('log') / name}.sqlite"
        if kind == "kafka":
            broker: KafkaBroker = request.getfixturevalue("kafka_broker")
            return f"kafka://{broker.bootstrap}/{name}"
        shared: str = request.getfixturevalue("postgres_url")
        with psycopg.connect(shared, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        return shared.rsplit("/", 1)[0] + f"/{name}"

    return new


@pytest.fixture(params=KINDS)
def log_url(request: pytest.FixtureRequest, new_log_url: NewLog) -> str:
    """The address of a log that is not made yet, of each kind in turn."""
    return new_log_url(request.param)


@pytest.fixture
def event_log(log_url: str) -> Iterator[EventLog]:
    """An empty log of three partitions, of each kind in turn."""
    log = open_log(log_url, 3)
    yield log
    log.close()


@dataclass(slots=True)
class Recorder(Listener):
    """Notes what it is told; `told` holds ("assign" | "revoke" | "lost", partitions)."""

    told: list[tuple[str, list[int]]] = field(default_factory=list)

    def on_assign(self, starts: Mapping[int, int]) -> None:
        """Note partitions given."""
        self.told.append(("assign", sorted(starts)))

    def on_revoke(self, partitions: Sequence[int]) -> None:
        """Note partitions given up."""
        self.told.append(("revoke", sorted(partitions)))

    def on_lost(self, partitions: Sequence[int]) -> None:
        """Note partitions lost."""
        self.told.append(("lost", sorted(partitions)))


@dataclass(slots=True)
class Readings:
    """What was read: (offset, key, value) per partition, in the order read."""

    of: dict[int, list[tuple[int, str, bytes]]] = field(default_factory=lambda: defaultdict(list))

    def add(self, batch: Batch) -> None:
        """Note a batch."""
        columns = (batch.partition, batch.offset, batch.key, batch.value)
        for partition, offset, key, value in zip(*columns, strict=True):
            self.of[partition].append((offset, key, value))

    def __len__(self) -> int:
        return sum(map(len, self.of.values()))

    def offsets(self) -> dict[int, list[int]]:
        """Return the offsets per partition, in the order read."""
        return {number: [offset for offset, *_ in read] for number, read in self.of.items()}

    def values(self, key: str) -> list[bytes]:
        """Return the values of a key, in the order read."""
        return [value for read in self.of.values() for _, k, value in read if k == key]


def read_until(reader: LogReader, count: int, limit: int = 1_000) -> Readings:
    """Poll until so many entries were read; fail when they do not come."""
    readings = Readings()

    def enough() -> bool:
        readings.add(reader.poll(limit, 0.1))
        return len(readings) >= count

    wait_until(enough, 60, f"reading {count} entries")
    return readings


def entries(count: int, players: int = 7, first: int = 0) -> list[Entry]:
    """Return numbered entries of a few players, a second apart."""
    numbers = range(first, first + count)
    return [Entry(f"player-{n % players}", b"%d" % n, n * 1_000_000) for n in numbers]


def whole(log: EventLog) -> Readings:
    """Return everything a log holds."""
    readings = Readings()
    for number in range(log.partitions):
        held = log.bounds(number)
        for batch in log.read_range(number, held.first, held.end):
            readings.add(batch)
    return readings
