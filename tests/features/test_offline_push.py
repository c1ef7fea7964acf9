"""Rows pushed to Feast: the same online and offline, and offline only once."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from feast import Entity, FeatureStore, FeatureView, Field, FileSource, PushSource, ValueType
from feast.data_format import ParquetFormat
from feast.data_source import PushMode
from feast.types import Float64, Int64, String

from core.errors import SourceError
from core.settings import Settings
from features.offline_rows import append_rows
from features.store import apply, open_store, quiet

AT = datetime(2026, 3, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
MOMENT = pa.timestamp("us", "UTC")
COLUMNS = pa.schema(
    [
        ("player_id", pa.string()), ("event_timestamp", MOMENT), ("created_timestamp", MOMENT),
        ("visits", pa.int64()), ("share", pa.float64()),
    ]
)  # fmt: skip
FEATURES = ["own:visits", "own:share"]


@pytest.fixture
def store(tmp_path: Path) -> FeatureStore:
    """A store with a view of the house's own that rows can be pushed to."""
    settings, folder = Settings(tmp_path, tmp_path / "mlruns"), tmp_path / "own"
    apply(settings, {})
    folder.mkdir()
    pq.write_table(COLUMNS.empty_table(), folder / "columns.parquet")
    batch = FileSource(
        name="own_rows", path=folder.as_posix(), timestamp_field="event_timestamp",
        created_timestamp_column="created_timestamp", file_format=ParquetFormat(),
    )  # fmt: skip
    player = Entity(name="player", join_keys=["player_id"], value_type=ValueType.STRING)
    fields = [Field(name="visits", dtype=Int64), Field(name="share", dtype=Float64)]
    view = FeatureView(
        name="own", entities=[player], ttl=timedelta(days=2),
        schema=[Field(name="player_id", dtype=String), *fields],
        source=PushSource(name="own_push", batch_source=batch),
    )  # fmt: skip
    opened = open_store(settings)
    with quiet():
        opened.apply([player, view])
    return opened


def _rows(at: datetime, known: datetime) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "player_id": ["ada", "bob"], "event_timestamp": [at] * 2,
            "created_timestamp": [known] * 2, "visits": pd.array([2**53 - 1, None], dtype="Int64"),
            "share": [0.25, None],
        }
    )  # fmt: skip


def _push(store: FeatureStore, rows: pd.DataFrame, to: PushMode) -> None:
    with quiet():
        store.push("own_push", rows, to=to)


def _offline(store: FeatureStore, at: datetime) -> list[tuple[object, ...]]:
    entities = pd.DataFrame({"player_id": ["ada", "bob"], "event_timestamp": [at] * 2})
    with quiet():
        table = store.get_historical_features(entities, FEATURES).to_arrow()
    return [tuple(row.values()) for row in table.select(["visits", "share"]).to_pylist()]


def _online(store: FeatureStore) -> list[tuple[object, ...]]:
    with quiet():
        answer = store.get_online_features(
            FEATURES, [{"player_id": "ada"}, {"player_id": "bob"}]
        ).to_dict()
    return list(zip(answer["visits"], answer["share"], strict=True))


def test_rows_pushed_to_both_are_the_same_in_both(store: FeatureStore) -> None:
    _push(store, _rows(AT, AT), PushMode.ONLINE_AND_OFFLINE)

    assert _offline(store, AT) == _online(store) == [(2**53 - 1, 0.25), (None, None)]


def test_rows_pushed_offline_count_from_when_they_were_known(store: FeatureStore) -> None:
    _push(store, _rows(AT, AT + HOUR), PushMode.OFFLINE)

    assert _offline(store, AT + HOUR / 2) == [(None, None)] * 2
    assert _offline(store, AT + HOUR)[0] == (2**53 - 1, 0.25)


def test_rows_pushed_twice_are_kept_once_and_other_rows_beside_them(
    store: FeatureStore, tmp_path: Path
) -> None:
    for at in (AT, AT, AT + HOUR):
        _push(store, _rows(at, at), PushMode.OFFLINE)

    files = sorted((tmp_path / "own").glob("pushed-*.parquet"))
    assert [pq.read_metadata(file).num_rows for file in files] == [2, 2]
    assert not list((tmp_path / "own").glob("*.next"))


def test_rows_that_do_not_fit_are_refused_in_words(tmp_path: Path) -> None:
    rows = pa.table({"visits": ["many"]})

    with pytest.raises(SourceError, match=r"holds no file .*Hint: write a first file"):
        append_rows(tmp_path, rows)
    pq.write_table(pa.table({"visits": [1]}), tmp_path / "columns.parquet")
    with pytest.raises(SourceError, match="pushed rows"):
        append_rows(tmp_path, rows)
    assert len(list(tmp_path.iterdir())) == 1
