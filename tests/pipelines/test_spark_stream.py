"""States by Spark are those of the definition, whatever task dies between which writes."""

import os
import random
import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from core.events.envelope import Event
from core.events.fact import Fact
from core.events.registry import facts
from core.events.wire import Kind, WireField, wire_fields
from core.log.event_log import Entry, EventLog
from core.log.open_log import open_log
from core.settings import Settings
from features.registry import all_views
from features.sqlite_states import SqliteStates
from features.state.layout import layout_of
from features.state_store import State
from pipelines.landing.log_verb import LogOptions, land_log
from pipelines.stream.consistency import check
from pipelines.stream.feed import entry_of
from pipelines.stream.letters import letters_in
from pipelines.stream.opening import opened
from pipelines.stream.settings import Pace, StreamSettings
from pipelines.stream.spark_source import next_stop
from pipelines.stream.spark_stream import SparkStream
from tests.pipelines.stream_world import differing, disordered, expected_states, stream_of

pytestmark = pytest.mark.timeout(900)  # a JVM and Python workers, on a busy machine
EXAMPLES = int(os.environ.get("EVENHAND_EXAMPLES", "400"))
PARTITIONS, TASKS, BATCHES = 3, 2, 5
START, DAYS = datetime(2025, 1, 1, tzinfo=UTC), 120
POISON, POISONED = b"no event", 5
VALUES: dict[Kind, st.SearchStrategy[Any]] = {
    Kind.AMOUNT: st.integers(0, 10**6),
    Kind.RATE: st.sampled_from([1_000_000, 87_654]),
    Kind.INSTANT: st.just(START),
    Kind.CURRENCY: st.sampled_from(["EUR", "SEK"]),
    Kind.TEXT: st.sampled_from(["", "k1", "k2", "k3", "é"]),
    Kind.INTEGER: st.integers(0, 10**4),
    Kind.NUMBER: st.sampled_from([0.0, 0.25]),
    Kind.FLAG: st.booleans(),
}


def _values(field: WireField) -> st.SearchStrategy[Any]:
    plain = st.sampled_from(field.choices) if field.kind is Kind.CHOICE else VALUES[field.kind]
    return st.none() | plain if field.nullable else plain


def _facts(name: str) -> st.SearchStrategy[Fact]:
    fields = wire_fields(facts()[name])
    return st.builds(facts()[name], **{field.name: _values(field) for field in fields})


_INSTANTS = st.integers(0, DAYS * 24 * 60).map(lambda minutes: timedelta(minutes=minutes))
_DELAYS = st.sampled_from([0, 1, 999_999, 3_600_000_000, 3 * 86_400_000_000]) | st.integers(
    0, 10**7
)
_HAPPENED = st.tuples(
    st.sampled_from(sorted(layout_of(all_views()).facts)).flatmap(_facts), _INSTANTS, _DELAYS
)


def _drawn_histories(count: int) -> list[list[Any]]:
    """Draw the examples first: one start of Spark has to do for all of them."""
    drawn: list[list[Any]] = []

    @settings(
        max_examples=count,
        phases=[Phase.generate],
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.lists(_HAPPENED, min_size=1, max_size=8))
    def draw(history: list[Any]) -> None:
        drawn.append(history)

    draw()
    return drawn


def _entries(histories: Sequence[list[Any]], chance: random.Random) -> list[Entry]:
    """Return every history as a player's own, in the order facts became known."""
    events = [
        Event(
            id=UUID(int=chance.getrandbits(128), version=4),
            source="house/test",
            subject=f"player-{number:05d}",
            time=START + at,
            recorded=START + at + timedelta(microseconds=delay),
            fact=fact,
        )
        for number, history in enumerate(histories)
        for fact, at, delay in history
    ]
    return [entry_of(event, "EUR") for event in sorted(events, key=lambda e: e.recorded)]


