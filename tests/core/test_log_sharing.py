"""Readers of one group share a log's partitions, whatever the log is kept in."""

import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.errors import NotReadyError
from core.log.event_log import EventLog, Listener, LogReader
from core.log.sqlite_log import SqliteLog
from tests.services.logs import Readings, Recorder, entries, read_until
from tests.services.server import wait_until

SESSION_S = 10.0


@dataclass
class Worker(Recorder):
    """A reader that commits what it read before it gives partitions up, as a worker must."""

    reader: LogReader = field(init=False)
    readings: Readings = field(default_factory=Readings)

    def on_revoke(self, partitions: Sequence[int]) -> None:
        super().on_revoke(partitions)
        held = self.reader.assigned()
        assert self.reader.commit({number: held[number] for number in partitions})

    def work(self) -> None:
        self.readings.add(self.reader.poll(10, 0.02))


@pytest.fixture
def new_worker(event_log: EventLog) -> Iterator[Callable[[], Worker]]:
    """Make one more worker of the test's own group; all are closed when the test has ended."""
    group = uuid.uuid4().hex
    with ExitStack() as opened:

        def new() -> Worker:
            worker = Worker()
            worker.reader = event_log.reader(group, worker, session_s=SESSION_S)
            opened.callback(worker.reader.close)
            return worker

        yield new


def _work_until_shared(workers: Sequence[Worker], partitions: int) -> None:
    """Let the workers work until each holds its fair share and together they hold everything."""

    def is_shared() -> bool:
        for worker in workers:
            worker.work()
        held = [len(worker.reader.assigned()) for worker in workers]
        return sum(held) == partitions and max(held) - min(held) <= 1

    wait_until(is_shared, 60, f"a fair share for {len(workers)}")


def test_a_second_and_a_third_reader_take_over_without_loss_or_repetition(
    event_log: EventLog, new_worker: Callable[[], Worker]
) -> None:
    workers = [new_worker()]
    for joined in range(3):
        event_log.append(entries(90, first=90 * joined))
        _work_until_shared(workers, 3)
        workers.append(new_worker())
    workers.pop()  # it never came to read
    event_log.append(entries(30, first=270))

    def all_read() -> bool:
        for worker in workers:
            worker.work()
        return sum(len(worker.readings) for worker in workers) >= 300

    wait_until(all_read, 60, "reading everything")
    for number in range(3):
        read = sorted(o for w in workers for o in w.readings.offsets().get(number, []))
        assert read == [*range(event_log.bounds(number).end)]
    assert all(not any(what == "lost" for what, _ in worker.told) for worker in workers)


def test_what_one_keeps_is_never_taken_away_and_given_back(
    new_worker: Callable[[], Worker],
) -> None:
    first = new_worker()
    _work_until_shared([first], 3)
    second = new_worker()
    _work_until_shared([first, second], 3)

    assert first.told[0] == ("assign", [0, 1, 2])
    given_up = [number for what, numbers in first.told[1:] for number in numbers]
    assert [what for what, numbers in first.told[1:] if numbers] == ["revoke"]
    assert given_up == [*second.reader.assigned()]


def test_when_one_leaves_the_others_take_over(new_worker: Callable[[], Worker]) -> None:
    workers = [new_worker(), new_worker()]
    _work_until_shared(workers, 3)

    workers[0].reader.close()
    _work_until_shared(workers[1:], 3)

    assert sorted(workers[1].reader.assigned()) == [0, 1, 2]


@dataclass
class MovableClock:
    """A clock that is moved by hand."""

    at: datetime = datetime(2026, 1, 1, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at

    def move(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
def sqlite_log(tmp_path: Path, clock: MovableClock) -> SqliteLog:
    return SqliteLog(tmp_path / "log.sqlite", 3, clock=clock)


def _assigned(reader: LogReader, listener: Recorder) -> None:
    told = len(listener.told)
    wait_until(lambda: len(reader.poll(10, 0.01)) >= 0 and len(listener.told) > told, 10)


def test_a_reader_that_was_silent_too_long_learns_that_it_lost_and_cannot_commit(
    sqlite_log: SqliteLog, clock: MovableClock
) -> None:
    silent, other = Recorder(), Recorder()
    zombie = sqlite_log.reader("workers", silent, session_s=5)
    _assigned(zombie, silent)
    clock.move(6)
    heir = sqlite_log.reader("workers", other, session_s=5)
    _assigned(heir, other)

    assert not zombie.commit({0: 1})
    _assigned(zombie, silent)

    assert heir.committed() == {0: 0, 1: 0, 2: 0}
    assert silent.told == [("assign", [0, 1, 2]), ("lost", [0, 1, 2])]
    assert zombie.assigned() == {}
    zombie.close()
    heir.close()


def test_a_partition_insisted_on_by_two_is_refused_to_the_second(
    sqlite_log: SqliteLog, clock: MovableClock
) -> None:
    first = sqlite_log.reader("workers", partitions=[0, 1], session_s=5)
    first.poll(1, 0)
    second = sqlite_log.reader("workers", partitions=[1, 2], session_s=5)

    with pytest.raises(NotReadyError, match="partition 1 is read by another reader"):
        second.poll(1, 0)

    clock.move(6)  # the first was killed, say
    second.poll(1, 0)
    assert sorted(second.assigned()) == [1, 2]
    first.close()
    second.close()


def test_one_that_insists_and_those_that_share_leave_each_other_alone(
    sqlite_log: SqliteLog,
) -> None:
    sqlite_log.append(entries(30))
    with (
        closing(sqlite_log.reader("workers", partitions=[0])) as first,
        closing(sqlite_log.reader("workers")) as second,
    ):
        first.poll(1, 0)
        second.poll(1, 0)

        assert [*first.assigned()] == [0]
        assert [*second.assigned()] == [1, 2]


def test_more_readers_than_partitions_leave_some_without(
    new_worker: Callable[[], Worker],
) -> None:
    workers = [new_worker() for _ in range(4)]
    _work_until_shared(workers, 3)

    assert sorted(len(worker.reader.assigned()) for worker in workers) == [0, 1, 1, 1]


def test_an_error_of_the_listener_leaves_through_poll(event_log: EventLog) -> None:
    class Failing(Listener):
        def on_assign(self, starts: object) -> None:
            raise ArithmeticError("the state cannot be loaded")

    with (
        closing(event_log.reader("workers", Failing(), session_s=SESSION_S)) as reader,
        pytest.raises(ArithmeticError, match="cannot be loaded"),
    ):
        read_until(reader, 1)
