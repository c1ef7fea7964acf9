"""Vectors in either online store: what Feast writes, pushes and materializes is what is read."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import yaml
from feast import Entity, FeatureStore, FeatureView, Field, FileSource, PushSource, ValueType
from feast.data_source import PushMode
from feast.repo_config import load_repo_config
from feast.types import Float64, Int64, String

from core.settings import Settings
from features.online import OnlineReader
from features.packed import Layout
from features.packed_online_store import PackedOnlineStore
from features.store import apply, open_store, quiet

AT = datetime(2026, 3, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
SERVICES = {"scoring": ("deposits", "tickets")}


@pytest.fixture(params=["sqlite", "redis"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    made = Settings(tmp_path, tmp_path / "mlruns")
    if request.param == "redis":
        made = replace(made, online_store=request.getfixturevalue("states_redis_url"))
    apply(made, SERVICES)
    return made


def online_of(store: FeatureStore) -> PackedOnlineStore:
    return cast("PackedOnlineStore", store._get_provider().online_store)


def pushable(settings: Settings) -> FeatureStore:
    """A view of the house's own that facts can be pushed to."""
    player = Entity(name="player", join_keys=["player_id"], value_type=ValueType.STRING)
    (settings.home / "empty").mkdir()
    batch = FileSource(
        name="b", path=str(settings.home / "empty"), timestamp_field="event_timestamp"
    )
    view = FeatureView(
        name="pushed", entities=[player], ttl=timedelta(days=2),
        source=PushSource(name="push", batch_source=batch),
        schema=[
            Field(name="player_id", dtype=String), Field(name="pushed_count", dtype=Int64),
            Field(name="pushed_share", dtype=Float64),
        ],
    )  # fmt: skip
    store = open_store(settings)
    with quiet():
        store.apply([player, view])
    return store


def row(count: int | None, share: float | None, at: datetime) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "player_id": ["ada"], "event_timestamp": [at],
            "pushed_count": pd.array([count], dtype="Int64"), "pushed_share": [share],
        }
    )  # fmt: skip


def pushed(store: FeatureStore) -> dict[str, Any]:
    with quiet():
        answer = store.get_online_features(
            features=["pushed:pushed_count", "pushed:pushed_share"],
            entity_rows=[{"player_id": "ada"}],
        ).to_dict()
    return {name: value[0] for name, value in answer.items() if name != "player_id"}


def test_a_pushed_row_is_read_and_an_older_one_changes_nothing(settings: Settings) -> None:
    store = pushable(settings)
    with quiet():
        store.push("push", row(2**60 + 1, 0.1, AT), to=PushMode.ONLINE)
        store.push("push", row(7, 0.7, AT - HOUR), to=PushMode.ONLINE)

    assert pushed(store) == {"pushed_count": 2**60 + 1, "pushed_share": 0.1}
    with quiet():
        store.write_to_online_store("pushed", row(None, 0.2, AT + HOUR))
    assert pushed(store) == {"pushed_count": None, "pushed_share": 0.2}


def test_a_view_not_written_for_longer_than_its_ttl_answers_nothing(settings: Settings) -> None:
    store = pushable(settings)
    with quiet():
        store.push("push", row(5, 0.5, AT), to=PushMode.ONLINE)
    online = online_of(store)
    layout = Layout.of(store.get_feature_view("tickets"))
    (vector,) = layout.pack_table(pa.table({name: [1] for name in layout.names}))
    two_days = int((AT + timedelta(days=2)).timestamp() * 1_000_000)

    online.write_vectors(store.config, "tickets", layout, [("bob", two_days, vector)])
    assert pushed(store) == {"pushed_count": 5, "pushed_share": 0.5}
    online.write_vectors(store.config, "tickets", layout, [("bob", two_days + 1, vector)])
    assert pushed(store) == {"pushed_count": None, "pushed_share": None}


def test_the_fast_path_reads_what_was_written_and_tells_when(settings: Settings) -> None:
    store, reader = open_store(settings), OnlineReader(settings, "scoring")
    assert not reader.is_filled()
    for hours, name in enumerate(("tickets", "deposits")):
        layout = Layout.of(store.get_feature_view(name))
        (vector,) = layout.pack_table(pa.table({f: [hours + 3] for f in layout.names}))
        event = int((AT + hours * HOUR).timestamp() * 1_000_000)
        rows = [(f"p{i}", event, vector) for i in range(2_500)]
        online_of(store).write_vectors(store.config, name, layout, rows)

    assert reader.is_filled()
    rows_read = reader.read(["p7", "nobody", "p2499"])
    assert rows_read.found.tolist() == [True, False, True]
    width = len(Layout.of(store.get_feature_view("deposits")).names)
    assert (rows_read.values[[0, 2], :width] == 4).all()
    assert (rows_read.values[[0, 2], width:] == 3).all()
    assert np.isnan(rows_read.values[1]).all()
    assert rows_read.as_of[0] == np.datetime64("2026-03-01T00", "us")
    assert rows_read.newest_as_of[2] == rows_read.fresh_as_of[2] == np.datetime64("2026-03-01T01")


def test_a_view_that_is_gone_leaves_no_vectors(settings: Settings) -> None:
    store = pushable(settings)
    with quiet():
        store.push("push", row(5, 0.5, AT), to=PushMode.ONLINE)
        store.apply(
            [store.get_entity("player")],
            objects_to_delete=[store.get_feature_view("pushed")], partial=False,
        )  # fmt: skip
    online = online_of(store)

    assert list(online.read_vectors(store.config, ["ada"], ["pushed"])) == []
    assert online.serving_at(store.config) is None


def test_teardown_forgets_every_vector(settings: Settings) -> None:
    store = pushable(settings)
    with quiet():
        store.push("push", row(5, 0.5, AT), to=PushMode.ONLINE)
    online = online_of(store)

    online.teardown(store.config, [], [])

    assert online.serving_at(store.config) is None
    assert pushed(store) == {"pushed_count": None, "pushed_share": None}


def test_feasts_own_commands_open_the_same_store_and_no_file_holds_a_password(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = settings.feast / "feature_store.yaml"
    with quiet():
        store = open_store(settings)
    if settings.online_store != "sqlite":
        assert settings.online_store not in written.read_text()
        monkeypatch.setenv("EVENHAND_ONLINE_STORE", settings.online_store)

    with quiet():
        loaded = load_repo_config(settings.feast, written)

    assert loaded.online_store.model_dump() == store.config.online_store.model_dump()
    assert yaml.safe_load(written.read_text())["project"] == loaded.project
