"""What a message counts for is a function of the log: a reader tomorrow says what today's said."""

import os
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.clock import FixedClock
from core.log.event_log import UNSTAMPED, Batch
from core.log.sqlite_log import SqliteLog
from core.settings import Settings
from features.registry import all_views
from features.sqlite_states import SqliteStates
from features.state.layout import layout_of
from pipelines.stream.letters import letters_in
from pipelines.stream.memory_snapshots import MemorySnapshots
from pipelines.stream.opening import Parts, make_worker
from pipelines.stream.rereading import places_of
from pipelines.stream.settings import Pace
from tests.pipelines.holds_world import FACTS, entry
from tests.pipelines.stream_world import stream_of

EXAMPLES = int(os.environ.get("EVENHAND_EXAMPLES", "400"))
AT = datetime(2029, 3, 1, 12, tzinfo=UTC)
PLAYERS = ("ada", "bob")
LATER = (timedelta(0), timedelta(minutes=3), timedelta(days=400))


@contextmanager
def _read_at(now: datetime, log: SqliteLog, home: Path) -> Iterator[Parts]:
    """Read the whole log by a worker of its own, whose clock stands still."""
    stream = replace(stream_of(Settings(home=home), home, Pace()), group=home.name)
    with closing(SqliteStates(home / "states.sqlite")) as store:
        parts = Parts(stream, log, store, layout_of(all_views()), FixedClock(now))
        make_worker(parts).run(until_caught_up=True)
        yield parts


def _refused(parts: Parts) -> list[int]:
    folder = parts.settings.letters(parts.layout.generation)
    return sorted(letter.offset for path in folder.glob("*.jsonl") for letter in letters_in(path))


def _said(parts: Parts) -> tuple[object, ...]:
    """Return what a worker left: refused, set aside as late, states and holds."""
    late = [*parts.settings.late(parts.layout.generation).glob("*.jsonl")]
    generation = parts.layout.generation
    return (
        _refused(parts),
        sorted(letter.offset for path in late for letter in letters_in(path)),
        parts.store.read(generation, PLAYERS),
        parts.store.holds_of(generation, PLAYERS),
    )


def _filled(log: SqliteLog, seconds: Sequence[int]) -> None:
    """Append facts known so many seconds after the instant of their append."""
    known = [AT + timedelta(seconds=after) for after in seconds]
    log.append(
        [
            entry(PLAYERS[n % 2], FACTS[n % len(FACTS)](at), at, n)
            for n, at in enumerate(known)
        ]
    )  # fmt: skip


@settings(deadline=None, max_examples=max(EXAMPLES // 10, 10))  # each runs three workers
@given(
    seconds=st.lists(
        st.sampled_from((-90_000, -3_600, -1, 0, 59, 60, 61, 120, 3_600, 86_400, 34_000_000)),
        min_size=1,
        max_size=12,
    )
)
def test_workers_at_any_later_time_say_the_same(
    seconds: list[int], tmp_path_factory: pytest.TempPathFactory
) -> None:
    home, said = tmp_path_factory.mktemp("verdicts"), []
    with closing(SqliteLog(home / "log.sqlite", 1, clock=FixedClock(AT))) as log:
        _filled(log, seconds)
        for number, later in enumerate(LATER):
            with _read_at(AT + later, log, home / f"reader{number}") as parts:
                said.append(_said(parts))

    assert said[0][0] == [offset for offset, after in enumerate(seconds) if after > 60]
    assert said[1:] == said[:1] * 2


def test_a_memory_made_again_later_is_the_same(tmp_path: Path) -> None:
    with closing(SqliteLog(tmp_path / "log.sqlite", 1, clock=FixedClock(AT))) as log:
        _filled(log, [-5, 4_000, 7, 90_000])
        with _read_at(AT, log, tmp_path) as parts:
            empty = MemorySnapshots(tmp_path / "empty", parts.settings.epoch)
            rereading = replace(make_worker(parts).flusher.intake.rereading, snapshots=empty)
            memories = [
                rereading.memory_at(0, 4, set(), int((AT + later).timestamp()) * 1_000_000)
                for later in LATER
            ]

    assert len({memory.to_bytes() for memory in memories}) == 1
    assert memories[0].log_time == int((AT + timedelta(seconds=7)).timestamp()) * 1_000_000


def test_where_a_log_does_not_know_the_readers_clock_stands_in() -> None:
    batch = Batch([0, 0], [7, 8], ["", ""], [b"", b""], [UNSTAMPED, 5])

    assert np.array_equal(places_of(batch, 99).appended, [99, 5])
