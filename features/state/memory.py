"""Memory as the processor has it, for kernels. Way: kernels -> here.

numba turns every index into three steps (is it negative, then from the end, then the load) and has
no word for eight bytes at any place, for counting bits, or for asking for memory ahead of its use.
Nothing here checks a place: who calls it has. Numbers of several bytes have the lowest first.
"""

from __future__ import annotations

from typing import Any, Protocol, cast

from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

ir: Any = cgutils.ir  # type: ignore[attr-defined]  # LLVM's own, as numba has it
_WORD, _BYTE = ir.IntType(64), ir.IntType(8)
_FOR_READING, _KEEP, _OF_DATA = 0, 3, 1  # the arguments of LLVM's prefetch


class _Load(Protocol):
    def __call__(self, array: Any, at: int) -> int: ...


class _Store(Protocol):
    def __call__(self, array: Any, at: int, value: int) -> None: ...


class _Ahead(Protocol):
    def __call__(self, array: Any, at: int) -> None: ...


class _OfBits(Protocol):
    def __call__(self, value: int) -> int: ...


def _address(context: Any, builder: Any, array: Any, given: Any) -> Any:
    view = context.make_array(array)(context, builder, given[0])
    return builder.gep(view.data, [given[1]])


def _word_at(_context: Any, array: Any, _at: Any) -> Any:
    def code(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        return builder.load(_address(context, builder, signature.args[0], given))

    return types.int64(array, types.int64), code


def _eight_at(_context: Any, array: Any, _at: Any) -> Any:
    def code(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        place = _address(context, builder, signature.args[0], given)
        return builder.load(builder.bitcast(place, _WORD.as_pointer()), align=1)

    return types.int64(array, types.int64), code


def _put_eight(_context: Any, array: Any, _at: Any, _value: Any) -> Any:
    def code(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        place = _address(context, builder, signature.args[0], given)
        builder.store(given[2], builder.bitcast(place, _WORD.as_pointer()), align=1)
        return context.get_dummy_value()

    return types.void(array, types.int64, types.int64), code


def _ask_for(_context: Any, array: Any, _at: Any) -> Any:
    def code(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        number = ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [_BYTE.as_pointer(), number, number, number])
        prefetch = builder.module.declare_intrinsic("llvm.prefetch.p0", fnty=kind)
        place = _address(context, builder, signature.args[0], given)
        how = [ir.Constant(number, n) for n in (_FOR_READING, _KEEP, _OF_DATA)]
        builder.call(prefetch, [builder.bitcast(place, _BYTE.as_pointer()), *how])
        return context.get_dummy_value()

    return types.void(array, types.int64), code


def _lowest_bit(_context: Any, _value: Any) -> Any:
    def code(_inner: Any, builder: Any, _signature: Any, given: Any) -> Any:
        return builder.cttz(given[0], ir.Constant(ir.IntType(1), 1))

    return types.int64(types.int64), code


def _count_bits(_context: Any, _value: Any) -> Any:
    def code(_inner: Any, builder: Any, _signature: Any, given: Any) -> Any:
        return builder.ctpop(given[0])

    return types.int64(types.int64), code


word_at = cast("_Load", intrinsic(_word_at))
"""Return the word of an array of 64-bit words at a place that is not negative."""
eight_at = cast("_Load", intrinsic(_eight_at))
"""Read eight bytes of an array of bytes as one number."""
put_eight = cast("_Store", intrinsic(_put_eight))
"""Write a number into eight bytes of an array of bytes."""
ask_for = cast("_Ahead", intrinsic(_ask_for))
"""Ask for the line of the cache a place lies in, to be there when it is read; any place will do."""
lowest_bit = cast("_OfBits", intrinsic(_lowest_bit))
"""Return the number of the lowest bit set of a number that is not 0."""
count_bits = cast("_OfBits", intrinsic(_count_bits))
"""Return how many bits of a number are set."""
