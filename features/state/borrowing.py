"""Arrays without reference counts, for kernels. Way: a kernel's entry -> here -> what it calls.

numba counts references to an array atomically whenever it is handed to another function, which can
take longer than the function. Who calls a kernel holds its arrays as long as it runs, so inside
they need no counting.
"""

from __future__ import annotations

from typing import Any, Protocol, TypeVar, cast

from numba.extending import intrinsic

A = TypeVar("A")


class _Borrow(Protocol):
    def __call__(self, array: A) -> A: ...


def _borrowed(_context: Any, array: Any) -> Any:
    """Return the same array, its references not counted; valid while the caller holds it."""

    def code(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        view = context.make_array(signature.args[0])(context, builder, given[0])
        view.meminfo = view.meminfo.type(None)
        view.parent = view.parent.type(None)
        return view._getvalue()  # noqa: SLF001 - numba's own way

    return array(array), code


borrowed = cast("_Borrow", intrinsic(_borrowed))
