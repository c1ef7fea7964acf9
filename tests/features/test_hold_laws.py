"""Holds in a store: any order, any repetition, and always what core.rg_state folds."""

import itertools
import os
import random
import struct
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.clock import FixedClock
from core.events.families.player import (
    PlayerBlocked,
    PlayerClosed,
    PlayerExclusionEnded,
    PlayerSelfExcluded,
    PlayerTimedOut,
    PlayerUnblocked,
)
from core.rg_state import FOREVER, HoldKind, RgFact, RgState, fold, reduce_state
from core.rule import Knowledge
from features.holds import EXACT_US, FOREVER_US, HoldRow, latest, rows_of, state_of
from features.live_holds import NOT_VOUCHED, LiveHolds
from features.state.packing import HEAD, STAMP
from features.state_store import HEAD_BYTES, Heartbeat, StateStore, open_states

LAW = settings(
    max_examples=int(os.environ.get("EVENHAND_EXAMPLES", "400")), deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
EPOCH, MICRO = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)
AT = datetime(2026, 3, 1, 12, 0, 0, 1, tzinfo=UTC)
PLAYERS = ("ada", "bob", "çelik", "d:e f")


@pytest.fixture(params=["sqlite", "redis"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[StateStore]:
    made = open_states(
        tmp_path / "states.sqlite"
        if request.param == "sqlite"
        else request.getfixturevalue("states_redis_url")
    )
    yield made
    made.close()


def fresh() -> str:
    return uuid.uuid4().hex[:12]


def us(at: datetime) -> int:
    return (at - EPOCH) // MICRO


instants = st.sampled_from(
    [AT + days * timedelta(days=1) + far * MICRO for days in (0, 1, 400) for far in (0, 1)]
)
untils = st.none() | instants | st.sampled_from([datetime(2254, 12, 31, tzinfo=UTC), FOREVER])
facts = st.one_of(
    st.builds(PlayerSelfExcluded, scope=st.sampled_from(["operator", "register"]), until_at=untils),
    st.builds(PlayerExclusionEnded, scope=st.sampled_from(["operator", "register"])),
    st.builds(PlayerTimedOut, until_at=instants),
    st.builds(PlayerBlocked, reason=st.just("kyc"), until_at=untils),
    st.builds(PlayerUnblocked, reason=st.just("done")),
    st.builds(PlayerClosed, reason=st.just("moved")),
)
said = st.lists(st.tuples(st.sampled_from(PLAYERS), st.builds(RgFact, instants, facts)), max_size=9)


def rows(said: list[tuple[str, RgFact]]) -> list[HoldRow]:
    return [row for player, fact in said for row in rows_of(player, reduce_state(RgState(), fact))]


@given(said=said, seed=st.integers(0, 2**32), calls=st.integers(1, 4))
@LAW
def test_holds_told_in_any_order_and_again_are_those_the_facts_fold_to(
    store: StateStore, said: list[tuple[str, RgFact]], seed: int, calls: int
) -> None:
    generation, chance = fresh(), random.Random(seed)
    told = rows(said)
    again = told + (chance.choices(told, k=3) if told else [])
    chance.shuffle(again)
    for start in range(calls):
        store.add_holds(generation, again[start::calls])

    found = store.holds_of(generation, [*PLAYERS, "nobody"])

    folded = [fold(fact for whose, fact in said if whose == player) for player in PLAYERS]
    assert [dict(state_of(holds).holds) for holds in found] == [
        *(dict(state.holds) for state in folded),
        {},
    ]
    asked = [AT + days * timedelta(days=1) for days in (0, 1, 2, 500)]
    for state, holds in zip(folded, found, strict=False):
        assert [state.in_force(at) for at in asked] == [
            state_of(holds).in_force(at) for at in asked
        ]


@given(said=said, seed=st.integers(0, 2**32))
@LAW
def test_what_waits_may_be_joined_before_it_is_told(
    said: list[tuple[str, RgFact]], seed: int
) -> None:
    told, joined = rows(said), dict[tuple[str, str], tuple[int | None, int | None, int | None]]()
    random.Random(seed).shuffle(told)
    for player, kind, parts in told:
        joined[player, kind] = latest(joined.get((player, kind), (None, None, None)), parts)

    for player in PLAYERS:
        state = state_of(
            (kind, parts) for (whose, kind), parts in joined.items() if whose == player
        )
        assert dict(state.holds) == dict(fold(f for p, f in said if p == player).holds)


def test_an_end_beyond_what_a_double_counts_exactly_never_comes_early(store: StateStore) -> None:
    generation, edge = fresh(), EPOCH + EXACT_US * MICRO
    ends = [edge - MICRO, edge, edge + MICRO, FOREVER]
    for number, end in enumerate(ends):
        state = fold([RgFact(AT, PlayerTimedOut(until_at=end))])
        store.add_holds(generation, rows_of(str(number), state))

    found = store.holds_of(generation, [str(number) for number in range(4)])

    assert [holds[0][1][1] for holds in found] == [EXACT_US - 1, FOREVER_US, FOREVER_US, FOREVER_US]


def test_holds_end_with_their_generation_and_so_does_the_word_for_them(store: StateStore) -> None:
    old, new = fresh(), fresh()
    for generation in (old, new):
        store.add_holds(generation, [("ada", "closed", (1, FOREVER_US, None))])
        store.vouch(generation)
        store.vouch(generation)
    store.switch(new)
    store.drop(old)

    assert store.holds_of(old, ["ada"]) == [[]]
    assert store.holds_of(new, ["ada"]) == [[("closed", (1, FOREVER_US, None))]]
    assert store.know(old, ["ada"]) is None
    store.switch(old)
    gone = store.know(old, ["ada"])
    assert gone is not None
    assert (gone.is_whole, gone.heads, gone.holds) == (False, [None], [[]])


# What the gate is told


def blob(newest_us: int, offset: int = 1) -> bytes:
    return struct.pack(">IQ", 0, offset) + b"\1" + struct.pack("<q", newest_us) + b"the rest"


def live(store: StateStore, now: datetime | None = AT) -> LiveHolds:
    generation = fresh()
    store.vouch(generation)
    store.switch(generation)
    clock = None if now is None else FixedClock(now)
    return LiveHolds(store, generation, clock, timedelta(hours=1))


def test_the_head_of_a_state_is_what_its_reader_looks_at() -> None:
    assert HEAD_BYTES == HEAD
    assert STAMP + 1 + 8 == HEAD


def test_a_player_with_a_state_is_known_and_one_without_is_not(store: StateStore) -> None:
    holds = live(store)
    store.write(holds.generation, [("ada", blob(us(AT))), ("bob", blob(us(AT) - 5))])
    store.add_holds(holds.generation, [("bob", "self_excluded", (7, 9, None))])
    store.add_holds(holds.generation, [("eve", "self_excluded", (7, 9, None))])
    store.beat(holds.generation, [Heartbeat(0, 1, 0, us(AT) - 3)])

    known = holds.look_up(["ada", "bob", "eve"])

    assert known is not None
    assert known["ada"] == Knowledge(RgState(), AT)
    assert known["bob"].state is not None
    assert known["bob"].known_at == AT - 3 * MICRO
    assert known["bob"].state.in_force(AT) == (HoldKind.SELF_EXCLUDED,)
    assert known["eve"] == Knowledge(None, AT - 3 * MICRO)
    assert LiveHolds(store, fresh(), FixedClock(AT), timedelta(1)).look_up(["ada"]) is None


def test_a_generation_nobody_vouches_for_is_at_fault(store: StateStore) -> None:
    holds = live(store)
    bare = LiveHolds(store, fresh(), FixedClock(AT), timedelta(hours=1))
    for generation in (holds.generation, bare.generation):
        store.write(generation, [("ada", blob(us(AT)))])
        store.beat(generation, [Heartbeat(0, 1, us(AT), us(AT))])
    store.switch(bare.generation)

    known = bare.look_up(["ada"])

    assert known == {"ada": Knowledge(RgState(), AT, NOT_VOUCHED)}


@pytest.mark.parametrize(
    ("since_read", "fault"),
    [(timedelta(hours=1), ""), (timedelta(hours=1, seconds=1), "last read 3,601 s ago")],
)
def test_a_log_that_nobody_reads_is_a_fault_after_a_while(
    store: StateStore, since_read: timedelta, fault: str
) -> None:
    holds = live(store)
    store.write(holds.generation, [("ada", blob(us(AT)))])
    store.beat(
        holds.generation,
        [Heartbeat(0, 1, 0, us(AT)), Heartbeat(1, 1, us(AT - since_read), us(AT), lag=4)],
    )

    known = holds.look_up(["ada"])

    assert known is not None
    assert known["ada"].fault.endswith(fault)
    assert bool(known["ada"].fault) == bool(fault)


def test_a_time_out_ends_by_how_far_the_log_was_read_not_by_a_clock_ahead(
    store: StateStore,
) -> None:
    holds = live(store)
    store.write(holds.generation, [("ada", blob(us(AT) - 9))])
    ahead = us(AT + timedelta(days=3))
    for wall, known_at in ((us(AT) - 5, AT - 5 * MICRO), (ahead, AT)):
        store.beat(holds.generation, [Heartbeat(0, 1, us(AT) - 9, wall)])
        known = holds.look_up(["ada"])
        assert known is not None
        assert known["ada"].known_at == known_at


def test_of_a_history_played_again_now_is_the_newest_instant_in_the_log(store: StateStore) -> None:
    holds = live(store, None)
    store.write(holds.generation, [("ada", blob(us(AT) - 9))])
    later = us(AT + timedelta(days=300))
    store.beat(
        holds.generation, [Heartbeat(0, 1, us(AT), later), Heartbeat(1, 1, us(AT) - 2, later)]
    )

    known = holds.look_up(["ada"])

    assert known == {"ada": Knowledge(RgState(), AT)}


def test_without_a_heartbeat_a_state_speaks_for_itself_only(store: StateStore) -> None:
    holds = live(store, None)
    store.write(holds.generation, [("ada", blob(us(AT)))])

    known = holds.look_up(["ada", "bob"])

    assert known == {"ada": Knowledge(RgState(), AT), "bob": Knowledge(None, EPOCH)}


def test_every_order_of_writing_and_asking_shows_the_hold_to_who_saw_its_state(
    store: StateStore,
) -> None:
    """The writer goes hold, state, heartbeat; the gate asks after the features were read."""
    for reads_at, asks_at in itertools.combinations_with_replacement(range(4), 2):
        holds = live(store)
        generation = holds.generation
        store.write(generation, [("ada", blob(us(AT) - 9, 1))])
        closed = ("ada", "closed", (1, FOREVER_US, None))
        steps: list[Callable[[], object]] = [
            partial(store.add_holds, generation, [closed]),
            partial(store.write, generation, [("ada", blob(us(AT) - 1, 2))]),
            partial(store.beat, generation, [Heartbeat(0, 2, us(AT) - 1, us(AT))]),
        ]
        features, known = None, None
        for moment in range(4):
            if moment == reads_at:
                (features,) = store.read(generation, ["ada"])
            if moment == asks_at:
                known = holds.look_up(["ada"])
            if moment < 3:
                steps[moment]()
        assert known is not None
        includes = features == blob(us(AT) - 1, 2)
        assert (not includes) or known["ada"].state != RgState()
