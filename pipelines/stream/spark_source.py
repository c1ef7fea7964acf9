"""The event log as a stream Spark can read. Way: core.log -> here -> spark_stream.

A data source in Python, so that every log of `core.log.open_log` (SQLite, PostgreSQL, Kafka) is
read alike and no connector has to be fetched. Offsets are {partition: next offset} and are kept by
Spark in the query's checkpoint; one task reads one partition of the log, in order.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from core.log.event_log import Bounds
from core.log.open_log import open_log

if TYPE_CHECKING:
    from pyspark.sql.datasource import DataSource, InputPartition
    from pyspark.sql.streaming.datasource import ReadLimit

FORMAT = "evenhand_log"
COLUMNS = "partition INT, offset BIGINT, key STRING, value BINARY, appended_us BIGINT"
_ARROW = pa.schema(
    [("partition", pa.int32()), ("offset", pa.int64()), ("key", pa.string()),
     ("value", pa.binary()), ("appended_us", pa.int64())]
)  # fmt: skip
AT_ONCE = 50_000


def next_stop(
    start: Mapping[str, int], ends: Mapping[str, int], most: int | None
) -> dict[str, int]:
    """Return where a batch that begins at `start` ends: at most `most` entries in all.

    Partitions share what may be read evenly; what one does not need goes to the others.

    >>> next_stop({"0": 0, "1": 5}, {"0": 100, "1": 7}, 10)
    {'0': 8, '1': 7}
    """
    left = sum(ends[p] - start.get(p, 0) for p in ends) if most is None else most
    stops = {p: start.get(p, 0) for p in ends}
    waiting = sorted(ends, key=lambda p: ends[p] - stops[p])
    for place, partition in enumerate(waiting):
        share = -(-left // (len(waiting) - place))
        taken = min(ends[partition] - stops[partition], share)
        stops[partition] += taken
        left -= taken
    return stops


class LogStretches:
    """What Spark asks of a stream's reader: where it begins, where a batch ends, its entries."""

    def __init__(self, options: Mapping[str, str]) -> None:
        self._url, self._most = options["log"], int(options.get("most", AT_ONCE))
        self._last: dict[str, int] | None = None

    def initialOffset(self) -> dict[str, int]:  # noqa: N802 - the names are Spark's
        """Return the first entries the log holds."""
        return {partition: bounds.first for partition, bounds in _bounds(self._url).items()}

    def getDefaultReadLimit(self) -> ReadLimit:  # noqa: N802
        """Return how many entries a batch may have."""
        from pyspark.sql.streaming.datasource import ReadMaxRows

        return ReadMaxRows(self._most)

    def prepareForTriggerAvailableNow(self) -> None:  # noqa: N802
        """Note what there is now; the query ends there."""
        self._last = self._ends()

    def latestOffset(self, start: dict[str, int], limit: ReadLimit) -> dict[str, int]:  # noqa: N802
        """Return where the batch that begins at `start` ends."""
        from pyspark.sql.streaming.datasource import ReadAllAvailable

        most = None if isinstance(limit, ReadAllAvailable) else self._most
        return next_stop(start, self._last or self._ends(), most)

    def partitions(self, start: dict[str, int], end: dict[str, int]) -> Sequence[InputPartition]:
        """Return one stretch per partition of the log that has entries in the batch."""
        from pyspark.sql.datasource import InputPartition

        return [
            InputPartition((int(partition), start.get(partition, 0), stop))
            for partition, stop in end.items()
            if stop > start.get(partition, 0)
        ]

    def read(self, partition: InputPartition) -> Iterator[pa.RecordBatch]:
        """Yield the entries of a stretch, in order."""
        log = open_log(self._url)
        try:
            for batch in log.read_range(*partition.value):
                columns = {name: getattr(batch, name) for name in _ARROW.names}
                yield pa.RecordBatch.from_pydict(columns, _ARROW)
        finally:
            log.close()

    def _ends(self) -> dict[str, int]:
        return {partition: bounds.end for partition, bounds in _bounds(self._url).items()}


class LogTable:
    """The log as a streaming table: its name, its columns, its reader."""

    options: Mapping[str, str]  # set by Spark

    @classmethod
    def name(cls) -> str:
        """Return the word after `format`."""
        return FORMAT

    def schema(self) -> str:
        """Return the columns, as Spark writes them."""
        return COLUMNS

    def streamReader(self, schema: object) -> Any:  # noqa: N802, ARG002 - Spark's names
        """Return what plans batches on the driver and reads stretches in tasks."""
        from pyspark.sql.datasource import DataSourceStreamReader
        from pyspark.sql.streaming.datasource import SupportsTriggerAvailableNow

        bases = (LogStretches, DataSourceStreamReader, SupportsTriggerAvailableNow)
        return type("LogReader", bases, {})(self.options)


def event_log_source() -> type[DataSource]:
    """Return the source; register it with `session.dataSource.register`.

    Options: `log` is the log's address; `most` the entries of one batch (default `AT_ONCE`). Spark
    wants its own base classes; they are joined here, so that nothing else needs pyspark.
    """
    from pyspark.sql.datasource import DataSource

    return type("EventLogSource", (LogTable, DataSource), {})


def _bounds(url: str) -> dict[str, Bounds]:
    log = open_log(url)
    try:
        return {str(number): log.bounds(number) for number in range(log.partitions)}
    finally:
        log.close()
