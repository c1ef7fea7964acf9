"""Bytes and numbers in memory, as kernels read them fastest. Way: the decoding kernels -> here.

An array handed from kernel to kernel is counted by numba at every call, and every reading of it
asks first whether the place is below zero. A line is read in a hundred steps of a few instructions,
which that would double; so inside, these kernels pass addresses. Who calls the outermost of them
holds the arrays, and sees to it that `PADDING` bytes more than the text can be read.

A word holds eight bytes of a text, the first of them lowest, as every machine this runs on has it.
"""

from __future__ import annotations

from typing import Any, Protocol, cast

import numpy as np
import numpy.typing as npt
from llvmlite import ir  # type: ignore[import-untyped]
from numba.core import types
from numba.extending import intrinsic

from features.state.compiling import compiled

Bytes = npt.NDArray[np.uint8]
_WORD = ir.IntType(64)
PADDING = 32
"""Bytes to be read behind the last text."""
QUOTE = 34
_AT_ONCE = 32  # bytes of a string looked at together
_KEPT = np.array([(1 << 8 * n) - 1 for n in range(8)], dtype=np.int64)  # of a last word


class _Read(Protocol):
    def __call__(self, at: int) -> int: ...


class _Item(Protocol):
    def __call__(self, numbers: int, place: int) -> int: ...


class _Put(Protocol):
    def __call__(self, numbers: int, place: int, number: int) -> None: ...


class _Address(Protocol):
    def __call__(self, array: npt.NDArray[Any]) -> int: ...


def _address_of(_: Any, array: Any) -> Any:
    """Return where an array begins; its holder keeps it until the kernel is done."""

    def code(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        view = context.make_array(signature.args[0])(context, builder, given[0])
        return builder.ptrtoint(view.data, _WORD)

    return types.int64(array), code


def _byte_at(_: Any, at: Any) -> Any:  # noqa: ARG001 - numba goes by the number of them
    """Return the byte at an address."""

    def code(_: Any, builder: Any, __: Any, given: Any) -> Any:
        byte = builder.load(builder.inttoptr(given[0], ir.IntType(8).as_pointer()), align=1)
        return builder.zext(byte, _WORD)

    return types.int64(types.int64), code


def _word_at(_: Any, at: Any) -> Any:  # noqa: ARG001 - the same
    """Return eight bytes, wherever they begin."""

    def code(_: Any, builder: Any, __: Any, given: Any) -> Any:
        return builder.load(builder.inttoptr(given[0], _WORD.as_pointer()), align=1)

    return types.int64(types.int64), code


def _item(_: Any, numbers: Any, place: Any) -> Any:  # noqa: ARG001 - the same
    """Return one of the 64-bit numbers that begin at an address."""

    def code(_: Any, builder: Any, __: Any, given: Any) -> Any:
        first = builder.inttoptr(given[0], _WORD.as_pointer())
        return builder.load(builder.gep(first, [given[1]]))

    return types.int64(types.int64, types.int64), code


def _put(_: Any, numbers: Any, place: Any, number: Any) -> Any:  # noqa: ARG001 - the same
    """Set one of the 64-bit numbers that begin at an address."""

    def code(context: Any, builder: Any, __: Any, given: Any) -> Any:
        first = builder.inttoptr(given[0], _WORD.as_pointer())
        builder.store(given[2], builder.gep(first, [given[1]]))
        return context.get_dummy_value()

    return types.void(types.int64, types.int64, types.int64), code


def _plain_at(_: Any, at: Any) -> Any:  # noqa: ARG001 - the same
    """Return how many of 32 bytes come before a quote, a backslash, or what is not plain ASCII."""
    lanes = ir.VectorType(ir.IntType(8), _AT_ONCE)

    def code(_: Any, builder: Any, __: Any, given: Any) -> Any:
        found = builder.load(builder.inttoptr(given[0], lanes.as_pointer()), align=1)
        quote, backslash, space = (ir.Constant(lanes, [byte] * _AT_ONCE) for byte in b'"\\ ')
        ends = builder.or_(
            builder.icmp_signed("==", found, quote), builder.icmp_signed("==", found, backslash)
        )
        ends = builder.or_(ends, builder.icmp_signed("<", found, space))  # beyond ASCII is negative
        marks = builder.zext(builder.bitcast(ends, ir.IntType(_AT_ONCE)), _WORD)
        last = builder.or_(marks, ir.Constant(_WORD, 1 << _AT_ONCE))
        return builder.cttz(last, ir.Constant(ir.IntType(1), 1))

    return types.int64(types.int64), code


address_of = cast("_Address", intrinsic(_address_of))
byte_at, word_at = cast("_Read", intrinsic(_byte_at)), cast("_Read", intrinsic(_word_at))
plain_at = cast("_Read", intrinsic(_plain_at))
item, put = cast("_Item", intrinsic(_item)), cast("_Put", intrinsic(_put))


@compiled
def last_word(word: int, length: int) -> int:
    """Return the first `length % 8` bytes of a word, the others zero."""
    return word & int(_KEPT[length & 7])


@compiled
def end_of_string(at: int) -> int:
    """Return where the quote is that ends a string, -1 if it has more than plain ASCII in it."""
    plain = plain_at(at)
    while plain == _AT_ONCE:
        at += _AT_ONCE
        plain = plain_at(at)
    return at + plain if byte_at(at + plain) == QUOTE else -1
