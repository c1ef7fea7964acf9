"""For any appends, reads, commits and restarts: nothing is lost, moved or reordered."""

import os
import uuid
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.log.event_log import Entry, EventLog, LogReader
from core.log.open_log import open_log
from core.log.partitioning import partition_of
from core.log.sql_rows import Head, new_heads, place
from tests.services.logs import KINDS, NewLog, Readings
from tests.services.server import wait_until

EXAMPLES = int(os.environ.get("EVENHAND_EXAMPLES", "400"))
PARTITIONS = 2
ALL = tuple(range(PARTITIONS))
KEYS = ("player-0", "player-1", "player-2", "player-5", "жук")

appends = st.lists(st.tuples(st.sampled_from(KEYS), st.binary(max_size=6)), min_size=1, max_size=6)
reads = st.integers(1, 8)
steps = st.lists(appends | reads | st.just("commit") | st.just("restart"), max_size=8)


@pytest.fixture(scope="module", params=KINDS)
def shared_log(request: pytest.FixtureRequest, new_log_url: NewLog) -> Iterator[EventLog]:
    """One log for all examples of a law: each begins at the end the last one left."""
    log = open_log(new_log_url(request.param), PARTITIONS)
    yield log
    log.close()


@dataclass
class Model:
    """What the log must hold and the reader must say, as plain lists."""

    log: EventLog
    group: str = field(default_factory=lambda: uuid.uuid4().hex)
    starts: dict[int, int] = field(init=False)
    held: dict[int, list[tuple[str, bytes]]] = field(default_factory=lambda: defaultdict(list))
    next: dict[int, int] = field(init=False)
    committed: dict[int, int] = field(init=False)
    reader: LogReader = field(init=False)

    def __post_init__(self) -> None:
        self.starts = {number: self.log.bounds(number).end for number in ALL}
        self.next, self.committed = dict(self.starts), dict(self.starts)
        self._open()
        assert self.reader.commit(self.starts)
        for number, end in self.starts.items():
            self.reader.seek(number, end)

    def append(self, sent: list[tuple[str, bytes]]) -> None:
        self.log.append([Entry(key, value, 0) for key, value in sent])
        for key, value in sent:
            self.held[partition_of(key, PARTITIONS)].append((key, value))

    def read(self, limit: int) -> None:
        """Poll until the reader has moved on, or there is nothing to move on to."""
        unread = sum(self._end(number) - self.next[number] for number in ALL)
        count = min(limit, unread)
        readings = Readings()

        def enough() -> bool:
            readings.add(self.reader.poll(limit, 0.05 if count else 0))
            return len(readings) >= count

        wait_until(enough, 30, f"reading {count} entries")
        for number, read in readings.of.items():
            for offset, key, value in read:
                assert offset == self.next[number]
                assert (key, value) == self.held[number][offset - self.starts[number]]
                self.next[number] += 1

    def commit(self) -> None:
        assert self.reader.assigned() == self.next
        assert self.reader.commit(self.next)
        self.committed = dict(self.next)

    def restart(self) -> None:
        """Begin anew, as after a crash: from what was committed."""
        self.reader.close()
        self._open()
        self.next = dict(self.committed)

    def check(self) -> None:
        """Read the log whole, whoever has read what."""
        assert self.reader.committed() == self.committed
        for number in ALL:
            readings = Readings()
            for batch in self.log.read_range(number, self.starts[number], self._end(number)):
                readings.add(batch)
            expected = [*enumerate(self.held[number], self.starts[number])]
            assert [(o, (k, v)) for o, k, v in readings.of[number]] == expected
            assert self.log.bounds(number).end == self._end(number)

    def _open(self) -> None:
        self.reader = self.log.reader(self.group, partitions=ALL)
        assert len(self.reader.poll(0, 0)) == 0  # takes its partitions, reads nothing

    def _end(self, number: int) -> int:
        return self.starts[number] + len(self.held[number])


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=steps)
def test_a_log_does_what_lists_would(shared_log: EventLog, steps: list[object]) -> None:
    model = Model(shared_log)
    try:
        for step in steps:
            match step:
                case int():
                    model.read(step)
                case "commit":
                    model.commit()
                case "restart":
                    model.restart()
                case list():
                    model.append(step)
        model.check()
    finally:
        model.reader.close()


@settings(max_examples=EXAMPLES, deadline=None)
@given(chunks=st.lists(st.lists(st.tuples(st.sampled_from(KEYS), st.integers(-9, 9)), max_size=5)))
def test_newest_never_falls_and_offsets_never_jump(
    chunks: list[list[tuple[str, int]]],
) -> None:
    heads = {number: Head(0, -99) for number in ALL}
    for chunk in chunks:
        rows = [*place([Entry(key, b"", at_us) for key, at_us in chunk], heads, PARTITIONS, 7)]
        for number, offset, key, _, at_us, newest_us, appended_us in rows:
            before = heads[number]
            assert (number, offset) == (partition_of(key, PARTITIONS), before.end)
            assert newest_us == max(before.newest_us, at_us)
            assert appended_us == 7
            heads[number] = Head(offset + 1, newest_us)
        assert {number: (end, us) for end, us, number in new_heads(rows)} == {
            number: (heads[number].end, heads[number].newest_us) for number in {r[0] for r in rows}
        }
