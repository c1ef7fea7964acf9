"""What holds a player, from the log and the warehouse to the store: nothing lost, whatever dies."""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.clock import SystemClock
from core.errors import NotReadyError
from core.events.codec import encode
from core.events.envelope import Event
from core.events.fact import Fact
from core.events.families.player import (
    PlayerBlocked,
    PlayerClosed,
    PlayerExclusionEnded,
    PlayerLoggedIn,
    PlayerSelfExcluded,
    PlayerTimedOut,
    PlayerUnblocked,
)
from core.ids import uuid7
from core.log.event_log import Entry, EventLog
from core.log.sqlite_log import SqliteLog
from core.rg_state import HoldKind, RgFact, RgState, fold
from core.settings import Settings
from features.holds import Parts as HoldParts
from features.holds import latest, rows_of, state_of
from features.registry import all_views
from features.sources import open_warehouse
from features.sqlite_states import SqliteStates
from features.state.layout import layout_of
from features.state.reader import offset_of
from features.state_store import StateStore
from pipelines.landing.adapter import adapter_named
from pipelines.landing.land import Sources, land
from pipelines.rg_state import build_rg_state, held_players
from pipelines.stream.feed import entry_of
from pipelines.stream.opening import Parts, make_worker, opened, refuse_unbuilt
from pipelines.stream.rebuilding import begin_anew, mark_begun, seed
from pipelines.stream.settings import Pace
from pipelines.stream.vouching import begin_holds, spark_checkpoint
from tests.pipelines.stream_world import stream_of
from tests.pipelines.test_stream_crash_laws import Clock, Fate, Killed, Mortal, law

NOW = SystemClock().now().replace(microsecond=0)
HOUR = timedelta(hours=1)
EXCLUDED, RETURNED = PlayerSelfExcluded(scope="operator"), PlayerExclusionEnded(scope="operator")


FACTS: tuple[Callable[[datetime], Fact], ...] = (
    lambda _: EXCLUDED,
    lambda _: RETURNED,
    lambda at: PlayerTimedOut(until_at=at + HOUR),
    lambda _: PlayerBlocked(reason="kyc"),
    lambda _: PlayerUnblocked(reason="done"),
    lambda _: PlayerLoggedIn(),
    lambda _: PlayerLoggedIn(),
)


def event(player: str, fact: Fact, at: datetime, number: int = 0) -> Event:
    return Event(
        id=uuid7(at, number), source="op/brand/test", subject=player, time=at, recorded=at,
        fact=fact,
    )  # fmt: skip


def entry(player: str, fact: Fact, at: datetime, number: int = 0) -> Entry:
    return entry_of(event(player, fact, at, number), "EUR")


@contextmanager
def house(home: Path, entries: list[Entry], operator: Settings | None = None) -> Iterator[Parts]:
    """A log of these entries and an empty store; the warehouse is the operator's, if any."""
    home.mkdir(exist_ok=True)
    settings = stream_of(Settings(home=home), home, Pace(flush_events=3_000))
    settings = replace(settings, states=settings.settings.states)
    if operator is not None:
        (home / "warehouse").symlink_to(operator.warehouse)
    with opened(settings, 2) as made:
        made.log.append(entries)
        yield made


def work(parts: Parts) -> None:
    make_worker(parts).run(until_caught_up=True)


def told(parts: Parts, player: str) -> RgState:
    (holds,) = parts.store.holds_of(parts.layout.generation, [player])
    return state_of(holds)


def is_whole(parts: Parts) -> bool:
    known = parts.store.know(parts.layout.generation, [])
    assert known is not None
    return known.is_whole


def held_events() -> list[Event]:
    """Some players' changing minds; now and then a sender's clock was ahead when it happened."""
    chance, events = random.Random(4), list[Event]()
    for number in range(160):
        at = NOW - 60 * HOUR + number * timedelta(minutes=20)
        made = event(f"p{chance.randrange(9)}", chance.choice(FACTS)(at), at, number)
        ahead = chance.random() < 0.1
        events.append(replace(made, time=at + 3 * HOUR) if ahead else made)
    return events


