"""Columns of one kind of fact as cells of the state. Way: decoding -> here -> FactBatch.cells."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from core.errors import DeclarationError
from core.events.wire import Kind
from features.state.facts import Integers
from features.state.inputs import NULL, Input
from features.state.layout import FactLayout
from pipelines.stream.decoding_lines import LineKind

REMEMBERED = 1 << 16
_RATE, _BASE, _MINOR = "exchange_rate_e6", "_base_minor", "_minor"


class Memo(dict[Any, int]):
    """Cells of values met before; it forgets them all when it has grown too large."""

    def __init__(self, encode: Callable[[object], int]) -> None:
        super().__init__()
        self._encode = encode

    def __missing__(self, value: object) -> int:
        if len(self) >= REMEMBERED:
            self.clear()
        cell = self[value] = self._encode(value)
        return cell


@dataclass(frozen=True, slots=True)
class Columns:
    """What was taken out of the lines of one kind, column by column.

    `taken` is by wire name, `minor` and `base` by amount (`x_minor` -> under `x`), `rates` the
    exchange rates, empty for a fact without money. `rows` are the lines' places in the batch.
    """

    rows: npt.NDArray[np.intp]
    taken: Mapping[str, Sequence[Any]]
    minor: Mapping[str, Integers]
    base: Mapping[str, Integers]
    rates: Integers


Fill = Callable[[Columns], Integers]


def fills_of(layout: FactLayout, kind: LineKind, memos: dict[tuple[str, ...], Memo]) -> list[Fill]:
    """Return, for each input of a fact, how its column of cells is made.

    Raises:
        DeclarationError: the state asks for a column that is no whole number, flag or text.
    """
    return [_fill(wanted, kind, memos) for wanted in layout.inputs]


def _fill(wanted: Input, kind: LineKind, memos: dict[tuple[str, ...], Memo]) -> Fill:
    column = wanted.column
    if kind.is_money and column == _RATE:
        return lambda columns: columns.rates
    if kind.is_money and column.endswith(_BASE):
        name = column.removesuffix(_BASE)
        return lambda columns: columns.base[name]
    if kind.is_money and column.endswith(_MINOR):
        name = column.removesuffix(_MINOR)
        return lambda columns: columns.minor[name]
    field = next(field for field in kind.fields if field.name == column)
    if wanted.kind in ("integer", "flag"):
        if field.kind not in (Kind.INTEGER, Kind.FLAG):
            raise DeclarationError(
                f"{kind.name}.{column} is {field.kind.value}", expected="a whole number or a flag"
            )
        return lambda columns: _whole(columns.taken[column])
    memo = memos.setdefault((wanted.kind, *wanted.codes), Memo(wanted.encode))
    return lambda columns: _looked_up(memo, columns.taken[column])


def _whole(values: Sequence[Any]) -> Integers:
    return np.array([NULL if value is None else value for value in values], dtype=np.int64)


def _looked_up(memo: Memo, values: Sequence[Any]) -> Integers:
    return np.fromiter(map(memo.__getitem__, values), np.int64, len(values))
