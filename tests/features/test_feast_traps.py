"""Feast's own stores give wrong training frames; ours does not. Each trap is shown first."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest
from feast import Entity, FeatureStore, FeatureView, Field, FileSource, RepoConfig, ValueType
from feast.data_format import ParquetFormat
from feast.types import Float64, String

from core.errors import DeclarationError, SourceError
from features.store import quiet

OURS = "features.offline_store.KnownTimeOfflineStore"
START = datetime(2025, 3, 1, tzinfo=UTC)


def at(hour: float) -> datetime:
    return START + timedelta(hours=hour)


def store_over(folder: Path, rows: pd.DataFrame, kind: str, ttl_h: float = 0) -> FeatureStore:
    folder.mkdir(exist_ok=True)
    rows.to_parquet(folder / "rows.parquet")
    source = FileSource(
        path=str(folder / "rows.parquet"),
        file_format=ParquetFormat(),
        timestamp_field="event_timestamp",
        created_timestamp_column="created_timestamp",
    )
    player = Entity(name="player", join_keys=["player_id"], value_type=ValueType.STRING)
    view = FeatureView(
        name="deposits",
        entities=[player],
        ttl=timedelta(hours=ttl_h),
        schema=[Field(name="player_id", dtype=String), Field(name="x", dtype=Float64)],
        source=source,
    )
    config = RepoConfig(
        project="traps",
        provider="local",
        registry=str(folder / "registry.db"),
        offline_store={"type": kind},
        online_store={"type": "sqlite", "path": str(folder / "online.db")},
        entity_key_serialization_version=3,
    )
    with quiet():
        store = FeatureStore(config=config)
        store.apply([player, view])
    return store


def answer(store: FeatureStore, entities: pd.DataFrame | str) -> pd.DataFrame:
    with quiet():
        job = store.get_historical_features(entity_df=entities, features=["deposits:x"])
        return job.to_df()


def feature_rows(*rows: tuple[str, float, float, float]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["player_id", "event", "created", "x"])
    for column in ("event", "created"):
        frame[f"{column}_timestamp"] = pd.to_datetime([at(h) for h in frame.pop(column)])
    return frame


def asked(*rows: tuple[str, float]) -> pd.DataFrame:
    return pd.DataFrame(
        {"player_id": [p for p, _ in rows], "event_timestamp": [at(h) for _, h in rows]}
    )


FIVE_DAYS_LATE = feature_rows(("ada", 1, 1, 10.0), ("ada", 2, 2 + 5 * 24, 99.0))


def test_feasts_own_join_serves_a_value_recorded_five_days_later(tmp_path: Path) -> None:
    frame = answer(store_over(tmp_path, FIVE_DAYS_LATE, "duckdb"), asked(("ada", 3)))

    assert frame["x"].tolist() == [99.0]  # the trap: it was not known for five more days


def test_ours_serves_what_was_known_at_the_time(tmp_path: Path) -> None:
    store = store_over(tmp_path, FIVE_DAYS_LATE, OURS)

    frame = answer(store, asked(("ada", 3), ("ada", 121.9), ("ada", 122)))

    assert frame["x"].tolist() == [10.0, 10.0, 99.0]


TWO_LABELS = asked(("ada", 3), ("ada", 3), ("bob", 3))
ONLY_ADA = feature_rows(("ada", 1, 1, 10.0), ("bob", 9, 9, 20.0))


def test_feasts_file_store_loses_entity_rows(tmp_path: Path) -> None:
    frame = answer(store_over(tmp_path, ONLY_ADA, "dask"), TWO_LABELS)

    assert len(frame) < 3  # the trap: three rows were asked for


def test_ours_keeps_every_entity_row_in_order(tmp_path: Path) -> None:
    store = store_over(tmp_path, ONLY_ADA, OURS)

    frame = answer(store, TWO_LABELS.assign(label=[0, 1, 2]))

    assert frame["label"].tolist() == [0, 1, 2]
    assert frame["x"].isna().tolist() == [False, False, True]


def test_ttl_includes_its_last_instant(tmp_path: Path) -> None:
    store = store_over(tmp_path, feature_rows(("ada", 1, 1, 10.0)), OURS, ttl_h=1)

    frame = answer(store, asked(("ada", 1), ("ada", 2), ("ada", 2.001)))

    assert frame["x"].isna().tolist() == [False, False, True]


def test_a_late_correction_of_an_old_value_does_not_hide_a_newer_one(tmp_path: Path) -> None:
    rows = feature_rows(("ada", 1, 1, 1.0), ("ada", 5, 5, 5.0), ("ada", 1, 9, 1.5))

    frame = answer(store_over(tmp_path, rows, OURS), asked(("ada", 2), ("ada", 10)))

    assert frame["x"].tolist() == [1.0, 5.0]


@pytest.mark.parametrize(
    "moments",
    [
        pd.to_datetime(["2025-03-01 01:30", "2025-03-01 02:00"]),
        ["2025-03-01 01:30:00+00:00", "2025-03-01 02:00:00+00:00"],
        pd.to_datetime(["2025-03-01 02:30", "2025-03-01 03:00"]).tz_localize("Europe/Malta"),
    ],
    ids=["naive is utc", "text", "another zone"],
)
@pytest.mark.parametrize("files", ["aware", "naive"])
def test_times_mean_utc_instants(tmp_path: Path, moments: object, files: str) -> None:
    rows = feature_rows(("ada", 1, 1, 1.0), ("ada", 2, 2, 2.0))
    if files == "naive":
        for column in ("event_timestamp", "created_timestamp"):
            rows[column] = rows[column].dt.tz_localize(None)
    entities = pd.DataFrame({"player_id": "ada", "event_timestamp": moments})

    frame = answer(store_over(tmp_path, rows, OURS), entities)

    assert frame["x"].tolist() == [1.0, 2.0]


def test_entity_rows_may_be_a_query(tmp_path: Path) -> None:
    store = store_over(tmp_path, FIVE_DAYS_LATE, OURS)

    frame = answer(
        store, "SELECT 'ada' AS player_id, TIMESTAMP '2025-03-01 03:00' AS event_timestamp"
    )

    assert frame["x"].tolist() == [10.0]


def test_a_row_without_key_or_feature_gets_null(tmp_path: Path) -> None:
    entities = asked(("ada", 3), ("nobody", 3), ("ada", 0))
    entities.loc[len(entities)] = [None, at(3)]

    frame = answer(store_over(tmp_path, FIVE_DAYS_LATE, OURS), entities)

    assert frame["x"].isna().tolist() == [False, True, True, True]


def test_a_column_that_would_appear_twice_is_refused(tmp_path: Path) -> None:
    store = store_over(tmp_path, FIVE_DAYS_LATE, OURS)

    with pytest.raises(DeclarationError, match="column x of view deposits is already"):
        answer(store, asked(("ada", 3)).assign(x=1.0))


def test_a_frame_of_another_kind_is_refused(tmp_path: Path) -> None:
    store = store_over(tmp_path, FIVE_DAYS_LATE, OURS)

    with quiet(), pytest.raises(SourceError, match="pandas frame or a SQL query"):
        store.get_historical_features(entity_df=None, features=["deposits:x"])
