"""Feature values of all players at an instant, as files. Way: warehouse -> here -> Feast.

`backfill` writes `<home>/features/<view>/as_of=<YYYYMMDDTHHMMSSffffff>.parquet` (UTC, to the
microsecond, so names sort as instants do), one row per player known by then, sorted by player.
`materialize` brings the newest snapshot of every view to the online store. Both may be repeated:
the same facts give the same files and the same vectors.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from feast import FeatureStore
from feast import FeatureView as FeastView

from core.errors import NotReadyError
from core.events.registry import facts
from core.settings import Settings
from features.compile import CREATED, EVENT, snapshot_schema
from features.frame import SPINE, point_in_time_frame
from features.packed import Layout
from features.packed_online_store import PackedOnlineStore
from features.sources import open_warehouse
from features.spec import View
from features.store import open_store, quiet

Progress = Callable[[str], None]


def serving_instant(settings: Settings) -> datetime:
    """Return when the last landed fact became known: the `now` of snapshots, never a wall clock.

    Raises:
        NotReadyError: nothing has landed.
    """
    with open_warehouse(settings.warehouse) as connection:
        return _newest(connection)


def backfill(
    settings: Settings,
    views: Sequence[View],
    as_of: Sequence[datetime] = (),
    on_view: Progress | None = None,
) -> list[Path]:
    """Write the snapshots of `views` at every instant (aware; none = the serving instant)."""
    with open_warehouse(settings.warehouse) as connection:
        moments = tuple(as_of) or (_newest(connection),)
        return [
            _write(settings.features / view.name, view, connection, (moment, on_view))
            for moment in moments
            for view in views
        ]


def instants(first: datetime, last: datetime, every: timedelta) -> list[datetime]:
    """Return `last` and the instants `every` before it, back to `first`, oldest first.

    >>> day = timedelta(days=1)
    >>> [m.day for m in instants(datetime(2026, 1, 1), datetime(2026, 1, 6), 2 * day)]
    [2, 4, 6]
    """
    count = (last - first) // every
    return [last - every * back for back in range(count, -1, -1)]


def materialize(settings: Settings, on_view: Progress | None = None) -> dict[str, int]:
    """Write the newest snapshot of every applied view online; return players written per view.

    The same vectors as `feast materialize`, without a protobuf value per number on the way.

    Raises:
        NotReadyError: nothing is applied, or a view has no snapshot.
    """
    store = open_store(settings)
    views = store.list_feature_views()
    if not views:
        raise NotReadyError("no views in the registry", hint="run `evenhand features apply`")
    newest = _snapshots_of_all(settings, views)
    written = {}
    for view in views:
        written[view.name] = _materialize_view(store, view, newest[view.name])
        if on_view is not None:
            on_view(view.name)
    return written


def newest_snapshot(settings: Settings, view: str) -> Path:
    """Return the file of a view's newest snapshot.

    Raises:
        NotReadyError: there is none.
    """
    files = _snapshots(settings, view)
    if not files:
        raise NotReadyError(f"no snapshot of {view}", hint="run `evenhand features backfill`")
    return files[-1]


def _snapshots(settings: Settings, view: str) -> list[Path]:
    """Return a view's snapshots, oldest first."""
    return sorted((settings.features / view).glob("as_of=*.parquet"))


def _snapshots_of_all(settings: Settings, views: Sequence[FeastView]) -> dict[str, Path]:
    """Return every view's newest snapshot, before anything is written online.

    Raises:
        NotReadyError: naming all views without one.
    """
    found = {view.name: _snapshots(settings, view.name) for view in views}
    missing = sorted(name for name, files in found.items() if not files)
    if missing:
        raise NotReadyError(
            f"{len(missing)} of {len(views)} views have no snapshot: {', '.join(missing)}",
            expected="a snapshot of every applied view, so that no score lacks a part",
            hint="run `evenhand features backfill`",
        )
    return {name: files[-1] for name, files in found.items()}


def _materialize_view(store: FeatureStore, view: FeastView, snapshot: Path) -> int:
    online = store._get_provider().online_store  # noqa: SLF001 - feast has no public way; pinned
    if not isinstance(online, PackedOnlineStore):
        raise NotReadyError(f"online store is {type(online).__name__}", expected="the packed one")
    table, layout = pq.read_table(snapshot), Layout.of(view)
    players, times = (
        table["player_id"].to_pylist(),
        table.column(EVENT).cast(pa.int64()).to_pylist(),
    )
    rows = list(zip(players, times, layout.pack_table(table), strict=True))
    online.write_vectors(store.config, view.name, layout, rows)
    moment = table[EVENT][0].as_py() if rows else None
    if moment is not None:
        with quiet():
            store.registry.apply_materialization(view, store.project, moment, moment)
    return len(rows)


def _newest(connection: duckdb.DuckDBPyConnection) -> datetime:
    newest = " UNION ALL ".join(f"SELECT max(recorded_at) AS known FROM {name}" for name in facts())
    # All rows are fetched: a result half read would keep the connection busy for what follows.
    ((known,),) = connection.execute(f"SELECT max(known) FROM ({newest})").fetchall()
    if known is None:
        raise NotReadyError("the warehouse is empty", hint="run `evenhand land`")
    moment: datetime = known
    return moment.replace(tzinfo=UTC)


def _write(
    folder: Path, view: View, connection: duckdb.DuckDBPyConnection,
    at: tuple[datetime, Progress | None],
) -> Path:  # fmt: skip
    moment, on_view = at
    frame = point_in_time_frame(connection, _players(connection, moment), [view])
    aware = frame.column("as_of").cast(pa.timestamp("us", "UTC"))
    table = frame.drop_columns(["as_of"]).append_column(EVENT, aware).append_column(CREATED, aware)
    schema = snapshot_schema(view)
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"as_of={moment.astimezone(UTC):%Y%m%dT%H%M%S%f}.parquet"
    beside = target.with_suffix(".part")
    pq.write_table(table.select(schema.names).cast(schema), beside, compression="zstd")
    beside.replace(target)  # whole or not at all: a reader never sees half a file
    if on_view is not None:
        on_view(view.name)
    return target


def _players(connection: duckdb.DuckDBPyConnection, moment: datetime) -> pa.Table:
    """Return a spine of every player seen in a fact known by then (live facts are of tables)."""
    names = [name for name, fact in facts().items() if fact.family != "live"]
    known = moment.astimezone(UTC).replace(tzinfo=None)
    seen = " UNION ".join(f"SELECT player_id FROM {n} WHERE recorded_at <= $1" for n in names)
    query = f"SELECT player_id, $1::TIMESTAMP AS as_of FROM ({seen}) ORDER BY player_id"
    players: pa.Table = connection.sql(query, params=[known]).to_arrow_table()
    return players.cast(SPINE)
