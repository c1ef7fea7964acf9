"""Lines as columns of integers. Way: decoding_lines -> here -> decoding.

`Taken` keeps of each line only the texts that are still needed, a few hundred lines at a time, so
that the structs are gone while they are still warm in the cache. `table_of` then reads the texts of
the whole batch at once and says which lines it could not read, for the codec to look at.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt

from core.currency import EXPONENTS, exponent
from core.events.wire import Kind, WireField
from features.state.facts import Integers
from features.state.inputs import NULL, Link
from features.state.layout import StateLayout
from pipelines.stream.decoding_cells import Columns, Fill, Memo, fills_of
from pipelines.stream.decoding_checks import EARLIEST_US, LATEST_US
from pipelines.stream.decoding_kernel import Flags, into_base, read_ids
from pipelines.stream.decoding_lines import LineKind, LineReader
from pipelines.stream.decoding_texts import as_ascii, decimals_of, given, instants_of, on_lines

_RATE_PLACES = 6
_NO_RATES: Integers = np.empty(0, dtype=np.int64)
Key = tuple[int, str, str]  # place of the line, view, key


@dataclass(frozen=True, slots=True)
class Plan:
    """What becomes of one kind of fact: its number, and how each cell is made."""

    number: int
    kind: LineKind
    fills: Sequence[Fill]
    links: Sequence[Link]


@dataclass(frozen=True, slots=True)
class Taken:
    """What was taken out of lines; `values` holds, per kind, the fields of line after line."""

    ids: list[str] = field(default_factory=list)  # many in one text
    occurred: list[str] = field(default_factory=list)  # many in one text
    recorded: list[str] = field(default_factory=list)  # many in one text
    blank: list[int] = field(default_factory=list)  # lines without a source or a player
    players: list[str] = field(default_factory=list)
    rows: dict[str, list[int]] = field(default_factory=dict)
    values: dict[str, list[Any]] = field(default_factory=dict)

    def add(self, lines: Sequence[Any], kinds: Mapping[type, LineKind]) -> None:
        """Take what is needed out of lines; the lines may go afterwards."""
        if not lines:
            return
        first = len(self.players)
        self.ids.append("".join([line.id for line in lines]))
        self.occurred.append(on_lines([line.time for line in lines]))
        self.recorded.append(on_lines([line.recordedtime for line in lines]))
        sources, players = [line.source for line in lines], [line.subject for line in lines]
        if not all(map(str.strip, chain(sources, players))):
            pairs = enumerate(zip(sources, players, strict=True), first)
            self.blank.extend(row for row, pair in pairs if not all(map(str.strip, pair)))
        self.players.extend(players)
        by_type: defaultdict[type, list[int]] = defaultdict(list)
        for row, line in enumerate(lines, first):
            by_type[line.__class__].append(row)
        for type_, rows in by_type.items():
            kind = kinds[type_]
            self.rows.setdefault(kind.name, []).extend(rows)
            taken = map(kind.values, [lines[row - first].data for row in rows])
            self.values.setdefault(kind.name, []).extend(chain.from_iterable(taken))


@dataclass(frozen=True, slots=True)
class Table:
    """Lines as integers; where `bad`, what stands here means nothing."""

    players: list[str]
    fact: npt.NDArray[np.int16]
    occurred: Integers
    recorded: Integers
    id_high: npt.NDArray[np.uint64]
    id_low: npt.NDArray[np.uint64]
    cells: Integers
    keys: list[Key]
    bad: Flags


@dataclass(slots=True)
class _Group:
    """The lines of one kind, while their texts are read."""

    plan: Plan
    rows: npt.NDArray[np.intp]
    taken: Mapping[str, Sequence[Any]]
    numbers: slice | None = None  # rates, then amounts field by field, among all decimals


class TableMaker:
    """Makes tables for a layout; remembers the cells of values met before."""

    def __init__(self, layout: StateLayout, reader: LineReader, base_currency: str) -> None:
        self._width = layout.width
        self._rate_places = _RATE_PLACES + exponent(base_currency)
        memos: dict[tuple[str, ...], Memo] = {}
        self._plans = {kind.name: _plan(layout, kind, memos) for kind in reader.kinds.values()}

    def table_of(self, taken: Taken) -> Table:
        """Read the texts of lines."""
        n = len(taken.players)
        occurred, bad = instants_of(taken.occurred, n)
        recorded, unknown = instants_of(taken.recorded, n)
        bad |= unknown | _outside(occurred) | _outside(recorded)
        high, low = np.empty(n, dtype=np.uint64), np.empty(n, dtype=np.uint64)
        bad |= read_ids(as_ascii("".join(taken.ids)), high, low)
        bad[taken.blank] = True
        table = Table(
            players=taken.players,
            fact=np.empty(n, dtype=np.int16),
            occurred=np.minimum(occurred, recorded),
            recorded=recorded,
            id_high=high,
            id_low=low,
            cells=np.full((n, self._width), NULL, dtype=np.int64),
            keys=[],
            bad=bad,
        )
        self._fill(table, [self._group(name, taken) for name in taken.rows])
        return table

    def _group(self, name: str, taken: Taken) -> _Group:
        plan = self._plans[name]
        values, width = taken.values[name], len(plan.kind.fields)
        columns = {one.wire: values[j::width] for j, one in enumerate(plan.kind.fields)}
        return _Group(plan, np.array(taken.rows[name], dtype=np.intp), columns)

    def _fill(self, table: Table, groups: Sequence[_Group]) -> None:
        numbers, unread = self._decimals(groups)
        for group in groups:
            plan, rows = group.plan, group.rows
            table.fact[rows] = plan.number
            columns, bad = _columns(group, numbers, unread)
            table.bad[rows] |= bad
            for place, fill in enumerate(plan.fills):
                table.cells[rows, place] = fill(columns)
            for link in plan.links:
                keys = zip(rows.tolist(), columns.taken[link.column], strict=True)
                table.keys.extend((row, link.view, key) for row, key in keys if key is not None)

    def _decimals(self, groups: Sequence[_Group]) -> tuple[Integers, Flags]:
        texts: list[str] = []
        places: list[npt.NDArray[np.int8]] = [np.empty(0, dtype=np.int8)]
        for group in groups:
            if group.plan.kind.is_money:
                start, n = len(texts), len(group.rows)
                codes = group.taken["currency"]
                decimals = np.fromiter(map(EXPONENTS.__getitem__, codes), np.int8, n)
                texts.extend(group.taken["exchange_rate"])
                places.append((self._rate_places - decimals).astype(np.int8))
                for amount in _of_kind(group.plan.kind, Kind.AMOUNT):
                    column = group.taken[amount.wire]
                    texts.extend(given(column) if amount.nullable else column)
                    places.append(decimals)
                group.numbers = slice(start, len(texts))
        return decimals_of(texts, places)


def _plan(layout: StateLayout, kind: LineKind, memos: dict[tuple[str, ...], Memo]) -> Plan:
    number = layout.number_of(kind.name)
    if kind.name not in layout.facts:
        return Plan(number, kind, (), ())
    fact = layout.facts[kind.name]
    return Plan(number, kind, fills_of(fact, kind, memos), fact.links)


def _of_kind(kind: LineKind, of: Kind) -> list[WireField]:
    return [one for one in kind.fields if one.kind is of]


def _columns(group: _Group, numbers: Integers, unread: Flags) -> tuple[Columns, Flags]:
    """Return the columns of a kind, and which of its lines have a text nobody could read."""
    kind, n = group.plan.kind, len(group.rows)
    bad = np.zeros(n, dtype=np.bool_)
    for instant in _of_kind(kind, Kind.INSTANT):
        texts = group.taken[instant.wire]
        said = [place for place, text in enumerate(texts) if text is not None]
        _, none = instants_of([on_lines([texts[place] for place in said])], len(said))
        bad[said] |= none
    if group.numbers is None:
        return Columns(group.rows, group.taken, {}, {}, _NO_RATES), bad
    rates, *minor = block = numbers[group.numbers].reshape(-1, n)
    bad |= unread[group.numbers].reshape(-1, n).any(axis=0)
    amounts = _of_kind(kind, Kind.AMOUNT)
    for amount, column in zip(amounts, minor, strict=True):
        if not amount.nullable:  # of such, the kernel's null was an empty text
            bad |= column == NULL
    base = np.empty((len(amounts), n), dtype=np.int64)
    bad |= into_base(block[1:], rates, base)
    names = [amount.wire for amount in amounts]
    minors, bases = (dict(zip(names, columns, strict=True)) for columns in (minor, base))
    return Columns(group.rows, group.taken, minors, bases, rates), bad


def _outside(instants: Integers) -> Flags:
    return (instants < EARLIEST_US) | (instants >= LATEST_US)
