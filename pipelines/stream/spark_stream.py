"""Players' states by Spark Structured Streaming. Way: event log -> here -> state store.

What the worker does, cut into tasks. A micro-batch is read by one task per partition of the log,
which decodes, judges and sets aside as a worker does; distinct facts are then dealt out by player
to as many merging tasks as are wanted, each of which loads its players' states, folds in and writes
what is newer. Nothing is atomic across tasks and nothing has to be: a batch that failed half way is
read again from the checkpoint, and a state skips every fact at or before the offset it carries.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from core.clock import Clock, SystemClock
from core.log.event_log import Batch
from features.registry import all_views
from features.spark_session import require_spark
from features.state.engine import Engine
from features.state.facts import FactBatch
from features.state.layout import StateLayout, layout_of
from features.state_store import Heartbeat, StateStore, open_states
from pipelines.stream.flushing import micros
from pipelines.stream.holds import PendingHolds
from pipelines.stream.intake import Intake
from pipelines.stream.opening import opened, refuse_unbuilt
from pipelines.stream.residents import Residents
from pipelines.stream.settings import StreamSettings
from pipelines.stream.spark_source import AT_ONCE, FORMAT, event_log_source
from pipelines.stream.tallies import Tallies
from pipelines.stream.ties import PendingTies
from pipelines.stream.vouching import spark_checkpoint

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession
    from pyspark.sql.streaming.query import StreamingQuery

PROGRESS = -9
"""In the place of a fact's number: how far a partition was read, not a fact."""
_LONGS = ("occurred", "recorded", "id_high", "id_low", "offset")
_FACTS = pa.schema(
    [("player", pa.string()), ("fact", pa.int16()), ("partition", pa.int32()),
     *((name, pa.int64()) for name in _LONGS), ("cells", pa.binary())]
)  # fmt: skip
_FACTS_SQL = (
    "player STRING, fact SMALLINT, partition INT, "
    + ", ".join(f"{name} BIGINT" for name in _LONGS)
    + ", cells BINARY"
)
_DONE = pa.schema(
    [("partition", pa.int32()), ("offset", pa.int64()), ("log_time", pa.int64()),
     ("written", pa.int64())]
)  # fmt: skip
_DONE_SQL = "partition INT, offset BIGINT, log_time BIGINT, written BIGINT"
_CLOCK = SystemClock()


