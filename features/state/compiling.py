"""Kernels compiled on first use. Way: kernel, packing, dedupe, decoding_kernel -> here -> numba.

Numba keeps what it compiled for later starts, and asks whether the file that holds a function has
changed; of the functions and constants that one calls and reads from other files it asks nothing,
though they are compiled into it. So here what is kept is known by a stamp over all of them: an edit
or an upgrade in place makes other stamps, and old machine code is never run again. An intrinsic is
stamped too, the plain functions it builds its code with are not. Files of older stamps stay where
they are until somebody empties the folder; nothing reads them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from hashlib import sha256
from types import CodeType, FunctionType, ModuleType
from typing import Any, TypeVar, cast

import numba
import numpy as np
from numba.core import caching

F = TypeVar("F", bound=Callable[..., object])


def compiled(function: F) -> F:
    """Compile a kernel on first use; later starts read it from numba's cache."""
    kernel: Any = numba.njit(nogil=True)(function)
    kernel._cache = KernelCache(function)  # noqa: SLF001 - where cache=True puts numba's own
    return cast("F", kernel)


def stamp_of(function: Callable[..., object]) -> str:
    """Return a digest of all that is compiled into a function, in whatever file it stands.

    That is its code, that of the kernels it calls, and the values of the names they read.
    """
    digest = sha256()
    for part in _parts(function, set()):
        digest.update(f"{len(part)} {part}".encode())
    return digest.hexdigest()


class KernelCache:
    """What numba keeps of one kernel, looked for when that is first called."""

    def __init__(self, function: Callable[..., object]) -> None:
        self._function = function
        self._found: Any = None

    @property
    def cache_path(self) -> str | None:
        """The folder; None where numba finds none it may write to."""
        return cast("str | None", self._kept().cache_path)

    def load_overload(self, signature: object, target: object) -> object:
        """Return what was compiled for a signature; None when nothing was kept."""
        return self._kept().load_overload(signature, target)

    def save_overload(self, signature: object, result: object) -> None:
        """Keep what was compiled for a signature."""
        self._kept().save_overload(signature, result)

    def flush(self) -> None:
        """Forget what was kept of the kernel as it is now."""
        self._kept().flush()

    def _kept(self) -> Any:
        if self._found is None:
            self._found = _numbas_cache(self._function)
        return self._found


def _numbas_cache(function: Callable[..., object]) -> Any:
    numbas: Any = caching
    try:
        cache = numbas.FunctionCache(function)
    except RuntimeError:  # its word for: no folder to write to
        return numbas.NullCache()
    stamp = stamp_of(function)
    # the stamp is in the name too: two versions running at once do not share a file
    name = f"{cache._impl.filename_base}-{stamp[:16]}"  # noqa: SLF001 - it has no other way in
    cache._cache_file = numbas.IndexDataCacheFile(cache.cache_path, name, stamp)  # noqa: SLF001
    return cache


def _parts(function: Callable[..., object], met: set[int]) -> Iterator[str]:
    """Yield what is compiled into a function, each kernel once, in an order of its own."""
    plain = cast("FunctionType", getattr(function, "py_func", getattr(function, "_defn", function)))
    if id(plain) in met:
        return
    met.add(id(plain))
    codes = [*_codes(plain.__code__)]
    names = list(dict.fromkeys(name for code in codes for name in code.co_names))
    cells = [cell.cell_contents for cell in plain.__closure__ or ()]
    for code in codes:
        consts = [value for value in code.co_consts if not isinstance(value, CodeType)]
        yield repr((code.co_code, code.co_names, code.co_varnames, consts))
    for value in (plain.__defaults__, *cells):
        yield from _value(value, names, met)
    for name in names:
        if name in plain.__globals__:
            yield name
            yield from _value(plain.__globals__[name], names, met)


def _codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from _codes(inner)


def _value(value: object, names: list[str], met: set[int]) -> Iterator[str]:
    """Yield what a name stands for; of a module, the attributes that are read."""
    if hasattr(value, "py_func") or hasattr(value, "_defn"):
        yield from _parts(cast("Callable[..., object]", value), met)
    elif isinstance(value, ModuleType):
        if id(value) not in met:
            met.add(id(value))
            for name in names:
                if name in vars(value):
                    yield f"{value.__name__}.{name}"
                    yield from _value(vars(value)[name], names, met)
    elif isinstance(value, np.ndarray):
        yield repr((value.dtype.str, value.shape, value.tobytes()))
    elif callable(value):
        yield f"{getattr(value, '__module__', '')}.{getattr(value, '__qualname__', value)}"
    else:
        yield repr(value)
