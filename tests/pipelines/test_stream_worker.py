"""A worker on a genuine SQLite log and store: what it reads is what the store says."""

import itertools
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from core.clock import SystemClock
from core.events.codec import decode
from core.events.envelope import Event
from core.ids import uuid7
from core.log.event_log import Entry
from core.log.open_log import open_log
from core.settings import Settings
from features.state_store import StateStore, StateStoreError
from pipelines.stream.backoff import TRIES_WHEN_STOPPING, Stopped
from pipelines.stream.consistency import check
from pipelines.stream.durable_lines import whole_lines
from pipelines.stream.feed import entry_of
from pipelines.stream.hooks import Alert
from pipelines.stream.letters import StreamLetter, letters_in
from pipelines.stream.memory_snapshots import MemorySnapshots
from pipelines.stream.opening import Parts, make_worker, opened
from pipelines.stream.settings import Pace
from pipelines.stream.worker import Worker
from tests.pipelines.stream_world import (
    FAR_US,
    differing,
    disordered,
    expected_states,
    forget_a_fact,
    history,
    make_operator,
    straight_memory,
    stream_of,
    whole_partition,
)

SMALL = Pace(
    batch=400, flush_events=1_500, flush_seconds=30.0, commit_seconds=30.0, snapshot_seconds=0.001
)


