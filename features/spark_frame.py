"""Feature values at given instants, by Spark. Way: warehouse + views -> here -> training frames.

The same steps as `features.frame`, each a temporary view of a session of its own, carried over by
`features.dialect`; a step read more than once is kept (in memory, spilling to disk). Every step is
integer arithmetic or one fixed order of double operations, so the values are DuckDB's, bit for bit.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from features.dialect import in_dialect
from features.frame import checked_spine, steps_of
from features.pit import Step
from features.spark_facts import register_facts
from features.spec import View

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession


def point_in_time_frame_on_spark(
    session: SparkSession,
    warehouse: Path,
    spine: pa.Table,
    views: Sequence[View],
    on_view: Callable[[str], None] | None = None,
) -> pa.Table:
    """Return the spine with every feature of the views as known at each `as_of`.

    Args:
        session: any running session; it is not changed, nor are its views.
        warehouse: the folder `features.sources.open_warehouse` reads; every executor must see it.
        spine: `player_id`, `as_of` (UTC); rows unique.
        views: the views wanted; columns follow their order.
        on_view: called with a view's name when it is done, for progress.

    Raises:
        DeclarationError: the spine is not as `features.frame.point_in_time_frame` wants it.
    """
    frame = checked_spine(spine)
    own = isolated(session)
    register_facts(own, warehouse, (name for view in views for name in view.sources))
    with _spine_views(own, frame):
        for view in views:
            table = _in_order(own, view)
            for name, column in zip(table.column_names, table.columns, strict=True):
                frame = frame.append_column(name, column)
            if on_view is not None:
                on_view(view.name)
    return frame


def isolated(session: SparkSession) -> SparkSession:
    """Return a session of the same Spark with views and settings of its own, in UTC and strict."""
    own = session.newSession()
    own.conf.set("spark.sql.session.timeZone", "UTC")
    own.conf.set("spark.sql.ansi.enabled", "true")  # an overflow is an error, as in DuckDB
    return own


@contextmanager
def _spine_views(session: SparkSession, spine: pa.Table) -> Iterator[None]:
    """Hold `pit_players` (player_id, p) and `pit_spine` (row, p, t) while views are computed."""
    players = pc.unique(spine["player_id"])
    numbered = pc.index_in(spine["player_id"], players).cast(pa.int64())
    numbers = pa.array(range(len(players)), pa.int64())
    rows = pa.array(range(spine.num_rows), pa.int64())
    instants = spine["as_of"].cast(pa.int64())
    tables = {
        "pit_players": pa.table({"player_id": players, "p": numbers}),
        "pit_spine": pa.table({"row": rows, "p": numbered, "t": instants}),
    }
    frames = {name: session.createDataFrame(table).persist() for name, table in tables.items()}
    for name, frame in frames.items():
        frame.createOrReplaceTempView(name)
    try:
        yield
    finally:
        for frame in frames.values():
            frame.unpersist()


def _in_order(session: SparkSession, view: View) -> pa.Table:
    """Return the features of a view, in the spine's order."""
    kept: list[DataFrame] = []
    try:
        table = _features(session, steps_of(view), kept).toArrow()
    finally:
        for frame in kept:
            frame.unpersist()
    return table.sort_by("row").drop_columns(["row"])


def _features(session: SparkSession, steps: Sequence[Step], kept: list[DataFrame]) -> DataFrame:
    """Make the steps; those read more than once are kept and noted in `kept`."""
    frame = session.table("pit_spine")
    for place, step in enumerate(steps):
        frame = session.sql(in_dialect(step.select, "spark"))
        if _reads(step.table, steps[place + 1 :]) > 1:
            kept.append(frame.persist())
        frame.createOrReplaceTempView(step.table)
    return frame


def _reads(table: str, steps: Sequence[Step]) -> int:
    return sum(len(re.findall(rf"\b{table}\b", step.select)) for step in steps)