@pytest.fixture(scope="module")
def held_operator(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A warehouse of those events; never write into it."""
    settings = Settings(home=tmp_path_factory.mktemp("held_operator"))
    settings.raw.mkdir()
    lines = [encode(one, base_currency="EUR") for one in held_events()]
    (settings.raw / "events.ndjson").write_bytes(b"\n".join(lines) + b"\n")
    land(Sources((settings.raw,), adapter_named("events_ndjson")), settings)
    return settings


def entries_in_disorder() -> list[Entry]:
    """The same events as they reach the log: out of order, some twice, some a day too late."""
    entries = [entry_of(one, "EUR") for one in held_events()]
    entries += random.Random(5).sample(entries, 20)
    random.Random(6).shuffle(entries)
    return entries


def landed(operator: Settings) -> dict[str, RgState]:
    with open_warehouse(operator.warehouse) as connection:
        return dict(held_players(connection))


def same_as_landed(parts: Parts, operator: Settings) -> None:
    expected = landed(operator)
    assert len(expected) > 3
    assert {p: told(parts, p).holds for p in expected} == {p: s.holds for p, s in expected.items()}


# From the log


def test_the_log_tells_of_the_holds_the_warehouse_tells_of(
    held_operator: Settings, tmp_path: Path
) -> None:
    with house(tmp_path, entries_in_disorder()) as parts:
        refuse_unbuilt(parts)
        work(parts)

        same_as_landed(parts, held_operator)
        assert is_whole(parts)


@pytest.mark.parametrize(
    ("fact", "kind"),
    [
        (EXCLUDED, HoldKind.SELF_EXCLUDED),
        (PlayerSelfExcluded(scope="register", register="r"), HoldKind.REGISTER_EXCLUDED),
        (PlayerTimedOut(until_at=NOW + HOUR), HoldKind.TIMED_OUT),
        (PlayerBlocked(reason="kyc"), HoldKind.BLOCKED),
        (PlayerClosed(reason="moved"), HoldKind.CLOSED),
        (PlayerClosed(reason="moved \\ gone"), HoldKind.CLOSED),
    ],
)
def test_every_fact_that_holds_is_met_whether_or_not_a_view_reads_it(
    fact: Fact, kind: HoldKind, tmp_path: Path
) -> None:
    with house(tmp_path, [entry("ada", fact, NOW - HOUR)]) as parts:
        work(parts)

        assert told(parts, "ada").in_force(NOW) == (kind,)


def test_a_hold_that_comes_too_late_for_features_still_holds(tmp_path: Path) -> None:
    entries = [entry("ada", PlayerLoggedIn(), NOW), entry("ada", EXCLUDED, NOW - 900 * HOUR)]
    with house(tmp_path, entries) as parts:
        worker = make_worker(parts)
        worker.run(until_caught_up=True)

        assert worker.tallies.late == 1
        assert told(parts, "ada").name(NOW) == "self_excluded"


def test_a_copy_of_an_old_exclusion_does_not_undo_the_return(tmp_path: Path) -> None:
    out, back = entry("ada", EXCLUDED, NOW - 2 * HOUR), entry("ada", RETURNED, NOW - HOUR)
    with house(tmp_path, [out, back, out]) as parts:
        work(parts)

        assert told(parts, "ada").name(NOW) == "open"


@pytest.mark.parametrize(("fact", "name"), [(EXCLUDED, "self_excluded"), (RETURNED, "open")])
def test_of_a_sender_whose_clock_is_ahead_a_hold_counts_and_a_lift_does_not(
    fact: Fact, name: str, tmp_path: Path
) -> None:
    with house(tmp_path, [entry("ada", fact, NOW + HOUR)]) as parts:
        worker = make_worker(parts)
        worker.run(until_caught_up=True)

        assert worker.tallies.poison == 1
        assert told(parts, "ada").name(NOW) == name
        assert told(parts, "ada").version == (0 if name == "open" else 2)


def test_a_type_written_in_another_way_is_the_same_type(tmp_path: Path) -> None:
    closed = entry("ada", PlayerClosed(reason="moved"), NOW - HOUR)
    odd = closed.value.replace(b"player_closed", rb"player\u005fclosed")
    assert odd != closed.value
    with house(tmp_path, [replace(closed, value=odd)]) as parts:
        work(parts)

        assert told(parts, "ada").name(NOW) == "closed"


# From the warehouse, and who vouches


def test_the_first_start_takes_the_warehouses_holds_along(
    held_operator: Settings, tmp_path: Path
) -> None:
    with house(tmp_path, [], held_operator) as parts:
        refuse_unbuilt(parts)

        same_as_landed(parts, held_operator)
        assert is_whole(parts)


def test_a_generation_built_anew_takes_them_along_too(
    held_operator: Settings, tmp_path: Path
) -> None:
    with house(tmp_path, entries_in_disorder()[100:], held_operator) as parts:
        refuse_unbuilt(parts)
        work(parts)
        begin_anew(parts, again=True)
        assert told(parts, next(iter(landed(held_operator)))).holds == {}
        seed(parts, lambda *_: None)
        assert begin_holds(parts)
        mark_begun(parts)
        work(parts)
        parts.store.switch(parts.layout.generation)

        same_as_landed(parts, held_operator)
        assert is_whole(parts)


def test_nobody_vouches_for_a_store_whose_log_is_half_read(tmp_path: Path) -> None:
    """The store was lost, its group's offsets were not: what came before stays unknown."""
    with house(tmp_path, [entry("ada", EXCLUDED, NOW - HOUR)]) as parts:
        refuse_unbuilt(parts)
        work(parts)
        lost = replace(parts, store=SqliteStates(tmp_path / "another.sqlite"))
        lost.log.append([entry("ada", PlayerLoggedIn(), NOW)])
        refuse_unbuilt(lost)
        work(lost)

        assert is_whole(parts)
        assert told(lost, "ada").name(NOW) == "open"
        assert not is_whole(lost)


def test_nobody_vouches_where_spark_is_half_way(tmp_path: Path) -> None:
    with house(tmp_path, []) as parts:
        spark_checkpoint(parts.settings.folder, parts.layout.generation).mkdir(parents=True)

        assert not begin_holds(parts)


def test_what_landed_past_the_log_is_told_to_live_states(
    held_operator: Settings, tmp_path: Path
) -> None:
    with house(tmp_path, []) as parts:
        refuse_unbuilt(parts)
        (tmp_path / "warehouse").symlink_to(held_operator.warehouse)

        build_rg_state(parts.settings.settings)

        same_as_landed(parts, held_operator)


def test_without_live_states_only_the_file_is_written(
    held_operator: Settings, tmp_path: Path
) -> None:
    (tmp_path / "warehouse").symlink_to(held_operator.warehouse)
    settings = Settings(home=tmp_path)

    build_rg_state(settings)

    assert settings.rg_state.exists()
    assert not Path(settings.states).exists()


# Whatever dies


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
        flush_seconds=1_000.0,
        poll_seconds=1e-3,
    )