@pytest.fixture(scope="session")
def stream_operator(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A small operator with raw facts and a warehouse; never write into it."""
    return make_operator(tmp_path_factory.mktemp("stream_operator"))


@pytest.fixture(scope="session")
def stream_history(stream_operator: Settings) -> list[Entry]:
    """Its facts as they reach the log: some late, some twice."""
    return disordered(history(stream_operator), seed=5)


@pytest.fixture
def parts(
    stream_operator: Settings, stream_history: list[Entry], tmp_path: Path
) -> Iterator[Parts]:
    """A log that holds the history, and an empty store."""
    settings = stream_of(stream_operator, tmp_path, SMALL)
    with opened(settings, 3) as made:
        made.log.append(stream_history)
        yield made


def _work(parts: Parts) -> Worker:
    worker = make_worker(parts)
    worker.run(until_caught_up=True)
    return worker


def test_the_store_says_what_one_engine_fed_straight_says(
    parts: Parts, stream_history: list[Entry]
) -> None:
    told = _work(parts).tallies

    assert differing(parts, expected_states(parts)) == []
    assert told.polled == len(stream_history)
    assert told.duplicate > 0
    assert told.late == told.poison == 0


def test_the_store_says_what_the_warehouse_says(parts: Parts, stream_operator: Settings) -> None:
    _work(parts)

    verdict = check(_with_warehouse(parts, stream_operator), sample=40, seed=1)

    assert verdict.differences == ()
    assert verdict.compared == 40
    assert verdict.values > 40 * 300


def test_a_check_names_a_state_that_lost_a_fact(parts: Parts, stream_operator: Settings) -> None:
    _work(parts)
    victim = forget_a_fact(parts)

    verdict = check(_with_warehouse(parts, stream_operator), sample=10_000, seed=1)

    assert {miss.claim.player_id for miss in verdict.differences} == {victim}


def test_few_players_in_memory_say_the_same_as_all(parts: Parts) -> None:
    few = replace(parts, settings=replace(parts.settings, pace=replace(SMALL, resident=10)))

    most, worker = [0], make_worker(few)
    worker.on_step = lambda working: most.append(len(working.flusher.residents))
    worker.run(until_caught_up=True)

    assert max(most) < 60  # those of one flush may be more; without the bound all stay
    assert worker.tallies.loaded > 0
    assert differing(parts, expected_states(parts)) == []


def _with_warehouse(parts: Parts, operator: Settings) -> Parts:
    return replace(parts, settings=replace(parts.settings, settings=operator))


# What cannot be read, what comes twice, what comes too late


def _line(text: str) -> Entry:
    return Entry("somebody", text.encode(), 0)


def test_what_nobody_can_read_is_kept_with_its_place_and_reason(
    parts: Parts, stream_history: list[Entry]
) -> None:
    bad = [_line('{"id": 7}'), _line("no JSON"), Entry("x", b"\xff\xfe", 0)]
    parts.log.append(bad)

    told = _work(parts).tallies

    kept = _letters(parts)
    assert told.poison == len(kept) == 3
    assert sorted(letter.raw_bytes() for letter in kept) == sorted(entry.value for entry in bad)
    assert all(letter.reason for letter in kept)
    for letter in kept:
        read = parts.log.read_range(letter.partition, letter.offset, letter.offset + 1)
        assert next(iter(read)).value == [letter.raw_bytes()]
    assert differing(parts, expected_states(parts)) == []


def test_messages_read_again_are_not_kept_again(parts: Parts) -> None:
    parts.log.append([_line("no JSON")])
    _work(parts)
    again = replace(parts, settings=replace(parts.settings, group="another"))

    told = _work(again).tallies

    assert told.poison == 1
    assert len(_letters(parts)) == 1


def test_a_message_from_the_future_is_refused_and_does_not_make_the_rest_too_late(
    parts: Parts, stream_history: list[Entry]
) -> None:
    future = stream_history[-1].value.replace(b'"recordedtime":"20', b'"recordedtime":"27')
    parts.log.append([Entry(stream_history[-1].key, future, stream_history[-1].at_us)])
    parts.log.append([stream_history[-1]])

    told = _work(parts).tallies

    assert told.poison == 1
    assert told.late == 0


def test_a_fact_beyond_reach_is_set_aside_once(parts: Parts, stream_history: list[Entry]) -> None:
    old = _about_a_player(stream_history)
    parts.log.append([Entry(old.key, _renamed(old.value), old.at_us)])

    told = _work(parts).tallies
    again = _work(replace(parts, settings=replace(parts.settings, group="another"))).tallies

    assert told.late == again.late == 1
    box = list(parts.settings.late(parts.layout.generation).glob("*.jsonl"))
    assert [letter.raw_bytes() for path in box for letter in letters_in(path)] == [
        _renamed(old.value)
    ]
    assert differing(parts, expected_states(parts)) == []


def _letters(parts: Parts) -> list[StreamLetter]:
    folder = parts.settings.letters(parts.layout.generation)
    return [letter for path in sorted(folder.glob("*.jsonl")) for letter in letters_in(path)]


def _about_a_player(entries: Sequence[Entry]) -> Entry:
    return next(entry for entry in entries if b"player_registered" in entry.value)


def _renamed(line: bytes) -> bytes:
    """Give an event another id: the same fact, never seen."""
    place = line.index(b'"id":"') + 6
    return line[:place] + b"ffffffff" + line[place + 8 :]


# Outages


@dataclass
class _Unreliable:
    """A genuine store whose answers fail when `fails` says so; it notes what was asked."""

    store: StateStore
    fails: Callable[[str], bool]
    asked: list[str] = field(default_factory=list)

    def __getattr__(self, name: str) -> object:
        found = getattr(self.store, name)
        if not callable(found):
            return found

        def ask(*given: object) -> object:
            self.asked.append(name)
            if self.fails(name):
                raise StateStoreError(f"{name} failed")
            return found(*given)

        return ask


def _with_store(parts: Parts, fails: Callable[[str], bool]) -> Parts:
    return replace(parts, store=_Unreliable(parts.store, fails))  # type: ignore[arg-type]


def test_an_outage_of_the_store_loses_nothing(parts: Parts) -> None:
    chance = random.Random(3)
    flaky = _with_store(parts, lambda _: chance.random() < 0.4)

    told = _work(flaky).tallies

    assert told.outages > 5
    assert differing(parts, expected_states(parts)) == []


def test_nothing_is_polled_or_committed_while_the_store_fails(parts: Parts) -> None:
    flaky = _with_store(parts, lambda name: name == "write")
    worker = make_worker(flaky)
    worker.on_outage = lambda _: worker.stop.set() if worker.tallies.outages >= 4 else None

    with pytest.raises(Stopped, match="write failed"):
        worker.run()

    assert worker.tallies.polled <= SMALL.flush_events + SMALL.batch
    reader = parts.log.reader(parts.group, partitions=range(3))
    reader.poll(1)
    assert set(reader.committed().values()) == {0}
    reader.close()


@pytest.mark.parametrize("at", ["write", "read"])
def test_what_a_worker_left_when_it_was_stopped_in_an_outage_the_next_one_does(
    parts: Parts, at: str
) -> None:
    """Having failed to read in the middle of a batch, the store is back for the last flush."""
    asked = itertools.count()
    fails = {"write": range(3, 100), "read": range(3, 3 + TRIES_WHEN_STOPPING)}[at]
    worker = make_worker(_with_store(parts, lambda name: name == at and next(asked) in fails))
    worker.on_outage = lambda _: worker.stop.set()
    with pytest.raises(Stopped):
        worker.run()

    _work(parts)

    assert differing(parts, expected_states(parts)) == []


# Partitions that come and go


def test_two_workers_that_join_and_leave_by_turns_say_the_same_as_one(parts: Parts) -> None:
    chance = random.Random(8)
    eager = replace(parts, settings=replace(parts.settings, pace=replace(SMALL, batch=100)))
    workers = [make_worker(eager), make_worker(eager)]
    for worker in workers:
        worker.session_s = 5.0
        worker.open()
    for _ in range(60):
        chance.choice(workers).step()
        if chance.random() < 0.1:  # one leaves after a last flush, another one comes
            place = chance.randrange(2)
            workers[place].leave()
            workers[place] = make_worker(eager)
            workers[place].open()
    for worker in workers:
        worker.leave()

    _work(parts)

    assert differing(parts, expected_states(parts)) == []


def test_a_worker_thought_dead_does_no_harm(parts: Parts) -> None:
    clock = _Movable(SystemClock().now())
    log = open_log(parts.settings.log, clock=clock)
    zombie = make_worker(replace(parts, log=log))
    zombie.open()
    for _ in range(5):
        zombie.step()
    clock.at += timedelta(minutes=5)
    other = make_worker(replace(parts, log=open_log(parts.settings.log, clock=clock)))
    other.run(until_caught_up=True)

    zombie.flush()  # it does not know yet
    zombie.leave()

    assert differing(parts, expected_states(parts)) == []


@dataclass
class _Movable:
    at: datetime

    def now(self) -> datetime:
        return self.at


# Snapshots of the memory


@pytest.mark.parametrize("near", [0, 100_000])
def test_a_snapshot_saves_reading_the_log_again_and_says_the_same(
    parts: Parts, stream_history: list[Entry], near: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipelines.stream.rereading._NEAR", near)
    _work(parts)
    parts.log.append([_soon_after(entry) for entry in stream_history[-40:]])
    memories: list[list[bytes]] = []
    for folder in (parts.settings.folder, parts.settings.folder / "nothing_here"):
        worker = make_worker(parts)
        snapshots = MemorySnapshots(folder / parts.layout.generation, parts.settings.epoch)
        rereading = replace(worker.flusher.intake.rereading, snapshots=snapshots)
        ends = [parts.log.bounds(number).end for number in range(3)]
        memories.append(
            [rereading.memory_at(n, end, set(), FAR_US).to_bytes() for n, end in enumerate(ends)]
        )

    assert memories[0] == memories[1] == [straight_memory(parts, n).to_bytes() for n in range(3)]
    assert sum(map(len, memories[0])) > 2_000


def test_a_snapshot_of_another_log_is_not_taken(parts: Parts, tmp_path: Path) -> None:
    _work(parts)
    settings = replace(parts.settings, log=f"sqlite:///{tmp_path / 'other.sqlite'}")
    with opened(settings, 3) as other:
        other.log.append([replace(e, value=_renamed(e.value)) for e in _all_entries(parts)])
        snapshots = make_worker(other).flusher.intake.rereading.snapshots
        reach_us = settings.reach_s * 1_000_000

        assert snapshots.read(parts.log, 0, reach_us) is not None
        assert snapshots.read(other.log, 0, reach_us) is None


def _all_entries(parts: Parts) -> list[Entry]:
    wholes = [whole_partition(parts.log, number) for number in range(3)]
    return [Entry(k, v, 0) for whole in wholes for k, v in zip(whole.key, whole.value, strict=True)]


def _soon_after(entry: Entry) -> Entry:
    return replace(entry, value=_renamed(entry.value))


# Alerts


def test_alerts_are_said_once_however_often_the_log_is_read(
    parts: Parts, stream_history: list[Entry]
) -> None:
    parts.log.append(_hasty_deposits(stream_history))
    told = _work(parts).tallies
    again = _work(replace(parts, settings=replace(parts.settings, group="another"))).tallies

    said = [msgspec.json.decode(line, type=Alert) for line in whole_lines(parts.settings.alerts)]

    assert told.alerts == len(said) > 0
    assert again.alerts == 0
    assert "many_deposits" in {alert.rule for alert in said}
    keys = [(a.rule, a.player_id, a.partition, a.offset) for a in said]
    assert len(set(keys)) == len(keys)


def _hasty_deposits(entries: Sequence[Entry]) -> list[Entry]:
    """Seven deposits of one player within seven minutes, behind everything else."""
    known = max(decode(entry.value).recorded for entry in entries[-50:])  # type: ignore[union-attr]
    model = next(e for e in entries if b"deposit_approved" in e.value)
    event = decode(model.value)
    assert isinstance(event, Event)
    made = []
    for minute in range(1, 8):
        at = known + timedelta(minutes=minute)
        made.append(
            entry_of(replace(event, id=uuid7(at, random_bits=minute), time=at, recorded=at), "EUR")
        )
    return made
