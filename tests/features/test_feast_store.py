"""Snapshots, training frames and served vectors are the same numbers, through Feast's own doors."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.errors import NotReadyError
from core.settings import Settings
from features.compile import TTL
from features.frame import SPINE, point_in_time_frame
from features.online import OnlineReader
from features.online_store import PackedSqliteOnlineStore
from features.registry import all_views, feature_names, views_named
from features.snapshots import backfill, instants, materialize, newest_snapshot, serving_instant
from features.sources import open_warehouse
from features.store import apply, open_store, quiet

VIEWS = ("tickets", "deposits", "shared_device", "play_visits")
SERVICES = {"wide": VIEWS, "narrow": ("deposits",)}
LAST = datetime(2025, 4, 10, 12, 30, 0, 123456, tzinfo=UTC)
TIMES = tuple(instants(LAST - timedelta(days=30), LAST, timedelta(days=15)))


@dataclass(frozen=True)
class Home:
    settings: Settings
    warehouse: Path


@pytest.fixture(scope="module")
def home(
    tmp_path_factory: pytest.TempPathFactory, land: Callable[..., Path], fact_maker: Any
) -> Home:
    folder = tmp_path_factory.mktemp("home")
    world: dict[str, list[dict[str, object]]] = {}
    for number, view in enumerate(views_named(VIEWS)):
        for name, rows in fact_maker(view, number).world(60).items():
            world.setdefault(name, []).extend(rows)
    settings = Settings(folder, folder / "mlruns")
    land(world).rename(settings.warehouse)
    apply(settings, SERVICES)
    backfill(settings, views_named(VIEWS), TIMES)
    return Home(settings, settings.warehouse)


@pytest.fixture(scope="module")
def online(home: Home) -> Settings:
    backfill(home.settings, all_views(), [LAST])
    materialize(home.settings)
    return home.settings


def truth(home: Home, players: list[str], moments: list[datetime]) -> pa.Table:
    naive = [moment.replace(tzinfo=None) for moment in moments]
    spine = pa.table({"player_id": players, "as_of": naive}, schema=SPINE)
    with open_warehouse(home.warehouse) as connection:
        return point_in_time_frame(connection, spine, views_named(VIEWS))


def test_the_training_frame_through_feast_is_the_point_in_time_frame(home: Home) -> None:
    players, moments = ["bob", "ada", "ada", "bob"], [TIMES[1], TIMES[0], TIMES[2], TIMES[2]]
    entities = pd.DataFrame({"player_id": players, "event_timestamp": moments})
    store = open_store(home.settings)

    with quiet():
        service = store.get_feature_service("wide")
        frame = store.get_historical_features(entity_df=entities, features=service).to_arrow()

    expected = truth(home, players, moments)
    assert sorted(frame.column_names[2:]) == sorted(expected.column_names[2:])
    for name in expected.column_names[2:]:
        assert frame[name].to_pylist() == expected[name].to_pylist(), name


def test_served_values_are_the_snapshot_to_the_last_bit(online: Settings) -> None:
    rows = OnlineReader(online, "wide").read(["bob", "nobody", "ada", "bob"])

    assert rows.names == tuple(feature_names(views_named(VIEWS)))  # the service's order
    assert rows.found.tolist() == [True, False, True, True]
    assert rows.as_of[0] == np.datetime64(LAST.replace(tzinfo=None), "us")
    assert np.isnat(rows.as_of[1])
    assert np.isnan(rows.values[1]).all()
    for view in VIEWS:
        snapshot = pq.read_table(newest_snapshot(online, view)).to_pandas().set_index("player_id")
        for name in feature_names(views_named([view])):
            served = rows.values[[2, 0], rows.names.index(name)]
            stored = snapshot.loc[["ada", "bob"], name].to_numpy(np.float64, na_value=np.nan)
            assert served.tobytes() == stored.tobytes(), name


def test_feasts_own_reader_gives_the_same_values(online: Settings) -> None:
    rows, store = OnlineReader(online, "wide").read(["ada", "nobody"]), open_store(online)

    with quiet():
        service = store.get_feature_service("wide")
        entities = [{"player_id": "ada"}, {"player_id": "nobody"}]
        front = store.get_online_features(features=service, entity_rows=entities).to_dict()

    for column, name in enumerate(rows.names):
        given = [np.nan if value is None else value for value in front[name]]
        np.testing.assert_array_equal(rows.values[:, column], given)


def test_feasts_own_materialization_writes_the_same_vectors(online: Settings) -> None:
    before = OnlineReader(online, "wide").read(["ada", "bob"])
    store = open_store(online)
    store._get_provider().online_store.teardown(store.config, [], [])
    assert not OnlineReader(online, "wide").read(["ada"]).found[0]

    with quiet():
        day = timedelta(days=1)
        store.materialize(LAST - day, LAST + day, feature_views=list(VIEWS))

    after = OnlineReader(online, "wide").read(["ada", "bob"])
    assert after.values.tobytes() == before.values.tobytes()
    assert after.as_of.tolist() == before.as_of.tolist()


def test_a_value_past_its_ttl_is_not_served(home: Home, tmp_path: Path) -> None:
    settings = Settings(tmp_path, tmp_path / "mlruns")
    settings.warehouse.symlink_to(home.warehouse)
    apply(settings, SERVICES)
    store = open_store(settings)
    stale, fresh = LAST - TTL - timedelta(microseconds=1), LAST - TTL
    for name, moment in (("tickets", stale), ("deposits", fresh), ("shared_device", LAST)):
        file = backfill(settings, views_named([name]), [moment])[0]
        view = store.get_feature_view(name)
        from features.snapshots import _materialize_view

        _materialize_view(store, view, file)

    rows = OnlineReader(settings, "wide").read(["ada"])

    value = dict(zip(rows.names, rows.values[0].tolist(), strict=True))
    assert all(np.isnan(value[n]) for n in feature_names(views_named(["tickets"])))
    assert not all(np.isnan(value[n]) for n in feature_names(views_named(["deposits"])))
    with quiet():
        asked = ["tickets:" + feature_names(views_named(["tickets"]))[0]]
        front = store.get_online_features(features=asked, entity_rows=[{"player_id": "ada"}])
    assert list(front.to_dict().values())[1] == [None]


def test_an_older_snapshot_never_overwrites_a_newer_value(online: Settings) -> None:
    from features.snapshots import _materialize_view

    store = open_store(online)
    before = OnlineReader(online, "narrow").read(["ada", "bob"])
    older = sorted((online.features / "deposits").glob("as_of=*.parquet"))[0]

    _materialize_view(store, store.get_feature_view("deposits"), older)

    after = OnlineReader(online, "narrow").read(["ada", "bob"])
    assert after.values.tobytes() == before.values.tobytes()
    assert after.as_of.tolist() == before.as_of.tolist()


def test_repeating_apply_and_backfill_changes_nothing(home: Home) -> None:
    def state() -> tuple[list[str], dict[str, bytes]]:
        store = open_store(home.settings)
        views = [view.name for view in store.list_feature_views()]
        services = [service.name for service in store.list_feature_services()]
        files = sorted(home.settings.features.glob("*/as_of=202503*.parquet"))
        assert files
        return sorted(views + services), {str(f): f.read_bytes() for f in files}

    before = state()

    apply(home.settings, SERVICES)
    backfill(home.settings, views_named(VIEWS), TIMES)

    assert state() == before


def test_without_an_instant_the_snapshot_is_of_the_last_known_fact(
    home: Home, tmp_path: Path
) -> None:
    settings = Settings(tmp_path, tmp_path / "mlruns")
    settings.warehouse.symlink_to(home.warehouse)

    (file,) = backfill(settings, views_named(["tickets"]))

    moment = pq.read_table(file)["event_timestamp"][0].as_py()
    assert moment == serving_instant(settings)


def test_two_instants_of_one_second_are_two_snapshots_and_the_later_is_newest(
    home: Home, tmp_path: Path
) -> None:
    settings = Settings(tmp_path, tmp_path / "mlruns")
    settings.warehouse.symlink_to(home.warehouse)
    whole = LAST.replace(microsecond=0)
    views = views_named(["tickets"])
    old_name = settings.features / "tickets" / f"as_of={whole:%Y%m%dT%H%M%S}.parquet"

    files = backfill(settings, views, [LAST, whole])
    old_name.touch()  # as written before names had microseconds

    assert len(set(files)) == 2
    assert newest_snapshot(settings, "tickets") == files[0]
    assert sorted([*files, old_name]) == [old_name, files[1], files[0]]
    for file, moment in zip(files, (LAST, whole), strict=True):
        assert pq.read_table(file)["event_timestamp"][0].as_py() == moment


def test_views_without_a_snapshot_are_named_before_anything_goes_online(
    home: Home, tmp_path: Path
) -> None:
    settings = Settings(tmp_path, tmp_path / "mlruns")
    settings.warehouse.symlink_to(home.warehouse)
    apply(settings, SERVICES)
    backfill(settings, views_named(["account"]), [LAST])

    total = len(all_views())
    told = rf"{total - 1} of {total} views .*activity, bets.*tickets"

    with pytest.raises(NotReadyError, match=told) as caught:
        materialize(settings)

    assert "evenhand features backfill" in str(caught.value)
    store = open_store(settings)
    online = cast("PackedSqliteOnlineStore", store._get_provider().online_store)
    assert online.serving_at(store.config) is None  # nothing written


def test_a_service_no_longer_declared_leaves_the_registry(home: Home, tmp_path: Path) -> None:
    settings = Settings(tmp_path, tmp_path / "mlruns")
    apply(settings, SERVICES)

    apply(settings, {"wide": VIEWS})

    assert [s.name for s in open_store(settings).list_feature_services()] == ["wide"]


def test_every_view_has_ttl_owner_and_why(home: Home) -> None:
    for view in open_store(home.settings).list_feature_views():
        assert view.ttl == TTL
        assert view.tags["owner"]
        assert view.tags["why"]
        assert all(field.description for field in view.features), view.name


def test_an_unknown_service_names_the_known_ones(home: Home) -> None:
    with pytest.raises(NotReadyError, match=r"expected one of \['narrow', 'wide'\]"):
        OnlineReader(home.settings, "nothing")


def test_the_serving_instant_is_when_the_last_fact_became_known(home: Home) -> None:
    with open_warehouse(home.warehouse) as connection:
        row = connection.execute("SELECT max(recorded_at) FROM deposit_approved").fetchone()

    assert row is not None
    assert serving_instant(home.settings) >= row[0].replace(tzinfo=UTC)


_READ = """
import json, sys
from pathlib import Path
from core.settings import Settings
from features.online import OnlineReader
home = Path(sys.argv[1])
rows = OnlineReader(Settings(home, home / "mlruns"), "wide").read(["ada", "bob"])
print(json.dumps([rows.names, rows.values.tobytes().hex()]))
"""


def test_another_process_reads_the_same_columns_in_the_same_order(online: Settings) -> None:
    def read(seed: str) -> Any:
        command = [sys.executable, "-c", _READ, str(online.home)]
        env = {**os.environ, "PYTHONHASHSEED": seed}
        run = subprocess.run(command, env=env, capture_output=True, text=True, check=True)
        return json.loads(run.stdout)

    assert read("1") == read("2")
