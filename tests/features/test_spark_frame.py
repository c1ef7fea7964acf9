"""Every view by Spark is every view by DuckDB: the same numbers, bit for bit."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from core.events.registry import facts
from features.frame import SPINE, point_in_time_frame
from features.manifest import Manifest, Part, read_manifest, write_manifest
from features.registry import all_views, feature_names, views_named
from features.sample import known_span, sample_spine
from features.sources import open_warehouse
from features.spark_facts import register_facts
from features.spark_frame import isolated, point_in_time_frame_on_spark

pytestmark = pytest.mark.timeout(900)  # a JVM and a few hundred plans, on a busy machine
EDGES = tuple(  # the conftest aims its facts at these instants
    datetime.fromisoformat(text)
    for text in (
        "2025-03-10T00:00:00",
        "2025-03-10T00:00:00.000001",
        "2025-03-10T13:07:03",
        "2025-04-10T00:00:00",
    )
)


@pytest.fixture(scope="module")
def warehouse(
    small_warehouse: Path, tmp_path_factory: pytest.TempPathFactory, land: Callable[..., Path],
    fact_maker: Any,
) -> Path:  # fmt: skip
    """The small operator's landed facts, and beside them facts at the edges of every window."""
    house = tmp_path_factory.mktemp("spark_house") / "warehouse"
    shutil.copytree(small_warehouse, house)
    world: dict[str, list[dict[str, object]]] = {}
    for number, view in enumerate(all_views()):
        for name, rows in fact_maker(view, number).world(60).items():
            world.setdefault(name, []).extend(rows)
    shutil.copytree(land(world), house, dirs_exist_ok=True)
    return house


def _spine(warehouse: Path, rows: int) -> pa.Table:
    with open_warehouse(warehouse, threads=1) as connection:
        sampled = sample_spine(known_span(connection, all_views()), rows, seed=11)
    edges = [(player, at) for player in ("ada", "bob", "nobody") for at in EDGES]
    players, instants = zip(*edges, strict=True)
    return pa.concat_tables([sampled, pa.table([players, instants], schema=SPINE)])


def test_every_view_has_the_same_values_on_spark(spark: Any, warehouse: Path) -> None:
    views, spine = all_views(), _spine(warehouse, 300)
    with open_warehouse(warehouse, threads=1) as connection:
        expected = point_in_time_frame(connection, spine, views)

    frame = point_in_time_frame_on_spark(spark, warehouse, spine, views)

    assert frame.schema.types == expected.schema.types
    assert frame.column_names == expected.column_names
    wrong = {n: _differences(frame[n], expected[n]) for n in frame.column_names}
    assert {name: found[:3] for name, found in wrong.items() if found} == {}
    told = [n for n in feature_names(views) if len(pc.unique(expected[n])) > 1]
    assert len(told) > 0.95 * len(feature_names(views)), "the facts tell too few features apart"


def _differences(ours: pa.ChunkedArray, theirs: pa.ChunkedArray) -> list[object]:
    if ours.combine_chunks().equals(theirs.combine_chunks()):
        return []
    both = zip(ours.to_pylist(), theirs.to_pylist(), strict=True)
    return [(row, a, b) for row, (a, b) in enumerate(both) if a != b]


def test_every_fact_has_the_same_rows_on_spark(spark: Any, small_warehouse: Path) -> None:
    for name in facts():
        assert _rows_on_spark(spark, small_warehouse, name) == _rows_in_duckdb(
            small_warehouse, name
        ), name


def _rows_on_spark(session: Any, warehouse: Path, name: str) -> dict[str, list[object]]:
    own = isolated(session)
    register_facts(own, warehouse, [name])
    return _columns(own.table(name).toArrow())


def _rows_in_duckdb(warehouse: Path, name: str) -> dict[str, list[object]]:
    query = f"SELECT * REPLACE (CAST(event_id AS VARCHAR) AS event_id) FROM {name}"
    with open_warehouse(warehouse, threads=1) as connection:
        return _columns(connection.sql(query).to_arrow_table())


def _columns(table: pa.Table) -> dict[str, list[object]]:
    ordered: dict[str, list[object]] = table.sort_by("event_id").to_pydict()
    return ordered | {"types": [str(kind) for kind in table.schema.types]}


def test_the_session_handed_in_is_left_as_it_was(spark: Any, small_warehouse: Path) -> None:
    spark.conf.set("spark.sql.session.timeZone", "Asia/Tokyo")
    spark.sql("SELECT 'mine' AS player_id").createOrReplaceTempView("pit_players")
    views, spine = views_named(["shared_ip"]), _spine(small_warehouse, 20)
    try:
        frame = point_in_time_frame_on_spark(spark, small_warehouse, spine, views)

        assert spark.table("pit_players").collect()[0].player_id == "mine"
        assert spark.conf.get("spark.sql.session.timeZone") == "Asia/Tokyo"
        assert not spark.catalog.tableExists("player_logged_in")
    finally:
        spark.conf.set("spark.sql.session.timeZone", "UTC")
        spark.catalog.dropTempView("pit_players")
    with open_warehouse(small_warehouse, threads=1) as connection:
        assert frame.equals(point_in_time_frame(connection, spine, views))


def test_files_of_other_ages_and_makers_read_the_same_on_spark(
    spark: Any, small_warehouse: Path, tmp_path: Path
) -> None:
    fact, house = "deposit_approved", tmp_path / "{odd} name [1]*"
    shutil.copytree(small_warehouse / fact, house / fact)
    older, texts, *_ = sorted((house / fact).rglob("*.parquet"))
    pq.write_table(pq.read_table(older).drop_columns(["method", "vendor_name", "fee_minor"]), older)
    table = pq.read_table(texts)
    ids = [str(value.as_py()).upper() for value in table["event_id"]]
    for name in ("occurred_at", "recorded_at"):
        table = table.set_column(
            table.column_names.index(name), name, table[name].cast(pa.timestamp("us", "UTC"))
        )
    pq.write_table(table.set_column(0, "event_id", pa.array(ids)), texts)
    manifest = read_manifest(small_warehouse)
    parts = {part: Part(old.rows, "older") for part, old in manifest.parts[fact].items()}
    write_manifest(house, Manifest(parts={fact: parts}))

    assert _rows_on_spark(spark, house, fact) == _rows_in_duckdb(house, fact)
