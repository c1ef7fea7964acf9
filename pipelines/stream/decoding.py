"""A batch of log messages as integers in columns. Way: log -> here -> dedupe, engine, links.

The codec decides what is an event and landing's checks what is a fact; both are slow. So a kernel
reads the lines first, and takes only those that are plain: none the codec would refuse. Of all the
others the codec itself is asked: refused, a line is poison with the codec's reason; accepted, its
row is filled from the event.

An event of a type nobody declared is no poison. It stands in the batch as NOT_A_PLAYER, so that log
time and the memory of ids are the same for a worker that knows the type and for one that does not.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from core.errors import EventError
from core.events.codec import BASE_CURRENCY, decode
from core.events.envelope import UnknownEvent
from features.state.facts import Integers
from features.state.layout import StateLayout
from pipelines.stream.decoding_batch import Decoded, Places, Reading, decoded_batch
from pipelines.stream.decoding_checks import refusal
from pipelines.stream.decoding_events import fill_envelope, fill_event
from pipelines.stream.decoding_lines import (
    NOTE,
    PENDING,
    ROW_PLAYER,
    SCRATCH,
    TIES,
    Memory,
    Room,
    read_lines,
)
from pipelines.stream.decoding_tables import line_tables
from pipelines.stream.decoding_texts import REMEMBERED, Buckets, Names, joined

AT_ONCE = 1_000
"""Lines joined at a time: what is written then is still in the cache when it is read."""


class BatchDecoder:
    """Decodes for one layout; the first batch compiles the kernels, which may take seconds.

    It remembers up to `remembered` texts, so that one met again need not be looked into; so it is
    not for two threads at once.
    """

    def __init__(
        self,
        layout: StateLayout,
        base_currency: str = BASE_CURRENCY,
        remembered: int = REMEMBERED,
    ) -> None:
        self._layout, self._base_currency = layout, base_currency
        self._tables = line_tables(layout, base_currency)
        self._names, self._buckets = Names(remembered), Buckets(remembered)
        self._memory = Memory(
            self._tables.flat, self._tables.lexicon, self._names.lexicon, self._buckets.lexicon
        )
        most = max(layout.width, self._tables.most_links)
        self._notes = np.empty((2, AT_ONCE * most, NOTE), dtype=np.int64)

    def decode(self, values: Sequence[bytes], places: Places) -> Decoded:
        """Decode messages; one known more than 60 s after it was appended is poison."""
        reading = Reading.of(values, self._layout.width)
        for start in range(0, len(values), AT_ONCE):
            self._read(reading, slice(start, min(start + AT_ONCE, len(values))))
        for place in np.flatnonzero(reading.doubtful).tolist():
            self._ask_codec(reading, place)
        return decoded_batch(reading, places)

    def _read(self, reading: Reading, some: slice) -> None:
        """Read some lines, in several goes if there is no room for all the texts in them."""
        text = joined(reading.values[some], self._tables.tail)
        first = some.start
        counts, scratch = np.zeros(2, dtype=np.int64), np.empty(SCRATCH, dtype=np.int64)
        room = Room(reading.rows, reading.cells, reading.doubtful, self._notes, counts, scratch)
        while first < some.stop:
            counts[:] = 0
            stop = read_lines(
                text, reading.starts, (some.start, first, some.stop), self._memory, room
            )
            links, pending = (self._notes[kind, : counts[kind]] for kind in (TIES, PENDING))
            self._tell(reading, slice(first, stop), links, pending)
            first = stop
            if first < some.stop:
                self._names.forget()
                self._buckets.forget()

    def _tell(self, reading: Reading, read: slice, links: Integers, pending: Integers) -> None:
        """Give the lines just read their players, keys and buckets, which come as numbers."""
        cells, views = reading.cells, self._tables.views
        if len(pending):
            cells[pending[:, 0], pending[:, 1]] = self._buckets.told(pending[:, 2])
        reading.players += self._names.named(reading.rows[ROW_PLAYER, read])
        if len(links):
            keys = self._names.named(links[:, 2])
            said = [views[view] for view in links[:, 1].tolist()]
            reading.tied.extend(zip(links[:, 0].tolist(), said, keys, strict=True))

    def _ask_codec(self, reading: Reading, place: int) -> None:
        """Ask the codec, and landing's checks, about a line that is not plain."""
        try:
            event = decode(reading.values[place], base_currency=self._base_currency)
        except EventError as error:
            reading.refuse(place, str(error))
            return
        if isinstance(event, UnknownEvent):
            reading.unknown[event.type] += 1
            if event.envelope is not None:
                fill_envelope(reading, place, event.envelope)
        elif (reason := refusal(event)) is not None:
            reading.refuse(place, reason)
        else:
            fill_event(reading, place, event, self._layout)
