"""A batch of log messages as integers in columns. Way: log -> here -> dedupe, engine, links.

The codec decides what is an event and landing's checks what is a fact; both are slow. So the lines
are first read by structs that never take more than the codec does, and their texts by kernels. What
either does not take at once is asked of the codec itself: refused, it is poison with the codec's
reason; accepted, its canonical line is read again.

An event of a type nobody declared is no poison. It stands in the batch as NOT_A_PLAYER, so that log
time and the memory of ids are the same for a worker that knows the type and for one that does not.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from core.errors import EventError
from core.events.codec import BASE_CURRENCY, LINE_BYTES_MAX, decode, encode
from core.events.envelope import UnknownEvent
from features.state.layout import StateLayout
from pipelines.stream.decoding_batch import Decoded, Places, Reading, decoded_batch
from pipelines.stream.decoding_checks import refusal
from pipelines.stream.decoding_lines import line_reader
from pipelines.stream.decoding_tables import TableMaker, Taken

_AT_ONCE, _IN_A_TABLE = 512, 8_192
"""How many lines are structs, and texts, at a time: what fits the processor's caches."""
_JSON = msgspec.json.Decoder()
_BROKEN = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


class BatchDecoder:
    """Decodes for one layout; the first batch compiles the kernels, which may take seconds."""

    def __init__(self, layout: StateLayout, base_currency: str = BASE_CURRENCY) -> None:
        self._base_currency = base_currency
        wanted = {(f.name, i.column) for f in layout.facts.values() for i in f.inputs}
        wanted |= {(f.name, link.column) for f in layout.facts.values() for link in f.links}
        self._reader = line_reader(frozenset(wanted))
        self._maker = TableMaker(layout, self._reader, base_currency)
        self._width = layout.width

    def decode(self, values: Sequence[bytes], places: Places) -> Decoded:
        """Decode messages; one known more than 60 s after it was appended is poison."""
        reading = Reading(values, self._width)
        doubtful: list[int] = []
        for start in range(0, len(values), _IN_A_TABLE):
            taken, index, unread = self._take(values[start : start + _IN_A_TABLE])
            table = self._maker.table_of(taken)
            reading.tables.append((index + start, table))
            doubtful.extend(start + place for place in unread)
            doubtful.extend((index[table.bad] + start).tolist())
        self._look_again(reading, sorted(doubtful))
        return decoded_batch(reading, places)

    def _take(self, values: Sequence[bytes]) -> tuple[Taken, npt.NDArray[np.intp], list[int]]:
        """Take out what can be read at once; return it with its places, and the other places."""
        taken, doubtful = Taken(), list[int]()
        for start in range(0, len(values), _AT_ONCE):
            lines = self._lines(values[start : start + _AT_ONCE])
            if None in lines:
                doubtful.extend(start + i for i, line in enumerate(lines) if line is None)
                lines = [line for line in lines if line is not None]
            taken.add(lines, self._reader.kinds)
        index = np.arange(len(values))
        return taken, np.delete(index, doubtful), doubtful

    def _lines(self, values: Sequence[bytes]) -> list[Any]:
        """Read some lines, null where they have to be looked at again."""
        if max(map(len, values)) > LINE_BYTES_MAX:
            values = [value if len(value) <= LINE_BYTES_MAX else b"" for value in values]
        lines: list[Any] = []
        messages = iter(values)
        while True:
            try:
                lines.extend(map(self._reader.strict, messages))
            except _BROKEN:  # what was read before it is in `lines` already
                lines.append(self._with_added_fields(values[len(lines)]))
            else:
                return lines

    def _with_added_fields(self, value: bytes) -> Any:
        """Read a line of a later sender: its added fields have to be JSON and are passed over."""
        try:
            _JSON.decode(value)
            return self._reader.lenient(value)
        except _BROKEN:
            return None

    def _look_again(self, reading: Reading, doubtful: Sequence[int]) -> None:
        """Ask the codec, and landing's checks, about lines that could not be read at once."""
        lines, index = [], []
        for place in doubtful:
            try:
                event = decode(reading.values[place], base_currency=self._base_currency)
                if isinstance(event, UnknownEvent):
                    reading.keep_unknown(place, event)
                elif (reason := refusal(event)) is not None:
                    reading.refuse(place, reason)
                else:
                    line = self._reader.strict(encode(event, base_currency=self._base_currency))
                    lines.append(line)
                    index.append(place)
            except EventError as error:
                reading.refuse(place, str(error))
        taken = Taken()
        taken.add(lines, self._reader.kinds)
        reading.tables.append((np.array(index, dtype=np.intp), self._maker.table_of(taken)))
