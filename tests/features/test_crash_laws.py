"""Whatever dies whenever, and whoever still writes: the store ends as if nothing had happened."""

import itertools
import os
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from features.registry import all_views
from features.spec import SharedIdentityView, View
from features.sqlite_states import SqliteStates
from features.state.engine import Engine
from features.state.facts import FactBatch, batch_of_rows
from features.state.layout import StateLayout, layout_of
from features.state_store import StateStore
from pipelines.stream.dedupe import APPLY, Memory
from tests.features.state_world import pairs_of

EXAMPLES = int(os.environ.get("EVENHAND_EXAMPLES", "400"))
REACH_US = 10**15
VIEWS = [view for view in all_views() if not isinstance(view, SharedIdentityView)]
STEPS = ("poll", "poll", "flush some", "flush and commit", "crash", "zombie", "zombie flush")
runs = itertools.count()
law = settings(
    deadline=None,
    max_examples=EXAMPLES,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@dataclass
class ModelWorker:
    """The worker's order of work, one step at a time, over the real parts."""

    layout: StateLayout
    log: FactBatch
    store: StateStore
    generation: str
    position: int
    dirty: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.engine, self.memory = Engine(self.layout), Memory(REACH_US)
        self._judge(0, self.position)

    def poll(self, count: int) -> None:
        end = min(self.position + count, len(self.log))
        fresh = self._judge(self.position, end)
        missing = sorted({p for p in fresh.player if not self.engine.resident(p)})
        self.engine.load(missing, self.store.read(self.generation, missing))
        self.dirty.update(self.engine.update(fresh))
        self.position = end

    def flush(self, players: list[str]) -> None:
        blobs = self.engine.pack(players)
        self.store.write(self.generation, list(zip(players, blobs, strict=True)))
        self.dirty.difference_update(players)

    def _judge(self, start: int, end: int) -> FactBatch:
        rows = self.log.taken(np.arange(start, end))
        verdicts = self.memory.judge(rows.recorded, rows.id_high, rows.id_low)
        return rows.taken(np.flatnonzero(verdicts == APPLY))


@pytest.fixture(scope="module")
def states(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StateStore]:
    store = SqliteStates(Path(tmp_path_factory.mktemp("crashes") / "states.sqlite"))
    yield store
    store.close()


@given(seed=st.integers(0, 2**32 - 1), count=st.integers(1, 30))
@law
def test_crashes_half_flushes_lagging_commits_and_zombies_leave_no_trace(
    seed: int, count: int, states: StateStore, fact_maker: Any
) -> None:
    for view in random.Random(seed).sample(VIEWS, 2):
        _one_history(view, seed, count, states, fact_maker)


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: str(view.name))
@given(seed=st.integers(0, 2**32 - 1), count=st.integers(1, 30))
@settings(law, max_examples=max(EXAMPLES // 10, 5))
def test_every_view_survives_them(
    view: View, seed: int, count: int, states: StateStore, fact_maker: Any
) -> None:
    _one_history(view, seed, count, states, fact_maker)


def _one_history(view: View, seed: int, count: int, states: StateStore, fact_maker: Any) -> None:
    layout, chance = layout_of((view,)), random.Random(seed)
    pairs = pairs_of(fact_maker(view, seed), count)
    pairs += chance.choices(pairs, k=len(pairs) // 4)  # sent twice
    chance.shuffle(pairs)
    log, generation = batch_of_rows(layout, pairs), f"run{next(runs)}"

    _live(ModelWorker(layout, log, states, generation, 0), chance)

    straight = ModelWorker(layout, log, states, f"{generation} straight", 0)
    straight.poll(len(log))
    players = sorted(straight.dirty)
    assert states.read(generation, players) == straight.engine.pack(players)
    states.drop(generation)


def _live(worker: ModelWorker, chance: random.Random) -> None:
    """Work through the log with mishaps; at the end one worker is left to finish."""
    committed, zombies = 0, list[ModelWorker]()
    for _ in range(25):
        step = chance.choice(STEPS)
        if step == "poll":
            worker.poll(chance.randrange(1, 6))
        elif step == "flush some":
            worker.flush([p for p in sorted(worker.dirty) if chance.random() < 0.5])
        elif step == "flush and commit":
            reached = worker.position if chance.random() < 0.7 else committed  # a commit may lag
            worker.flush(sorted(worker.dirty))
            committed = reached
        elif step in ("crash", "zombie"):
            if step == "zombie":
                zombies.append(worker)
            worker = _successor(worker, committed)
        elif zombies:
            zombie = chance.choice(zombies)
            zombie.poll(chance.randrange(6))
            zombie.flush([p for p in sorted(zombie.dirty) if chance.random() < 0.7])
    worker.poll(len(worker.log))
    worker.flush(sorted(worker.dirty))


def _successor(worker: ModelWorker, position: int) -> ModelWorker:
    return ModelWorker(worker.layout, worker.log, worker.store, worker.generation, position)
