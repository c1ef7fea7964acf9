"""Tables of lines put together in log order. Way: decoding -> here -> dedupe, engine, links."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from core.events.envelope import Envelope, UnknownEvent
from features.state.facts import FactBatch, Integers
from features.state.inputs import NULL
from features.state.layout import NOT_A_PLAYER
from pipelines.stream.decoding_checks import AHEAD_US, from_the_future, micros
from pipelines.stream.decoding_kernel import Flags
from pipelines.stream.decoding_tables import Table

Rows = npt.NDArray[np.intp]
_HALF = (1 << 64) - 1


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
    """One batch on its way: tables, each with the places of its lines, and what is no fact."""

    values: Sequence[bytes]
    width: int
    tables: list[tuple[Rows, Table]] = field(default_factory=list)
    poison: list[Poison] = field(default_factory=list)
    unknown: list[tuple[int, UnknownEvent]] = field(default_factory=list)

    def refuse(self, place: int, reason: str) -> None:
        """Note a message that is no fact."""
        self.poison.append(Poison(place, reason))

    def keep_unknown(self, place: int, event: UnknownEvent) -> None:
        """Note an event of a type nobody declared."""
        self.unknown.append((place, event))


def decoded_batch(reading: Reading, places: Places) -> Decoded:
    """Put the tables together; a fact known well after it was appended is poison."""
    tables = [*reading.tables, _unknown_table(reading)]
    index = np.concatenate([rows for rows, _ in tables])
    good = ~np.concatenate([table.bad for _, table in tables])
    recorded = np.concatenate([table.recorded for _, table in tables])
    ahead = recorded > places.appended[index] + AHEAD_US
    for row in np.flatnonzero(good & ahead).tolist():
        place = int(index[row])
        reason = from_the_future(int(recorded[row]), int(places.appended[place]))
        reading.refuse(place, reason or "known time in the future")
    rows = np.flatnonzero(good & ~ahead)
    rows = rows[np.argsort(index[rows], kind="stable")]
    facts = _taken([table for _, table in tables], rows, places, index)
    return Decoded(
        facts=facts,
        index=index[rows],
        links=_links(tables, index[rows], len(reading.values)),
        poison=sorted(reading.poison, key=lambda poison: poison.index),
        unknown=Counter(event.type for _, event in reading.unknown),
    )


def _taken(tables: Sequence[Table], rows: Rows, places: Places, index: Rows) -> FactBatch:
    """Return some rows of all tables together, in their order."""
    filled = [table for table in tables if table.players] or tables[:1]
    players = [player for table in filled for player in table.players]
    in_order = len(rows) == len(players) and bool((np.diff(rows) == 1).all())

    def column(name: str) -> np.ndarray:
        parts = [getattr(table, name) for table in filled]
        whole = parts[0] if len(parts) == 1 else np.concatenate(parts)
        return whole if in_order else whole[rows]

    return FactBatch(
        player=players if in_order else [players[row] for row in rows.tolist()],
        fact=column("fact"),
        occurred=column("occurred"),
        recorded=column("recorded"),
        id_high=column("id_high"),
        id_low=column("id_low"),
        partition=places.partition[index[rows]],
        offset=places.offset[index[rows]],
        cells=column("cells"),
    )


def _links(tables: Sequence[tuple[Rows, Table]], index: Rows, messages: int) -> Links:
    row_of = np.full(messages, -1, dtype=np.intp)
    row_of[index] = np.arange(len(index))
    links = Links()
    for places, table in tables:
        for line, view, key in table.keys:
            row = int(row_of[places[line]])
            if row >= 0 and not table.bad[line]:
                links.row.append(row)
                links.view.append(view)
                links.key.append(key)
    return links


def _unknown_table(reading: Reading) -> tuple[Rows, Table]:
    """Return events of unknown types as lines that are of no player."""
    known = [(place, e.envelope) for place, e in reading.unknown if e.envelope is not None]
    envelopes: list[Envelope] = [envelope for _, envelope in known]
    n = len(envelopes)
    recorded = np.array([micros(e.recorded) for e in envelopes], dtype=np.int64)
    occurred = np.array([micros(e.time) for e in envelopes], dtype=np.int64)
    table = Table(
        players=[envelope.subject for envelope in envelopes],
        fact=np.full(n, NOT_A_PLAYER, dtype=np.int16),
        occurred=np.minimum(occurred, recorded),
        recorded=recorded,
        id_high=np.array([envelope.id.int >> 64 for envelope in envelopes], dtype=np.uint64),
        id_low=np.array([envelope.id.int & _HALF for envelope in envelopes], dtype=np.uint64),
        cells=np.full((n, reading.width), NULL, dtype=np.int64),
        keys=[],
        bad=np.zeros(n, dtype=np.bool_),
    )
    return np.array([place for place, _ in known], dtype=np.intp), table