class DyingStates(SqliteStates):
    """The second task dies half way through a write, after the first has done its own."""

    def write(self, generation: str, states: Sequence[State]) -> int:
        from pyspark import TaskContext

        context = TaskContext.get()
        number = 0 if context is None else context.partitionId()
        died, done = self.path.with_suffix(".died"), [
            self.path.with_suffix(f".task{task}") for task in range(TASKS)
        ]  # fmt: skip
        if number == 1 and _size(done[1]) == 1 and not died.exists():
            deadline = time.monotonic() + 120
            while _size(done[0]) < 2 and time.monotonic() < deadline:
                threading.Event().wait(0.02)
            super().write(generation, states[: len(states) // 2])
            died.write_text(str(_size(done[0])))
            raise RuntimeError("a crash between two partitions' writes")
        written = super().write(generation, states)
        with done[number].open("ab") as file:
            file.write(b".")
        return written


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


class Uncommitted(SparkStream):
    """Ends after everything of a batch is written, before Spark notes that it is done."""

    __slots__ = ()

    def merge(self, frame: Any, number: int = 0) -> None:
        super().merge(frame, number)
        raise RuntimeError("a crash before the checkpoint")


def _fed(home: Path, log: str, count: int) -> StreamSettings:
    """Return a log of hypothesis's facts, some late, some twice, some no facts at all."""
    stream, chance = stream_of(Settings(home=home), home, Pace(), log), random.Random(5)
    entries = disordered(_entries(_drawn_histories(count), chance), 5, late=0.2, twice=0.1)
    for place in chance.sample(range(len(entries)), POISONED):
        entries.insert(place, Entry(f"player-{place:05d}", POISON, entries[place].at_us))
    opened_log = open_log(stream.log, PARTITIONS)
    opened_log.append(entries)
    opened_log.close()
    return replace(stream, reach_s=DAYS * 86_400)


def _length(log: EventLog) -> int:
    return sum(log.bounds(number).end for number in range(log.partitions))


def test_states_by_spark_are_the_definitions_whatever_dies_between_which_writes(
    spark: Any, tmp_path: Path
) -> None:
    from pyspark.errors import StreamingQueryException

    house = _fed(tmp_path, "", EXAMPLES)
    with opened(house) as parts:
        most = -(-_length(parts.log) // BATCHES)
    dying = SparkStream(house, TASKS, most, partial(_dying, house.states))
    whole = SparkStream(house, TASKS, most)

    with pytest.raises(StreamingQueryException, match="between two partitions' writes"):
        dying.start(spark).awaitTermination()
    with pytest.raises(StreamingQueryException, match="before the checkpoint"):
        Uncommitted(house, TASKS, most).start(spark).awaitTermination()
    query = whole.start(spark)
    query.awaitTermination()

    assert len(query.recentProgress) >= BATCHES - 2
    with opened(house) as parts:
        states = expected_states(parts)
        assert len(states) >= EXAMPLES
        assert differing(parts, states) == []
        beats = parts.store.heartbeats(parts.layout.generation)
        assert [(b.offset, b.lag) for b in beats] == [
            (parts.log.bounds(number).end, 0) for number in range(PARTITIONS)
        ]
        land_log(parts.log, LogOptions(house.log), house.settings, threading.Event(), print)
        verdict = check(parts, sample=len(states), seed=1)
        assert (verdict.compared, verdict.ahead, verdict.behind) == (len(states), 0, 0)
        assert verdict.differences == ()
        folder = house.letters(parts.layout.generation)
        letters = [one for path in folder.glob("*.jsonl") for one in letters_in(path)]
        assert [one.raw for one in letters] == [POISON.decode()] * POISONED


def _dying(states: str, _: str) -> DyingStates:
    return DyingStates(Path(states))


def test_spark_reads_genuine_kafka(spark: Any, kafka_bootstrap: str, tmp_path: Path) -> None:
    house = _fed(tmp_path, f"kafka://{kafka_bootstrap}/spark_stream", 40)

    SparkStream(house, TASKS, 100).start(spark).awaitTermination()

    with opened(house) as parts:
        states = expected_states(parts)
        assert len(states) >= 40
        assert differing(parts, states) == []


@given(
    held=st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), min_size=1, max_size=5),
    most=st.integers(1, 120),
)
@settings(deadline=None, max_examples=EXAMPLES)
def test_a_batch_is_as_large_as_allowed_and_leaves_nothing_out(
    held: list[tuple[int, int]], most: int
) -> None:
    start = {str(number): read for number, (read, _) in enumerate(held)}
    ends = {str(number): read + more for number, (read, more) in enumerate(held)}

    stop = next_stop(start, ends, most)

    assert list(stop) == list(start), "Spark compares offsets as text"
    assert all(start[p] <= stop[p] <= ends[p] for p in start)
    assert sum(stop.values()) - sum(start.values()) == min(most, sum(more for _, more in held))
    assert next_stop(start, ends, None) == ends
