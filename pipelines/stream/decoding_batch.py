"""What a batch of messages said, in log order. Way: decoding -> here -> dedupe, engine, links."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from features.state.facts import FactBatch, Integers
from features.state.inputs import NULL
from pipelines.stream.decoding_checks import AHEAD_US, from_the_future
from pipelines.stream.decoding_lines import (
    ROW_COLUMNS,
    ROW_FACT,
    ROW_HIGH,
    ROW_LOW,
    ROW_OCCURRED,
    ROW_RECORDED,
)

Rows = npt.NDArray[np.intp]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Places:
    """Where messages stand in the log, and when they were appended (UTC microseconds)."""

    partition: npt.NDArray[np.int32]
    offset: Integers
    appended: Integers


@dataclass(frozen=True, slots=True)
class Poison:
    """A message that is no fact: its place in the batch of messages, and why."""

    index: int
    reason: str


@dataclass(frozen=True, slots=True)
class Links:
    """Keys the facts tie their players to; `row` is the fact's place in the batch of facts."""

    row: list[int] = field(default_factory=list)
    view: list[str] = field(default_factory=list)
    key: list[str] = field(default_factory=list)

    def known(self, batch: FactBatch, keep: Flags) -> dict[tuple[str, str, str], int]:
        """Return, by (view, key, player), the first instant the kept facts make a tie known."""
        first: dict[tuple[str, str, str], int] = {}
        for row, view, key in zip(self.row, self.view, self.key, strict=True):
            if keep[row]:
                tie, at = (view, key, batch.player[row]), int(batch.recorded[row])
                first[tie] = min(at, first.get(tie, at))
        return first


@dataclass(frozen=True, slots=True)
class Decoded:
    """What a batch of messages said.

    `index[i]` is the place, among the messages, of the one row i of `facts` came from; `poison` is
    in the messages' order; `unknown` counts events by a type nobody declared.
    """

    facts: FactBatch
    index: Rows
    links: Links
    poison: list[Poison]
    unknown: Counter[str]


@dataclass(slots=True)
class Reading:
    """One batch on its way, a row for every message; `doubtful` are those nobody took yet.

    `starts` is where each message begins if all are joined with a byte behind each.
    `rows` is by ROW_* of decoding_lines, `cells` by message; `tied` are (message, view, key).
    """

    values: Sequence[bytes]
    starts: Integers
    rows: Integers
    cells: Integers
    doubtful: Flags
    players: list[str] = field(default_factory=list)
    tied: list[tuple[int, str, str]] = field(default_factory=list)
    poison: list[Poison] = field(default_factory=list)
    unknown: Counter[str] = field(default_factory=Counter)

    @classmethod
    def of(cls, values: Sequence[bytes], width: int) -> Reading:
        """Return the reading of messages of which none is read yet."""
        n = len(values)
        starts = np.zeros(n + 1, dtype=np.int64)
        np.cumsum(np.fromiter(map(len, values), np.int64, n) + 1, out=starts[1:])
        rows = np.zeros((ROW_COLUMNS, n), dtype=np.int64)
        cells = np.full((n, width), NULL, dtype=np.int64)
        return cls(values, starts, rows, cells, np.zeros(n, dtype=np.bool_))

    def refuse(self, place: int, reason: str) -> None:
        """Note a message that is no fact."""
        self.poison.append(Poison(place, reason))


def decoded_batch(reading: Reading, places: Places) -> Decoded:
    """Give out what was taken; a fact known well after it was appended is poison."""
    recorded, good = reading.rows[ROW_RECORDED], ~reading.doubtful
    ahead = recorded > places.appended + AHEAD_US
    for place in np.flatnonzero(good & ahead).tolist():
        reason = from_the_future(int(recorded[place]), int(places.appended[place]))
        reading.refuse(place, reason or "known time in the future")
    index = np.flatnonzero(good & ~ahead)
    return Decoded(
        facts=_facts(reading, index, places),
        index=index,
        links=_links(reading, index),
        poison=sorted(reading.poison, key=lambda poison: poison.index),
        unknown=reading.unknown,
    )


def _facts(reading: Reading, index: Rows, places: Places) -> FactBatch:
    rows = reading.rows
    batch = FactBatch(
        player=reading.players,
        fact=rows[ROW_FACT].astype(np.int16),
        occurred=rows[ROW_OCCURRED],
        recorded=rows[ROW_RECORDED],
        id_high=rows[ROW_HIGH].view(np.uint64),
        id_low=rows[ROW_LOW].view(np.uint64),
        partition=places.partition,
        offset=places.offset,
        cells=reading.cells,
    )
    return batch if len(index) == len(batch) else batch.taken(index)


def _links(reading: Reading, index: Rows) -> Links:
    links = Links()
    row_of = np.full(len(reading.values), -1, dtype=np.intp)
    row_of[index] = np.arange(len(index))
    for place, view, key in reading.tied:
        row = int(row_of[place])
        if row >= 0:
            links.row.append(row)
            links.view.append(view)
            links.key.append(key)
    return links
