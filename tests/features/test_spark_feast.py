"""Feast's spark offline store answers from our snapshots as our own offline store does."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from core.settings import Settings
from features.registry import all_views
from features.snapshots import backfill, instants
from features.spark_sources import open_spark_store
from features.store import apply, open_store, quiet

pytestmark = pytest.mark.timeout(900)  # a JVM and Feast's long queries, on a busy machine
SERVICES = {
    "wide": ("tickets", "deposits", "shared_device", "play_visits"),
    "all": tuple(view.name for view in all_views()),
}
LAST = datetime(2025, 4, 10, 12, 30, 0, 123456, tzinfo=UTC)
TIMES = tuple(instants(LAST - timedelta(days=4), LAST, timedelta(days=2)))
STEP = timedelta(microseconds=1)


@pytest.fixture(scope="module")
def house(
    tmp_path_factory: pytest.TempPathFactory, land: Callable[..., Path], fact_maker: Any
) -> Settings:
    settings = Settings(home=tmp_path_factory.mktemp("spark_home"))
    world: dict[str, list[dict[str, object]]] = {}
    for number, view in enumerate(all_views()):
        for name, rows in fact_maker(view, number).world(40).items():
            world.setdefault(name, []).extend(rows)
    land(world).rename(settings.warehouse)
    apply(settings, SERVICES)
    backfill(settings, all_views(), TIMES)
    return settings


def _questions(house: Settings) -> pd.DataFrame:
    moments = [t + d for t in (*TIMES, LAST + timedelta(days=2)) for d in (-STEP, 0 * STEP, STEP)]
    asked = [(player, at) for player in ("ada", "bob", "nobody") for at in moments]
    return pd.DataFrame(asked, columns=["player_id", "event_timestamp"])


def _ours(house: Settings, service: str, questions: pd.DataFrame) -> pa.Table:
    store = open_store(house)
    with quiet():
        wanted = store.get_feature_service(service)
        return store.get_historical_features(questions, wanted).to_arrow()


def _sparks(house: Settings, service: str, questions: pd.DataFrame, *, known: bool) -> pa.Table:
    with quiet():
        store = open_spark_store(house, SERVICES)
        job: Any = store.get_historical_features(
            questions.copy(), store.get_feature_service(service), filter_by_created_timestamp=known
        )
        return job.to_spark_df().toArrow()


def _same(ours: pa.Table, theirs: pa.Table) -> list[str]:
    """Return the columns that differ; Feast's own store keeps no order of rows."""
    keys = [("player_id", "ascending"), ("event_timestamp", "ascending")]
    assert sorted(ours.column_names) == sorted(theirs.column_names)
    assert ours.num_rows == theirs.num_rows
    ours, theirs = ours.sort_by(keys), theirs.select(ours.column_names).sort_by(keys)
    return [n for n in ours.column_names[2:] if ours[n].to_pylist() != theirs[n].to_pylist()]


def test_the_spark_offline_store_gives_every_view_as_our_own_does(
    spark: Any, house: Settings
) -> None:
    questions = _questions(house)

    ours = _ours(house, "all", questions)
    theirs = _sparks(house, "all", questions, known=True)

    assert _same(ours, theirs) == []
    assert sum(ours[name].null_count < ours.num_rows for name in ours.column_names) > 300


def test_what_became_known_late_is_kept_back_only_when_asked_for(
    spark: Any, house: Settings
) -> None:
    newest = sorted((house.features / "deposits").glob("as_of=*.parquet"))[-1]
    table, hour = pq.read_table(newest), pa.scalar(timedelta(hours=1))
    later = pc.add(table["created_timestamp"], hour)
    count = pc.add(table["deposit_count_life"], 1000)
    for name, column in (("created_timestamp", later), ("deposit_count_life", count)):
        table = table.set_column(table.column_names.index(name), name, column)
    corrected = newest.with_name("as_of=corrected.parquet")
    pq.write_table(table, corrected)
    questions = pd.DataFrame(
        [("ada", LAST), ("ada", LAST + timedelta(hours=1))],
        columns=["player_id", "event_timestamp"],
    )
    try:
        ours = _ours(house, "wide", questions)
        known = _sparks(house, "wide", questions, known=True)
        careless = _sparks(house, "wide", questions, known=False)
    finally:
        corrected.unlink()

    assert _same(ours, known) == []
    assert ours["deposit_count_life"][1].as_py() == ours["deposit_count_life"][0].as_py() + 1000
    assert "deposit_count_life" in _same(ours, careless), "Feast's default serves it too early"