@dataclass(frozen=True, slots=True)
class SparkStream:
    """A streaming query that builds the states of the declared views.

    Args:
        settings: the worker's; folder, log and store must be reachable from every executor.
        tasks: how many tasks merge and write a micro-batch.
        most: entries of the log in one micro-batch, all partitions together.
        open_store: opens the store at `settings.states`, on an executor.
        clock: judges known times where the log does not stamp its entries.
    """

    settings: StreamSettings
    tasks: int = 8
    most: int = AT_ONCE
    open_store: Callable[[str], StateStore] = open_states
    clock: Clock = _CLOCK

    @property
    def checkpoint(self) -> Path:
        """Where Spark keeps how far it is; without it the query begins with the log's first entry.

        That does no harm: states skip what they hold.
        """
        return spark_checkpoint(self.settings.folder, self._layout.generation)

    def start(self, session: SparkSession, every: str | None = None) -> StreamingQuery:
        """Start the query; it reads what there is and ends, or goes on `every` ("1 second").

        Raises:
            NotReadyError: pyspark is missing, there is no log, or another generation answers.
        """
        require_spark()
        with opened(self.settings) as parts:
            refuse_unbuilt(parts)
        session.dataSource.register(event_log_source())
        reader = session.readStream.format(FORMAT).option("log", self.settings.log)
        writer = reader.option("most", str(self.most)).load().writeStream
        writer = writer.option("checkpointLocation", str(self.checkpoint.resolve()))
        writer = writer.foreachBatch(self.merge)
        trigger = {"processingTime": every} if every else {"availableNow": True}
        query: StreamingQuery = writer.trigger(**trigger).start()
        return query

    def merge(self, frame: DataFrame, _: int = 0) -> None:
        """Bring one micro-batch (the columns of `Batch`) into the store.

        Each partition's entries must lie in one task's share, in order, as the log's source and
        Spark's own for Kafka give them.
        """
        asked_us = micros(self.clock.now())
        facts = frame.mapInArrow(self.judged, _FACTS_SQL).repartition(self.tasks, "player")
        done = facts.mapInArrow(self.merged, _DONE_SQL).toArrow()
        with opened(self.settings) as parts:
            beats = [
                Heartbeat(
                    row["partition"], row["offset"], row["log_time"], asked_us,
                    parts.log.bounds(row["partition"]).end - row["offset"], self.settings.epoch,
                )
                for row in done.filter(pc.field("partition") >= 0).to_pylist()
            ]  # fmt: skip
            parts.store.beat(parts.layout.generation, beats)

    def judged(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Yield the distinct facts of players, then how far each partition was read.

        Dead letters, late facts, holds and ties are durable before the last row is yielded.
        """
        with opened(self.settings) as parts:
            intake = Intake.of(self.settings, parts.layout, parts.log, Tallies())
            holds, ties = PendingHolds(), PendingTies()
            for batch in batches:
                entries, now_us = Batch(*batch.to_pydict().values()), micros(self.clock.now())
                for place in _firsts(entries, intake.positions):
                    intake.begin(entries.partition[place], entries.offset[place], now_us)
                taken = intake.take(entries, now_us)
                holds.add(taken.holds)
                ties.add(taken.ties)
                yield _sent(taken.facts)
            intake.flush()
            holds.flush(parts.store, parts.layout.generation)
            ties.flush(parts.store, parts.layout.generation)
            intake.snapshot_now(list(intake.positions))
            yield _progress(intake)

    def merged(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Fold the facts of some players into their states; yield progress and states written."""
        table = pa.Table.from_batches(batches, _FACTS)
        is_fact = pc.not_equal(table["fact"], PROGRESS)
        facts = _received(table.filter(is_fact).sort_by("offset"), self._layout)
        store, written = self.open_store(self.settings.states), 0
        try:
            residents = Residents(Engine(self._layout, self.settings.epoch), store, len(facts) + 1)
            residents.load(facts.player)
            residents.apply(facts, residents.places(facts.player))
            generation = self._layout.generation
            written = residents.store_dirty(lambda states: store.write(generation, states))
        finally:
            store.close()
        yield _done(table.filter(pc.invert(is_fact)), written)

    @property
    def _layout(self) -> StateLayout:
        return layout_of(all_views())


def _firsts(entries: Batch, known: Iterable[int]) -> list[int]:
    """Return the places of the first entries of partitions not yet begun."""
    seen, places = set(known), list[int]()
    for place, partition in enumerate(entries.partition):
        if partition not in seen:
            seen.add(partition)
            places.append(place)
    return places


def _sent(facts: FactBatch) -> pa.RecordBatch:
    """Return facts as rows that can be dealt out by player."""
    width = pa.binary(facts.cells.shape[1] * facts.cells.itemsize)
    data = pa.py_buffer(np.ascontiguousarray(facts.cells).tobytes())
    cells = pa.FixedSizeBinaryArray.from_buffers(width, len(facts), [None, data])
    longs = (pa.array(getattr(facts, name).view(np.int64)) for name in _LONGS)
    columns = [pa.array(facts.player, pa.string()), pa.array(facts.fact),
               pa.array(facts.partition), *longs, cells.cast(pa.binary())]  # fmt: skip
    return pa.RecordBatch.from_arrays(columns, schema=_FACTS)


def _received(table: pa.Table, layout: StateLayout) -> FactBatch:
    """Return rows as the facts they were."""
    cells = np.frombuffer(b"".join(table["cells"].to_pylist()), dtype=np.int64)
    column = {name: table[name].to_numpy() for name in ("fact", "partition", *_LONGS)}
    return FactBatch(
        player=table["player"].to_pylist(),
        fact=column["fact"],
        occurred=column["occurred"],
        recorded=column["recorded"],
        id_high=column["id_high"].view(np.uint64),
        id_low=column["id_low"].view(np.uint64),
        partition=column["partition"],
        offset=column["offset"],
        cells=cells.reshape(len(table), layout.width),
    )


def _progress(intake: Intake) -> pa.RecordBatch:
    """Return rows that say how far partitions were read."""
    rows = [
        {"player": "", "fact": PROGRESS, "partition": partition, "offset": offset,
         "recorded": intake.log_time_us(partition)}
        for partition, offset in intake.positions.items()
    ]  # fmt: skip
    return pa.RecordBatch.from_pylist(rows, schema=_FACTS)


def _done(progress: pa.Table, written: int) -> pa.RecordBatch:
    """Return how far partitions were read, and in a row of no partition the states written."""
    rows = [
        {"partition": row["partition"], "offset": row["offset"], "log_time": row["recorded"]}
        for row in progress.to_pylist()
    ]
    return pa.RecordBatch.from_pylist([*rows, {"partition": -1, "written": written}], schema=_DONE)
