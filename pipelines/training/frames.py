"""The training frame, computed once for all cards. Way: warehouse + cards -> here -> models.

Cards share players, instants and views, so one frame over the union of their spines is cheaper
than four. It is kept as Parquet in `<home>/frames`, under a name made of the warehouse's state,
the views' declarations and the spine: another state makes another file.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from core.errors import NotReadyError
from features.frame import point_in_time_frame
from features.registry import feature_names, views_named
from features.spec import View
from models.spec import ModelCard
from models.spine import labelled_spine

KEYS = ("player_id", "as_of")
_WHOLE = pa.schema([("player_id", pa.string()), ("as_of", pa.timestamp("us"))])


@dataclass(frozen=True, slots=True)
class Frames:
    """Labelled spines by card, and the features of every pair any of them asks for.

    `unready` says why a card has no spine; only who asks for that card is stopped by it.
    """

    spines: dict[str, pa.Table]
    features: pa.Table
    views: dict[str, View]
    unready: dict[str, NotReadyError] = field(default_factory=dict)

    def of(self, card: ModelCard) -> tuple[pa.Table, list[str]]:
        """Return a card's labelled frame and the names of its feature service.

        Raises:
            NotReadyError: the data does not suffice for the card.
        """
        if card.name in self.unready:
            raise self.unready[card.name]
        names = feature_names(self.views[name] for name in card.features)
        asked = self.features.select([*KEYS, *names])
        return self.spines[card.name].join(asked, list(KEYS), join_type="inner"), names


def build_frames(
    connection: duckdb.DuckDBPyConnection,
    cards: Sequence[ModelCard],
    folder: Path,
    on_view: Callable[[str], None] | None = None,
) -> Frames:
    """Label every card's spine and compute (or read back) the features they need.

    Args:
        connection: an open warehouse.
        cards: the cards to be trained, now or soon: the frame is for all of them.
        folder: `<home>/frames`.
        on_view: called with each view's name when its features are done.
    """
    views = {v.name: v for v in views_named(sorted({n for c in cards for n in c.features}))}
    spines, unready = _spines(connection, cards)
    union = pa.concat_tables([s.select(list(KEYS)).cast(_WHOLE) for s in spines.values()])
    spine = union.group_by(list(KEYS), use_threads=False).aggregate([])
    spine = spine.select(list(KEYS)).sort_by([("as_of", "ascending"), ("player_id", "ascending")])
    path = folder / f"{_key(connection, spine, list(views.values()))}.parquet"
    if path.exists():
        return Frames(spines, pq.read_table(path), views, unready)
    frame = point_in_time_frame(connection, spine, list(views.values()), on_view)
    folder.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".next")
    pq.write_table(frame, fresh, compression="zstd")
    fresh.replace(path)
    return Frames(spines, frame, views, unready)


def _spines(
    connection: duckdb.DuckDBPyConnection, cards: Sequence[ModelCard]
) -> tuple[dict[str, pa.Table], dict[str, NotReadyError]]:
    spines: dict[str, pa.Table] = {}
    unready: dict[str, NotReadyError] = {}
    for card in cards:
        try:
            spines[card.name] = labelled_spine(connection, card)
        except NotReadyError as error:
            unready[card.name] = error
    if not spines:
        raise next(iter(unready.values()))
    return spines, unready


def _key(connection: duckdb.DuckDBPyConnection, spine: pa.Table, views: Sequence[View]) -> str:
    digest = hashlib.sha256("\n".join(map(repr, views)).encode())
    for fact in sorted({source for view in views for source in view.sources}):
        rows = connection.execute(
            f"SELECT count(*), max(recorded_at), sum(hash(event_id)) FROM {fact}"
        ).fetchall()
        digest.update(f"{fact}:{rows}".encode())
    digest.update("\n".join(spine.column("player_id").to_pylist()).encode())
    digest.update(pc.cast(spine.column("as_of"), pa.int64()).to_numpy().tobytes())
    return digest.hexdigest()[:32]
