"""How a view's features become bytes and come back. Way: online_store and online use it.

A vector is a null bitmap (one bit a feature, set = null), then eight little-endian bytes a feature:
int64 or float64 as declared. Integers come back as integers, to the last bit.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from feast import FeatureView
from feast.protos.feast.types.Value_pb2 import Value
from feast.types import Int64

Bytes = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Layout:
    """Names and kinds (whole number or not) of a view's features, in their order."""

    names: tuple[str, ...]
    whole: tuple[bool, ...]

    @classmethod
    def of(cls, view: FeatureView) -> Layout:
        """Read the layout off a Feast view; features are Int64 or Float64."""
        return cls(
            tuple(field.name for field in view.features),
            tuple(field.dtype == Int64 for field in view.features),
        )

    @property
    def mark(self) -> str:
        """A short hash: two layouts with the same mark read each other's bytes."""
        text = ",".join(f"{n}:{w:d}" for n, w in zip(self.names, self.whole, strict=True))
        return hashlib.sha256(text.encode()).hexdigest()[:12]

    @property
    def head(self) -> int:
        """Bytes of the null bitmap."""
        return (len(self.names) + 7) // 8

    @property
    def width(self) -> int:
        """Bytes of a vector."""
        return self.head + 8 * len(self.names)

    def pack(self, values: Mapping[str, Value]) -> bytes:
        """Pack one player's Feast values; a missing or unset one is null."""
        row = {name: _plain(values.get(name)) for name in self.names}
        return self.pack_table(pa.Table.from_pylist([row], schema=self._schema()))[0]

    def pack_table(self, table: pa.Table) -> list[bytes]:
        """Pack every row of a table that has the layout's columns."""
        table = table.select(self.names).cast(self._schema())
        rows, width = table.num_rows, len(self.names)
        null, slots = np.zeros((rows, width), bool), np.zeros((rows, width), "<i8")
        for j, column in enumerate(table.columns):
            null[:, j] = column.is_null().to_numpy()
            filled = column.fill_null(0).to_numpy()
            slots[:, j] = filled if self.whole[j] else filled.view("<i8")
        joined = np.hstack([np.packbits(null, axis=1), slots.view(np.uint8)])
        return [row.tobytes() for row in joined]

    def unpack(self, vector: bytes) -> dict[str, Value]:
        """Return one vector as Feast values; null is an unset value."""
        null, slots = self._split(np.frombuffer(vector, np.uint8)[None, :])
        ints, floats = slots[0].tolist(), slots[0].view("<f8").tolist()
        columns = zip(self.names, self.whole, null[0].tolist(), ints, floats, strict=True)
        return {
            name: Value() if empty else Value(int64_val=i) if whole else Value(double_val=f)
            for name, whole, empty, i, f in columns
        }

    def matrix(self, vectors: list[bytes]) -> npt.NDArray[np.float64]:
        """Return vectors as rows of numbers, null = NaN (whole numbers beyond 2^53 are rounded)."""
        null, slots = self._split(
            np.frombuffer(b"".join(vectors), np.uint8).reshape(-1, self.width)
        )
        whole = np.array(self.whole)
        numbers = np.where(whole, slots.astype(np.float64), slots.view("<f8"))
        numbers[null] = np.nan
        return numbers

    def _split(self, rows: Bytes) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.int64]]:
        null = np.unpackbits(rows[:, : self.head], axis=1, count=len(self.names)).astype(bool)
        return null, np.ascontiguousarray(rows[:, self.head :]).view("<i8")

    def _schema(self) -> pa.Schema:
        kinds = (pa.int64() if whole else pa.float64() for whole in self.whole)
        return pa.schema(list(zip(self.names, kinds, strict=True)))


@dataclass(frozen=True, slots=True)
class JoinedLayout:
    """The vectors of several views side by side, decoded at once: a score is one row of them."""

    names: tuple[str, ...]
    nulls: tuple[bytes, ...]  # per view, what stands for a vector that is not there
    whole: npt.NDArray[np.bool_]
    bits: npt.NDArray[np.intp]  # where a feature's null bit stands in a row
    slots: npt.NDArray[np.intp]  # where its eight bytes stand

    @classmethod
    def of(cls, layouts: Sequence[Layout], wanted: Sequence[Sequence[str]]) -> JoinedLayout:
        """Join layouts, of each the features wanted, in that order."""
        whole, bits, slots, start = [], [], [], 0
        for layout, names in zip(layouts, wanted, strict=True):
            for place in map(layout.names.index, names):
                whole.append(layout.whole[place])
                bits.append(8 * start + place)
                slots.append(start + layout.head + 8 * place)
            start += layout.width
        return cls(
            tuple(name for names in wanted for name in names),
            tuple(b"\xff" * layout.head + bytes(8 * len(layout.names)) for layout in layouts),
            np.array(whole, dtype=bool),
            np.array(bits, dtype=np.intp),
            np.array(slots, dtype=np.intp)[:, None] + np.arange(8),
        )

    def matrix(self, rows: Sequence[Sequence[bytes]]) -> npt.NDArray[np.float64]:
        """Return one row of numbers per row of vectors, null = NaN, as `Layout.matrix` does."""
        packed = np.frombuffer(b"".join(chain.from_iterable(rows)), np.uint8)
        packed = packed.reshape(len(rows), sum(map(len, self.nulls)))
        slots = packed.take(self.slots, axis=1).reshape(len(rows), -1).view("<i8")
        numbers = np.where(self.whole, slots.astype(np.float64), slots.view("<f8"))
        numbers[np.unpackbits(packed, axis=1).take(self.bits, axis=1).view(bool)] = np.nan
        return numbers


def _plain(value: Value | None) -> int | float | None:
    kind = None if value is None else value.WhichOneof("val")
    return None if kind is None else getattr(value, kind)
