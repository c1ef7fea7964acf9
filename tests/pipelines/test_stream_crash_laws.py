"""A worker may die at any step, or be thought dead and go on: the states are the same."""

import contextlib
import itertools
import os
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import NotReadyError
from core.log.event_log import Entry, EventLog
from core.log.sqlite_log import SqliteLog
from core.settings import Settings
from features.registry import all_views
from features.sqlite_states import SqliteStates
from features.state.layout import layout_of
from features.state_store import StateStore
from pipelines.stream.letters import letters_in
from pipelines.stream.opening import Parts, make_worker
from pipelines.stream.settings import Pace
from pipelines.stream.worker import Worker
from tests.pipelines.stream_world import (
    differing,
    disordered,
    expected_states,
    history,
    make_operator,
    stream_of,
)

EXAMPLES = int(os.environ.get("EVENHAND_EXAMPLES", "400"))
STEPS = ("add_links", "write", "beat", "commit", "read")
law = settings(
    deadline=None,
    max_examples=EXAMPLES,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


class Killed(Exception):  # noqa: N818 - not an error the worker knows
    """The process ended here."""


@dataclass
class Fate:
    """Ends the worker at its n-th step: before it, after it, or with half of it done.

    From then on nothing it does has any effect, unless it was only thought dead.
    """

    after_steps: int
    mode: str
    done: int = 0
    is_dead: bool = False
    is_leaving: bool = False

    def meet(self, name: str, do: Callable[..., object], given: tuple[object, ...]) -> object:
        """Do a step unless it is the last one."""
        if self.is_dead:
            raise Killed(name)
        self.done += 1
        if self.done != self.after_steps:
            return do(*given)
        self.is_dead = True
        if self.mode == "after":
            do(*given)
        if self.mode == "half" and name == "write":
            generation, states = given
            assert isinstance(states, list)
            do(generation, states[: len(states) // 2])
        raise Killed(name)


@dataclass
class Mortal:
    """A genuine store, log or reader whose steps a fate may end."""

    inner: object
    fate: Fate
    _made: dict[str, object] = field(default_factory=dict)

    def __getattr__(self, name: str) -> object:
        found = getattr(self.inner, name)
        if name == "reader":
            return lambda *a, **k: Mortal(found(*a, **k), self.fate)
        if name in STEPS:
            return lambda *given: self.fate.meet(name, found, given)
        return found


@dataclass
class Clock:
    """The machine's clock, moved by hand."""

    at: datetime = datetime(2030, 1, 1, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at


class History(list[Entry]):
    """Entries that do not fill the screen when an example fails."""

    def __repr__(self) -> str:
        return f"{len(self)} entries"


@pytest.fixture(scope="module")
def short_history(tmp_path_factory: pytest.TempPathFactory) -> History:
    """Events of some players around the same days, in the order they became known."""
    operator = make_operator(tmp_path_factory.mktemp("crash_operator"), players=40, days=20)
    entries = [e for e in history(operator) if b"io.evenhand.live" not in e.value]
    keys = sorted({entry.key for entry in entries})[:12]
    return History(entry for entry in entries if entry.key in keys)


@dataclass
class House:
    """Where one example lives."""

    parts: Parts
    clock: Clock

    def worker(self, chance: random.Random, fate: Fate | None = None) -> Worker:
        pace = Pace(
            batch=chance.randint(1, 60),
            flush_events=chance.randint(1, 90),
            flush_seconds=chance.choice((1e-9, 1_000.0)),
            commit_seconds=1_000.0,
            resident=chance.choice((3, 1_000)),
            snapshot_seconds=chance.choice((1e-9, 1_000.0)),
            poll_seconds=1e-3,
        )
        parts = replace(self.parts, settings=replace(self.parts.settings, pace=pace))
        if fate is not None:
            log, store = Mortal(parts.log, fate), Mortal(parts.store, fate)
            parts = replace(parts, log=cast("EventLog", log), store=cast("StateStore", store))
        return make_worker(parts)

    def life(self, chance: random.Random, fate: Fate) -> tuple[Worker, Fate]:
        """Let a worker work until it dies or has read everything; its seat is free afterwards."""
        worker = self.worker(chance, fate)
        worker.open()
        with contextlib.suppress(Killed):
            while not worker.is_caught_up():
                worker.step()
            worker.flush()
            fate.is_leaving = True
            worker.leave()
        self.clock.at += timedelta(minutes=1)
        return worker, fate


@pytest.fixture
def house(tmp_path: Path) -> Callable[[list[Entry]], Iterator[House]]:
    """Make a fresh log and store for each example."""
    numbers = itertools.count()

    def made(entries: list[Entry]) -> Iterator[House]:
        home = tmp_path / str(next(numbers))
        clock = Clock()
        log = SqliteLog(home / "log.sqlite", 2, clock=clock)
        log.append(entries)
        store = SqliteStates(home / "states.sqlite")
        stream = stream_of(Settings(home=home), home, Pace())
        yield House(Parts(stream, log, store, layout_of(all_views()), clock), clock)
        log.close()
        store.close()

    return made


@pytest.mark.timeout(max(300, EXAMPLES))
@given(
    seed=st.integers(0, 2**32 - 1),
    count=st.integers(1, 160),
    fates=st.lists(
        st.tuples(st.integers(1, 25), st.sampled_from(("before", "after", "half", "zombie"))),
        max_size=4,
    ),
)
@law
def test_whatever_step_a_worker_dies_at_the_states_are_those_of_one_that_never_died(
    seed: int,
    count: int,
    fates: list[tuple[int, str]],
    short_history: History,
    house: Callable[[list[Entry]], Iterator[House]],
) -> None:
    chance = random.Random(seed)
    start = chance.randrange(max(1, len(short_history) - count))
    entries = disordered(short_history[start : start + count], seed, late=0.2, twice=0.2)
    for place in sorted(chance.sample(range(len(entries)), min(2, len(entries)))):
        entries.insert(place, Entry("x", b"no event", entries[place].at_us))
    for example in house(entries):
        ended = [example.life(chance, Fate(*fate)) for fate in fates]
        survivor = example.worker(chance)
        survivor.open()
        for _ in range(chance.randint(0, 3)):
            survivor.step()
        for worker, fate in ended:
            if fate.mode == "zombie" and fate.is_dead and not fate.is_leaving:
                fate.is_dead = False
                with contextlib.suppress(NotReadyError):  # it was in the middle of a batch
                    worker.flush()
        survivor.run(until_caught_up=True)

        assert differing(example.parts, expected_states(example.parts)) == []
        kept = _letters(example.parts)
        assert len(kept) == len(set(kept)) == sum(e.value == b"no event" for e in entries)
        for worker, _ in ended:
            with contextlib.suppress(Killed):
                worker.leave()  # closes its connection, which the end of a process would do


def _letters(parts: Parts) -> list[tuple[int, int]]:
    folder = parts.settings.letters(parts.layout.generation)
    return [(one.partition, one.offset) for p in folder.glob("*.jsonl") for one in letters_in(p)]
