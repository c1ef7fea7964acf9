"""Arrays without reference counts, for kernels. Way: a kernel's entry -> here -> what it calls.

numba counts references to an array atomically whenever it is handed to another function, which can
take longer than the function. Who calls a kernel holds its arrays as long as it runs, so inside
they need no counting.
"""

from __future__ import annotations

from typing import Any

from numba.core import cgutils
from numba.extending import intrinsic


@intrinsic
def borrowed(_context: Any, array: Any) -> Any:
    """Return the same array, its references not counted; valid while the caller holds it."""

    def code(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        view = context.make_array(signature.args[0])(context, builder, given[0])
        view.meminfo = cgutils.get_null_value(view.meminfo.type)
        view.parent = cgutils.get_null_value(view.parent.type)
        return view._getvalue()  # noqa: SLF001 - numba's own way

    return array(array), code
