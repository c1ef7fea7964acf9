"""The real store, filled, replaced and taken away under a reader that is open."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import numpy as np
import pyarrow as pa
import pytest

from core.settings import Settings
from features.online_store import PackedSqliteOnlineStore
from features.packed import Layout
from features.registry import all_views
from features.store import apply, open_store
from serving.feast_reader import SERVICE, FeastReader
from serving.ports import StoreDownError

AT = datetime(2026, 3, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
VIEWS = sorted(view.name for view in all_views())[:2]


@pytest.fixture(scope="module")
def applied(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    home = tmp_path_factory.mktemp("reader")
    settings = Settings(home=home, mlruns=home / "mlruns")
    apply(settings, {SERVICE: VIEWS})
    return settings


@pytest.fixture
def settings(applied: Settings) -> Settings:
    for left in applied.feast.glob("online.sqlite*"):
        left.unlink()
    return applied


def fill(settings: Settings, number: int, at: datetime = AT, views: Sequence[str] = VIEWS) -> None:
    """Write player p's features, all the same number, as `materialize` does."""
    store = open_store(settings)
    online = cast("PackedSqliteOnlineStore", store._get_provider().online_store)
    for name in views:
        layout = Layout.of(store.get_feature_view(name))
        table = pa.table({feature: [number] for feature in layout.names})
        (vector,) = layout.pack_table(table)
        online.write_vectors(
            store.config, name, layout, [("p", int(at.timestamp() * 1_000_000), vector)]
        )


def value(reader: FeastReader) -> float:
    values = reader.read(["p"]).values
    assert (values == values[0, 0]).all()
    return float(values[0, 0])


def test_a_store_filled_anew_is_seen_by_a_reader_that_is_open(settings: Settings) -> None:
    fill(settings, 1)
    reader = FeastReader(settings)
    assert value(reader) == 1.0

    fill(settings, 2, AT + HOUR)

    assert value(reader) == 2.0
    assert reader.read(["p"]).as_of[0] == np.datetime64("2026-03-01T01", "us")


def test_a_store_put_in_the_place_of_another_is_seen(settings: Settings) -> None:
    fill(settings, 1)
    reader = FeastReader(settings)
    assert value(reader) == 1.0
    path = settings.feast / "online.sqlite"
    held = path.with_suffix(".held")
    for suffix in ("", "-wal", "-shm"):
        if Path(f"{path}{suffix}").exists():
            Path(f"{path}{suffix}").replace(f"{held}{suffix}")

    with pytest.raises(StoreDownError):
        reader.read(["p"])
    assert not reader.is_filled()
    fill(settings, 3, AT - HOUR)  # older than what the first file held, and yet what there is now

    assert reader.is_filled()
    assert value(reader) == 3.0


def test_a_store_without_a_row_is_not_filled_until_it_is(settings: Settings) -> None:
    fill(settings, 1, views=())
    store = open_store(settings)
    cast("PackedSqliteOnlineStore", store._get_provider().online_store).connection(store.config)
    reader = FeastReader(settings)

    assert not reader.is_filled()
    assert not reader.read(["p"]).found.any()
    fill(settings, 1)
    assert reader.is_filled()
    assert reader.read(["p", "q"]).found.tolist() == [True, False]


def test_views_written_at_different_instants_tell_the_oldest_and_the_newest(
    settings: Settings,
) -> None:
    fill(settings, 1, AT, VIEWS[:1])
    fill(settings, 1, AT + HOUR, VIEWS[1:])

    rows = FeastReader(settings).read(["p", "q"])

    assert rows.as_of[0] == np.datetime64("2026-03-01T00", "us")
    assert rows.newest_as_of[0] == np.datetime64("2026-03-01T01", "us")
    assert np.isnat(rows.newest_as_of[1])


def test_a_store_that_is_no_database_is_down(settings: Settings) -> None:
    fill(settings, 1)
    reader = FeastReader(settings)
    path = settings.feast / "online.sqlite"
    for file in path.parent.glob(f"{path.name}*"):  # a log beside it would bring the pages back
        file.unlink()
    path.write_bytes(b"not a database" * 1000)

    with pytest.raises(StoreDownError):
        reader.read(["p"])
    assert not reader.is_filled()
