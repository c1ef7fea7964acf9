"""Values at the instant of the question, off players' states: through Feast and the fast path."""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import numpy as np
import pyarrow as pa
import pytest
import redis

from core.clock import Clock, FixedClock
from core.errors import NotReadyError
from core.settings import Settings, settings_from
from features.compile import TTL
from features.frame import SPINE, point_in_time_frame
from features.live_states import LiveStates
from features.online import OnlineReader, OnlineRows
from features.packed_online_store import PackedOnlineStore
from features.registry import all_views, feature_names, views_named
from features.snapshots import backfill, materialize
from features.sources import open_warehouse
from features.spec import SharedIdentityView
from features.state.engine import Engine
from features.state.facts import batches_of_warehouse
from features.state.layout import layout_of
from features.state_store import Heartbeat, StateStore, Tie, open_states
from features.store import apply, open_store, quiet

VIEWS = ("tickets", "deposits", "cash", "activity", "shared_device", "shared_ip")
ALL = tuple(view.name for view in all_views())
SERVICES = {"wide": VIEWS, "narrow": ("deposits",), "every": ALL}
PLAYERS = ["bob", "nobody", "ada", "bob"]
LAYOUT = layout_of(all_views())
MICRO, HOUR = timedelta(microseconds=1), timedelta(hours=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class World:
    """Landed facts, and what a worker would have written of them."""

    warehouse: Path
    states: list[tuple[str, bytes]]
    ties: list[Tie]
    newest: datetime


@pytest.fixture(scope="module")
def world(
    tmp_path_factory: pytest.TempPathFactory, land: Callable[..., Path], fact_maker: Any
) -> World:
    made: dict[str, list[dict[str, object]]] = {}
    for number, view in enumerate(all_views()):
        for name, rows in fact_maker(view, number).world(40 if view.name in VIEWS else 9).items():
            made.setdefault(name, []).extend(rows)
    warehouse = land(made).rename(tmp_path_factory.mktemp("world") / "warehouse")
    engine = Engine(LAYOUT)
    with open_warehouse(warehouse) as connection:
        for batch in batches_of_warehouse(LAYOUT, connection):
            engine.update(batch)
        ties = [
            (view.name, str(key), str(player), int(recorded))
            for view in all_views()
            if isinstance(view, SharedIdentityView)
            for fact, column in view.links
            for key, player, recorded in connection.execute(
                f"SELECT {column}, player_id, epoch_us(recorded_at) FROM {fact} "
                f"WHERE {column} IS NOT NULL"
            ).fetchall()
        ]
    newest = max(cast("datetime", row["recorded_at"]) for rows in made.values() for row in rows)
    players = ["ada", "bob"]
    states = list(zip(players, engine.pack(players), strict=True))
    return World(warehouse, states, ties, newest.replace(tzinfo=UTC))


@pytest.fixture(scope="module", params=["sqlite", "redis"])
def home(
    request: pytest.FixtureRequest, world: World, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Settings]:
    folder = tmp_path_factory.mktemp("live")
    settings = Settings(folder, folder / "mlruns")
    settings.warehouse.symlink_to(world.warehouse)
    if request.param == "redis":
        url = request.getfixturevalue("redis_url").rpartition("/")[0] + "/30"
        settings = replace(settings, online_store=url)
    apply(settings, SERVICES)
    yield settings
    if request.param == "redis":
        with redis.Redis.from_url(settings.online_store) as client:
            client.flushdb()


@pytest.fixture
def live(home: Settings, world: World) -> StateStore:
    """The states of the world, live and fed until a month after the last fact."""
    store = open_states(home.states)
    if store.live_generation() == LAYOUT.generation:
        store.switch("none")
    store.drop(LAYOUT.generation)
    store.write(LAYOUT.generation, world.states)
    store.add_links(LAYOUT.generation, world.ties)
    beat(store, world.newest + timedelta(days=31))
    store.switch(LAYOUT.generation)
    return store


def beat(store: StateStore, at: datetime, lag: int = 0, partition: int = 0) -> None:
    wall = (at - EPOCH) // MICRO
    store.beat(LAYOUT.generation, [Heartbeat(partition, 9, wall - 7, wall, lag)])


def through_feast(home: Settings, players: list[str], clock: Clock | None) -> dict[str, list[Any]]:
    store = open_store(home)
    cast("PackedOnlineStore", store._get_provider().online_store).clock = clock
    with quiet():
        answer: dict[str, list[Any]] = store.get_online_features(
            features=store.get_feature_service("wide"),
            entity_rows=[{"player_id": player} for player in players],
        ).to_dict()
    return answer


def recomputed(
    world: World, players: list[str], at: datetime, views: Sequence[str] = VIEWS
) -> np.ndarray:
    spine = pa.table(
        {"player_id": players, "as_of": [at.replace(tzinfo=None)] * len(players)}, schema=SPINE
    )
    with open_warehouse(world.warehouse) as connection:
        frame = point_in_time_frame(connection, spine, views_named(views))
    columns = [frame[name].to_pandas().to_numpy(np.float64) for name in frame.column_names[2:]]
    return np.array(columns).T


def as_rows(answer: dict[str, list[Any]], names: tuple[str, ...]) -> np.ndarray:
    return np.array(
        [[np.nan if value is None else float(value) for value in answer[name]] for name in names]
    ).T


@pytest.mark.parametrize(
    "after", [timedelta(0), MICRO, timedelta(minutes=59), timedelta(days=1), timedelta(days=29)]
)
def test_both_doors_give_what_a_recomputation_at_the_instant_gives(
    home: Settings, live: StateStore, world: World, after: timedelta
) -> None:
    now = world.newest + after

    rows = OnlineReader(home, "wide").read(PLAYERS, now)

    assert rows.names == tuple(feature_names(views_named(VIEWS)))
    assert rows.found.tolist() == [True, False, True, True]
    expected = recomputed(world, ["bob", "ada"], now)
    assert rows.values[[0, 2]].tobytes() == expected.tobytes()
    assert rows.values[3].tobytes() == expected[0].tobytes()
    assert np.isnan(rows.values[1]).all()
    assert rows.as_of[0] == np.datetime64(now.replace(tzinfo=None), "us")
    assert np.isnat(rows.as_of[1])
    answer = through_feast(home, PLAYERS, FixedClock(now))
    assert as_rows(answer, rows.names).tobytes() == rows.values.tobytes()
    assert OnlineReader(home, "wide", FixedClock(now)).read(PLAYERS).values.tobytes() == (
        rows.values.tobytes()
    )


def test_every_view_there_is_answers_live(home: Settings, live: StateStore, world: World) -> None:
    now = world.newest + timedelta(hours=30, minutes=7)

    rows = OnlineReader(home, "every").read(["bob", "ada"], now)

    assert rows.names == tuple(feature_names(all_views()))
    expected = recomputed(world, ["bob", "ada"], now, ALL)
    same = (rows.values == expected) | (np.isnan(rows.values) & np.isnan(expected))
    assert [
        name for name, right in zip(rows.names, same.all(axis=0), strict=True) if not right
    ] == []
    assert rows.values.tobytes() == expected.tobytes()


def test_a_value_decays_while_nothing_happens(
    home: Settings, live: StateStore, world: World
) -> None:
    reader = OnlineReader(home, "wide")
    at = [world.newest, world.newest + timedelta(days=8), world.newest + timedelta(days=31)]

    seen = [reader.read(["ada"], now).values for now in at]

    assert seen[0].tobytes() != seen[1].tobytes() != seen[2].tobytes()
    count = reader.names.index("deposit_count_30d")
    assert [rows[0, count] > 0 for rows in seen][::2] == [True, False]


def test_asked_for_the_past_a_player_answers_for_his_newest_fact(
    home: Settings, live: StateStore, world: World
) -> None:
    rows = OnlineReader(home, "wide").read(["ada", "bob"], world.newest - timedelta(days=20))

    for place, player in enumerate(["ada", "bob"]):
        assert rows.as_of[place] == rows.newest_as_of[place]
        at = cast("datetime", rows.as_of[place].astype("datetime64[us]").item())
        assert at <= world.newest.replace(tzinfo=None)
        expected = recomputed(world, [player], at.replace(tzinfo=UTC))
        assert rows.values[place].tobytes() == expected.tobytes()


def test_a_tie_counts_from_the_instant_it_is_known(
    home: Settings, live: StateStore, world: World
) -> None:
    reader, known_us = OnlineReader(home, "wide"), (world.newest + HOUR - EPOCH) // MICRO
    live.add_links(LAYOUT.generation, [("shared_ip", "new", p, known_us) for p in ("ada", "eve")])

    rows = [reader.read(["ada"], world.newest + HOUR + after) for after in (-MICRO, 0 * MICRO)]

    own = [int(row.values[0, row.names.index("ip_distinct_life")]) for row in rows]
    assert own[1] == own[0] + 1
    assert rows[1].values[0, rows[1].names.index("ip_other_player_max_life")] >= 1


@dataclass
class TickingClock:
    """A clock that is a day later every time it is asked."""

    at: datetime

    def now(self) -> datetime:
        self.at += timedelta(days=1)
        return self.at


def test_one_question_has_one_instant_for_all_its_views(
    home: Settings, live: StateStore, world: World
) -> None:
    answer = through_feast(home, ["ada"], TickingClock(world.newest - timedelta(days=1)))

    names = tuple(feature_names(views_named(VIEWS)))
    expected = recomputed(world, ["ada"], world.newest)
    assert as_rows(answer, names).tobytes() == expected.tobytes()


def test_one_view_through_feast_says_its_instant(
    home: Settings, live: StateStore, world: World
) -> None:
    store = open_store(home)
    cast("PackedOnlineStore", store._get_provider().online_store).clock = FixedClock(world.newest)
    with quiet():
        response = store.get_online_features(
            features=["deposits:deposit_count_30d"], entity_rows=[{"player_id": "ada"}]
        )

    told = response.proto.results[1]
    assert told.values[0].int64_val == response.to_dict()["deposit_count_30d"][0]
    assert told.event_timestamps[0].ToDatetime(UTC) == world.newest


@pytest.mark.parametrize(
    ("fed", "nulls"),
    [
        ((TTL, 0), "some"),
        ((TTL + MICRO, 0), "all"),
        ((TTL - 7 * MICRO, 3), "some"),
        ((TTL, 3), "all"),
    ],
)
def test_a_store_that_was_not_fed_for_longer_than_the_ttl_answers_null(
    home: Settings, live: StateStore, world: World, fed: tuple[timedelta, int], nulls: str
) -> None:
    fed_until, lag = fed
    now = world.newest + timedelta(days=40)
    live.beat(LAYOUT.generation, [Heartbeat(1, 1, 1, 1, 0)])  # a partition nobody reads any more
    beat(live, now + timedelta(days=9))
    assert np.isnan(OnlineReader(home, "wide").read(["ada"], now).values).all()

    beat(live, now - fed_until, lag, partition=1)
    rows = OnlineReader(home, "wide").read(["ada"], now)

    assert rows.found[0]
    assert np.isnan(rows.values).all() == (nulls == "all")
    told = now - fed_until - (7 * MICRO if lag else timedelta(0))
    assert rows.fresh_as_of[0] == np.datetime64(told.replace(tzinfo=None), "us")
    answer = through_feast(home, ["ada"], FixedClock(now))
    assert as_rows(answer, rows.names).tobytes() == rows.values.tobytes()


def test_states_no_worker_ever_vouched_for_answer_null(home: Settings, world: World) -> None:
    store = open_states(home.states)
    store.switch("none")
    store.drop(LAYOUT.generation)
    store.write(LAYOUT.generation, world.states)
    store.switch(LAYOUT.generation)

    rows = OnlineReader(home, "wide").read(["ada"], world.newest)

    assert rows.found[0]
    assert np.isnan(rows.values).all()
    assert np.isnat(rows.fresh_as_of[0])


def test_until_the_generation_of_these_views_is_live_the_vectors_answer(
    home: Settings, live: StateStore, world: World
) -> None:
    live.switch("aaaaaaaaaaaa")
    snapshot = world.newest - timedelta(days=1)
    backfill(home, all_views(), [snapshot])
    materialize(home)
    reader, clock = OnlineReader(home, "wide"), FixedClock(world.newest)

    before = reader.read(["ada"], world.newest)
    from_feast = through_feast(home, ["ada"], clock)
    live.switch(LAYOUT.generation)
    after = reader.read(["ada"], world.newest)

    assert before.values.tobytes() == recomputed(world, ["ada"], snapshot).tobytes()
    assert as_rows(from_feast, before.names).tobytes() == before.values.tobytes()
    assert before.as_of[0] == np.datetime64(snapshot.replace(tzinfo=None), "us")
    assert after.values.tobytes() == recomputed(world, ["ada"], world.newest).tobytes()
    live.switch("aaaaaaaaaaaa")
    again = reader.read(["ada"], world.newest)
    assert again.values.tobytes() == before.values.tobytes()


def test_the_clock_of_the_log_is_the_newest_known_instant(
    home: Settings, live: StateStore, world: World
) -> None:
    settings = replace(home, serving_clock="log")
    log_time = world.newest + HOUR
    wall = datetime(2099, 1, 1, tzinfo=UTC)
    us = [(at - EPOCH) // MICRO for at in (log_time, log_time - HOUR, wall)]
    live.beat(
        LAYOUT.generation,
        [Heartbeat(0, 10**9, us[0], us[2], 0), Heartbeat(1, 10**9, us[1], us[2], 5)],
    )

    rows = OnlineReader(settings, "wide").read(["ada"])

    assert rows.as_of[0] == np.datetime64(log_time.replace(tzinfo=None), "us")
    assert rows.values.tobytes() == recomputed(world, ["ada"], log_time).tobytes()
    answer = through_feast(settings, ["ada"], None)
    assert as_rows(answer, rows.names).tobytes() == rows.values.tobytes()


def test_without_a_word_the_clock_is_the_machines(home: Settings, live: StateStore) -> None:
    before = np.datetime64(datetime.now(UTC).replace(tzinfo=None), "us")

    as_of = OnlineReader(home, "narrow").read(["ada"]).as_of[0]

    assert before <= as_of <= np.datetime64(datetime.now(UTC).replace(tzinfo=None), "us")


def test_nobody_asked_is_nobody_answered(home: Settings, live: StateStore, world: World) -> None:
    rows: OnlineRows = OnlineReader(home, "wide").read([], world.newest)

    assert rows.values.shape == (0, len(rows.names))
    assert rows.found.size == 0


def test_a_feature_nobody_declares_is_named(live: StateStore, world: World) -> None:
    states = LiveStates(live, all_views(), FixedClock(world.newest))

    with pytest.raises(NotReadyError, match=r"'deposit_count_99y'.* not declared.*features apply"):
        states.plan({"deposits": ["deposit_count_99y"]}, [TTL])


def test_a_broken_state_is_no_answer(home: Settings, live: StateStore, world: World) -> None:
    live.write(LAYOUT.generation, [("ada", b"\xff" * 12 + os.urandom(40))])

    with pytest.raises(NotReadyError, match="broken"):
        OnlineReader(home, "wide").read(["ada"], world.newest)


def test_settings_choose_store_and_clock(tmp_path: Path) -> None:
    env = {"EVENHAND_HOME": str(tmp_path)}
    assert settings_from(env).states == f"{tmp_path}/feast/states.sqlite"
    url = "redis://:secret@127.0.0.1:6379/2"
    chosen = settings_from({**env, "EVENHAND_ONLINE_STORE": url, "EVENHAND_SERVING_CLOCK": "log"})
    assert (chosen.states, chosen.serving_clock) == (url, "log")
    with pytest.raises(NotReadyError, match="EVENHAND_ONLINE_STORE is 'postgres'"):
        settings_from({"EVENHAND_ONLINE_STORE": "postgres"})
    with pytest.raises(NotReadyError, match="EVENHAND_SERVING_CLOCK is 'moon'"):
        settings_from({"EVENHAND_SERVING_CLOCK": "moon"})
