"""What any store of states must hold, whichever order, repetition or race its writes come in."""

import os
import random
import struct
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import NotReadyError
from features.redis_states import RedisStates
from features.sqlite_states import SqliteStates
from features.state_store import NO_KEY, Heartbeat, StateStore, StateStoreError, open_states
from tests.services.server import free_port

EXAMPLES = int(os.environ.get("EVENHAND_EXAMPLES", "400"))
LAW = settings(
    max_examples=EXAMPLES, deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
VIEWS = ("shared_device", "shared_ip")
PLAYERS = ("ada", "bob", "çelik", "d:e f")


def blob(offset: int, epoch: int = 0, body: bytes = b"") -> bytes:
    return struct.pack(">IQ", epoch, offset) + (body or b"state of %d" % offset)


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


stamps = st.tuples(
    st.sampled_from([0, 1, 127, 128, 255, 2**31, 2**32 - 1]),
    st.sampled_from([0, 1, 9, 10, 127, 128, 255, 256, 2**32 - 1, 2**32, 2**40 + 3, 2**53 - 1]),
)
writes = st.lists(st.tuples(st.sampled_from(PLAYERS), stamps), min_size=1, max_size=12)


@given(written=writes, seed=st.integers(0, 2**32), calls=st.integers(1, 4))
@LAW
def test_whatever_the_order_and_repetition_of_writes_the_newest_stamp_stays(
    store: StateStore, written: list[tuple[str, tuple[int, int]]], seed: int, calls: int
) -> None:
    generation, chance = fresh(), random.Random(seed)
    again = written + chance.choices(written, k=3)
    chance.shuffle(again)

    for start in range(calls):
        store.write(generation, [(p, blob(o, e)) for p, (e, o) in again[start::calls]])

    newest = {p: max(stamp for q, stamp in written if q == p) for p, _ in written}
    found = store.read(generation, PLAYERS)
    assert found == [blob(newest[p][1], newest[p][0]) if p in newest else None for p in PLAYERS]


@given(written=writes)
@LAW
def test_a_write_says_how_many_blobs_were_newer(
    store: StateStore, written: list[tuple[str, tuple[int, int]]]
) -> None:
    generation, held, newer = fresh(), dict[str, tuple[int, int]](), 0
    for player, stamp in written:
        if player not in held or stamp > held[player]:
            held[player], newer = stamp, newer + 1

    assert store.write(generation, [(p, blob(o, e)) for p, (e, o) in written]) == newer
    assert store.write(generation, [(p, blob(o, e)) for p, (e, o) in written]) == 0


ties = st.lists(
    st.tuples(
        st.sampled_from(VIEWS), st.sampled_from(["k1", "k:2", "ключ"]), st.sampled_from(PLAYERS),
        st.sampled_from([0, 1, 1_741_600_000_000_000, 1_741_600_000_000_001, 2**53 - 1]),
    ), max_size=14,
)  # fmt: skip


@given(
    made=ties, seed=st.integers(0, 2**32), t=st.sampled_from([0, 1, 1_741_600_000_000_000, 2**53])
)
@LAW
def test_ties_may_come_in_any_order_and_again(
    store: StateStore, made: list[tuple[str, str, str, int]], seed: int, t: int
) -> None:
    generation, chance = fresh(), random.Random(seed)
    again = made + (chance.choices(made, k=3) if made else [])
    chance.shuffle(again)
    half = len(again) // 2
    store.add_links(generation, again[:half])
    store.add_links(generation, again[half:])

    counts = store.links_of(generation, VIEWS, PLAYERS, [t] * len(PLAYERS))

    first: dict[tuple[str, str, str], int] = {}
    for view, key, player, recorded in made:
        first[view, key, player] = min(recorded, first.get((view, key, player), recorded))
    for row, player in enumerate(PLAYERS):
        for column, view in enumerate(VIEWS):
            own = {k for (v, k, p), r in first.items() if (v, p) == (view, player) and r <= t}
            users = [sum(v == view and k == key and r <= t for (v, k, _), r in first.items())
                     for key in own]  # fmt: skip
            assert counts.own[row, column] == len(own)
            assert counts.others[row, column] == max((n - 1 for n in users), default=NO_KEY)


def test_what_a_zombie_still_writes_never_wins(store: StateStore) -> None:
    generation, others = fresh(), [f"p{i}" for i in range(600)]
    store.write(generation, [(p, blob(2_000)) for p in others])

    done = threading.Event()

    def zombie() -> None:
        for offset in range(1_000, 1_010):
            store.write(generation, [(p, blob(offset, body=b"zombie")) for p in others])
        store.close()
        done.set()

    thread = threading.Thread(target=zombie)
    thread.start()
    for offset in range(2_001, 2_011):
        store.write(generation, [(p, blob(offset)) for p in others])
    thread.join(60)

    assert done.is_set()
    assert store.read(generation, others) == [blob(2_010)] * len(others)


def test_generations_do_not_see_each_other(store: StateStore) -> None:
    old, new = fresh(), fresh()
    store.write(old, [("ada", blob(9))])
    store.write(new, [("ada", blob(1))])
    store.add_links(old, [(VIEWS[0], "k", "ada", 5)])

    assert store.read(new, ["ada", "bob"]) == [blob(1), None]
    assert store.links_of(new, VIEWS, ["ada"], [9]).own.tolist() == [[0, 0]]


def test_a_look_is_of_the_live_generation_or_none(store: StateStore) -> None:
    old, new = fresh(), fresh()
    store.write(old, [("ada", blob(9))])
    store.add_links(old, [(VIEWS[1], "k", "ada", 5), ("other_view", "k", "ada", 5)])
    store.write(new, [("ada", blob(1))])

    store.switch(old)
    look = store.look_up(old, ["nobody", "ada"], VIEWS)
    assert look is not None
    assert look.blobs == [None, blob(9)]
    assert look.ties == [[], [(1, "k", 5)]]
    assert store.look_up(new, ["ada"], VIEWS) is None
    store.switch(new)
    assert store.live_generation() == new
    assert store.look_up(old, ["ada"], VIEWS) is None
    bare = store.look_up(new, ["ada"], ())
    assert bare is not None
    assert bare.blobs == [blob(1)]


def test_a_dropped_generation_leaves_nothing_and_the_others_alone(store: StateStore) -> None:
    old, new = fresh(), fresh()
    for generation in (old, new):
        store.write(generation, [(f"p{i}", blob(1)) for i in range(50)])
        store.add_links(generation, [(VIEWS[0], "k", "p1", 5)])
        store.beat(generation, [Heartbeat(0, 7, 5, 5)])
    store.switch(new)

    with pytest.raises(NotReadyError, match="is live"):
        store.drop(new)
    store.drop(old)

    assert store.read(old, ["p1"]) == [None]
    assert store.links_of(old, VIEWS, ["p1"], [9]).own[0, 0] == 0
    assert store.heartbeats(old) == []
    assert store.read(new, ["p1"]) == [blob(1)]
    assert store.links_of(new, VIEWS, ["p1"], [9]).own[0, 0] == 1
    assert len(store.heartbeats(new)) == 1


def test_the_latest_heartbeat_of_each_partition_stays(store: StateStore) -> None:
    generation = fresh()
    late = Heartbeat(partition=2, offset=70, log_time_us=-5, wall_us=90, lag=3)
    first = Heartbeat(partition=10, offset=7, log_time_us=1_741_600_000_000_001, wall_us=91)
    store.beat(generation, [first, late])
    zombie = Heartbeat(partition=2, offset=69, log_time_us=4, wall_us=5_000, lag=0)
    store.beat(generation, [zombie])
    again = Heartbeat(partition=10, offset=7, log_time_us=1_741_600_000_000_001, wall_us=95)
    store.beat(generation, [again])

    assert store.heartbeats(generation) == [late, again]
    assert (late.fresh_us, again.fresh_us) == (-5, 95)

    newer = Heartbeat(partition=0, offset=1, log_time_us=6, wall_us=99, epoch=1)
    store.beat(generation, [newer])
    assert store.heartbeats(generation) == [newer]  # the log was cut anew: old partitions are gone


def test_many_players_are_read_in_the_order_asked(store: StateStore) -> None:
    generation, players = fresh(), [f"player-{i}" for i in range(12_345)]
    assert store.write(generation, [(p, blob(i)) for i, p in enumerate(players)]) == len(players)
    asked = [*reversed(players), "nobody", players[5]]

    found = store.read(generation, asked)

    assert found[0] == blob(12_344)
    assert found[-2:] == [None, blob(5)]
    assert None not in found[:-2]


def test_nothing_asked_is_nothing_answered(store: StateStore) -> None:
    generation = fresh()
    store.add_links(generation, [])
    store.beat(generation, [])

    assert store.write(generation, []) == 0
    assert store.read(generation, []) == []
    assert store.links_of(generation, VIEWS, [], []).own.shape == (0, 2)
    assert store.count_players(generation, []) == []


def test_another_process_sees_what_was_written(store: StateStore, tmp_path: Path) -> None:
    generation = fresh()
    store.write(generation, [("ada", blob(3))])
    where = store.path if isinstance(store, SqliteStates) else None
    other = open_states(where) if where is not None else RedisStates(_url(store))

    assert other.read(generation, ["ada"]) == [blob(3)]
    other.close()


def test_a_server_that_forgot_the_scripts_is_told_again(states_redis_url: str) -> None:
    store, generation = RedisStates(states_redis_url), fresh()
    client = redis.Redis.from_url(states_redis_url)
    for offset in (1, 2):
        client.script_flush()
        assert store.write(generation, [(f"p{i}", blob(offset)) for i in range(700)]) == 700
    store.close()
    client.close()


def test_a_connection_the_server_closed_is_opened_again(states_redis_url: str) -> None:
    store, generation = RedisStates(states_redis_url), fresh()
    store.write(generation, [("ada", blob(1))])
    client = redis.Redis.from_url(states_redis_url)
    client.client_kill_filter(_type="normal", skipme=True)

    assert store.read(generation, ["ada"]) == [blob(1)]
    store.close()
    client.close()


def test_a_store_that_is_not_there_says_so(tmp_path: Path) -> None:
    broken = tmp_path / "states.sqlite"
    broken.write_bytes(b"not a database" * 1000)

    with pytest.raises(StateStoreError, match=r"states\.sqlite cannot be used"):
        open_states(broken).live_generation()
    with pytest.raises(StateStoreError, match=r"Redis at 127\.0\.0\.1"):
        open_states(f"redis://:secret@127.0.0.1:{free_port()}/0").live_generation()


def _url(store: StateStore) -> str:
    assert isinstance(store, RedisStates)
    return f"redis://{store.wire.where}"
