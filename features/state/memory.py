"""Memory as the processor has it, for kernels. Way: kernels -> here.

numba hands an array on as seven numbers, counts it before and after, and makes three steps of every
index (is it negative, then from the end, then the load). Where kernels of a few instructions call
one another that is most of their work, so the innermost are given an array's address alone. Nothing
here checks a place: who calls it has, and holds the array. The lowest byte of a number is first.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, cast

from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

ir: Any = cgutils.ir  # type: ignore[attr-defined]  # LLVM's own, as numba has it
_WORD, _BYTE, _NUMBER = ir.IntType(64), ir.IntType(8), ir.IntType(32)
_FOR_READING, _KEEP, _OF_DATA = 0, 3, 1  # the arguments of LLVM's prefetch
_Place = Callable[[Any, Any], Any]


class _AddressOf(Protocol):
    def __call__(self, array: Any) -> int: ...


class _Load(Protocol):
    def __call__(self, address: int, at: int) -> int: ...


class _Store(Protocol):
    def __call__(self, address: int, at: int, value: int) -> None: ...


class _Ahead(Protocol):
    def __call__(self, address: int, at: int) -> None: ...


class _OfBits(Protocol):
    def __call__(self, value: int) -> int: ...


def _word_place(builder: Any, given: Any) -> Any:
    at = builder.add(given[0], builder.shl(given[1], ir.Constant(_WORD, 3)))
    return builder.inttoptr(at, _WORD.as_pointer())


def _byte_place(builder: Any, given: Any) -> Any:
    return builder.inttoptr(builder.add(given[0], given[1]), _BYTE.as_pointer())


def _eight_place(builder: Any, given: Any) -> Any:
    return builder.inttoptr(builder.add(given[0], given[1]), _WORD.as_pointer())


def _address_of(_context: Any, array: Any) -> Any:
    def code(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        view = context.make_array(signature.args[0])(context, builder, given[0])
        return builder.ptrtoint(view.data, _WORD)

    return types.int64(array), code


def _loading(place: _Place) -> _Load:
    def load(_context: Any, _address: Any, _at: Any) -> Any:
        def code(_inner: Any, builder: Any, _signature: Any, given: Any) -> Any:
            return builder.zext(builder.load(place(builder, given), align=1), _WORD)

        return types.int64(types.int64, types.int64), code

    return cast("_Load", intrinsic(load))


def _storing(place: _Place) -> _Store:
    def store(_context: Any, _address: Any, _at: Any, _value: Any) -> Any:
        def code(context: Any, builder: Any, _signature: Any, given: Any) -> Any:
            into = place(builder, given)
            value = builder.trunc(given[2], into.type.pointee)
            builder.store(value, into, align=1)
            return context.get_dummy_value()

        return types.void(types.int64, types.int64, types.int64), code

    return cast("_Store", intrinsic(store))


def _ask_for(_context: Any, _address: Any, _at: Any) -> Any:
    def code(context: Any, builder: Any, _signature: Any, given: Any) -> Any:
        kind = ir.FunctionType(ir.VoidType(), [_BYTE.as_pointer(), _NUMBER, _NUMBER, _NUMBER])
        prefetch = builder.module.declare_intrinsic("llvm.prefetch.p0", fnty=kind)
        place = builder.bitcast(_word_place(builder, given), _BYTE.as_pointer())
        how = [ir.Constant(_NUMBER, n) for n in (_FOR_READING, _KEEP, _OF_DATA)]
        builder.call(prefetch, [place, *how])
        return context.get_dummy_value()

    return types.void(types.int64, types.int64), code


def _lowest_bit(_context: Any, _value: Any) -> Any:
    def code(_inner: Any, builder: Any, _signature: Any, given: Any) -> Any:
        return builder.cttz(given[0], ir.Constant(ir.IntType(1), 1))

    return types.int64(types.int64), code


def _count_bits(_context: Any, _value: Any) -> Any:
    def code(_inner: Any, builder: Any, _signature: Any, given: Any) -> Any:
        return builder.ctpop(given[0])

    return types.int64(types.int64), code


address_of = cast("_AddressOf", intrinsic(_address_of))
"""Return where an array begins, for as long as its owner holds it."""
word_at = _loading(_word_place)
"""Return word `at` of an array of 64-bit words."""
put_word = _storing(_word_place)
"""Write word `at` of an array of 64-bit words."""
byte_at = _loading(_byte_place)
"""Return byte `at` of an array of bytes."""
put_byte = _storing(_byte_place)
"""Write the lowest byte of a number."""
eight_at = _loading(_eight_place)
"""Read the eight bytes from `at` on as one number."""
put_eight = _storing(_eight_place)
"""Write a number into the eight bytes from `at` on."""
ask_for = cast("_Ahead", intrinsic(_ask_for))
"""Ask for the line of the cache word `at` lies in, to be there when read; any place will do."""
lowest_bit = cast("_OfBits", intrinsic(_lowest_bit))
"""Return the number of the lowest bit set of a number that is not 0."""
count_bits = cast("_OfBits", intrinsic(_count_bits))
"""Return how many bits of a number are set."""
