"""Whatever step a worker dies at: who sees a fact in a state sees every hold before it."""

import random
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import NotReadyError
from core.events.envelope import Event
from core.log.event_log import EventLog
from core.log.sqlite_log import SqliteLog
from core.rg_state import RgFact, RgState, fold
from core.settings import Settings
from features.holds import Parts as HoldParts
from features.holds import latest, rows_of
from features.registry import all_views
from features.sqlite_states import SqliteStates
from features.state.layout import layout_of
from features.state.reader import offset_of
from features.state_store import StateStore
from pipelines.stream.feed import entry_of
from pipelines.stream.opening import Parts, make_worker
from pipelines.stream.settings import Pace
from tests.pipelines.holds_world import FACTS, event, told
from tests.pipelines.stream_world import stream_of
from tests.pipelines.test_stream_crash_laws import Clock, Fate, Killed, Mortal, law

STEPS = ("add_holds", "add_links", "write", "beat", "commit", "read")


class _Mortal(Mortal):
    """A store or log whose every step, that of holds too, may be the last."""

    def __getattr__(self, name: str) -> object:
        if name in STEPS:
            found = getattr(self.inner, name)
            return lambda *given: self.fate.meet(name, found, given)
        if name == "reader":
            return lambda *a, **k: _Mortal(getattr(self.inner, name)(*a, **k), self.fate)
        return getattr(self.inner, name)


def _behind(parts: Parts, log: list[Event]) -> list[str]:
    """Return the players whose stored state includes a fact whose hold the store does not know."""
    seen, players = dict[str, int](), sorted({event.subject for event in log})
    blobs = parts.store.read(parts.layout.generation, players)
    holds = parts.store.holds_of(parts.layout.generation, players)
    for player, blob in zip(players, blobs, strict=True):
        seen[player] = -1 if blob is None else offset_of(blob)
    return [
        player
        for player, held in zip(players, holds, strict=True)
        if not _covers(dict(held), _until(log, player, seen[player]))
    ]


def _until(log: list[Event], player: str, offset: int) -> RgState:
    own = [e for place, e in enumerate(log) if e.subject == player and place <= offset]
    return fold(RgFact(e.time, e.fact) for e in own)


def _covers(held: dict[str, HoldParts], state: RgState) -> bool:
    nothing = (None, None, None)
    return all(
        latest(held.get(kind, nothing), parts) == held.get(kind, nothing)
        for _, kind, parts in rows_of("", state)
    )


@given(
    seed=st.integers(0, 2**32 - 1),
    count=st.integers(1, 60),
    fates=st.lists(
        st.tuples(st.integers(1, 14), st.sampled_from(("before", "after", "half", "zombie"))),
        min_size=1, max_size=4,
    ),
)  # fmt: skip
@law
def test_whatever_step_a_worker_dies_at_who_sees_a_state_sees_its_holds(
    seed: int, count: int, fates: list[tuple[int, str]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    chance, clock = random.Random(seed), Clock(datetime(2030, 1, 1, tzinfo=UTC))
    start = clock.at - timedelta(days=9)
    log = [
        event(chance.choice(("ada", "bob", "eve")), chance.choice(FACTS)(at), at, number)
        for number, at in enumerate(start + n * timedelta(minutes=7) for n in range(count))
    ]
    home = tmp_path_factory.mktemp("held")
    inner, store = SqliteLog(home / "log.sqlite", 1, clock=clock), SqliteStates(home / "s.sqlite")
    inner.append([entry_of(one, "EUR") for one in log])
    settings = stream_of(Settings(home=home), home, Pace())
    parts = Parts(settings, inner, store, layout_of(all_views()), clock)
    zombies = []
    for steps, mode in fates:
        fate = Fate(steps, mode)
        mortal = replace(
            parts,
            log=cast("EventLog", _Mortal(inner, fate)),
            store=cast("StateStore", _Mortal(store, fate)),
            settings=replace(settings, pace=_pace(chance)),
        )
        worker = make_worker(mortal)
        worker.open()
        try:
            while not worker.is_caught_up():
                worker.step()
                assert _behind(parts, log) == []
        except Killed:
            zombies += [(worker, fate)] if mode == "zombie" else []
        with suppress(Killed):
            if not fate.is_dead:
                worker.leave()
        assert _behind(parts, log) == []
        clock.at += timedelta(minutes=1)
    survivor = make_worker(replace(parts, settings=replace(settings, pace=_pace(chance))))
    survivor.run(until_caught_up=True)
    for zombie, fate in zombies:
        fate.is_dead = False
        with suppress(NotReadyError):  # it was in the middle of a batch
            zombie.flush()
        assert _behind(parts, log) == []

    for player in ("ada", "bob", "eve"):
        assert told(parts, player).holds == _until(log, player, count).holds
    inner.close()
    store.close()


def _pace(chance: random.Random) -> Pace:
    return Pace(
        batch=chance.randint(1, 20),
        flush_events=chance.randint(1, 30),
        flush_seconds=chance.choice((1e-9, 1_000.0)),
        commit_seconds=1_000.0,
        poll_seconds=1e-3,
    )
