"""What a worker's process needs before it works: glibc told to keep its memory, a still collector.

NumPy asks for and gives back megabytes with every batch. By default glibc maps these anew each time
and the kernel clears every page; told to keep them it does not. The settings are read by glibc when
a process starts, so the entry point starts itself over once.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

MEMORY = {
    "MALLOC_MMAP_THRESHOLD_": str(1 << 30),
    "MALLOC_TRIM_THRESHOLD_": str(4 << 30),
    "MALLOC_ARENA_MAX": "2",
}


def missing_memory_settings(environ: Mapping[str, str]) -> dict[str, str]:
    """Return what is not set; a setting of the operator's own stands.

    >>> missing_memory_settings(MEMORY)
    {}
    """
    return {name: value for name, value in MEMORY.items() if name not in environ}


def with_kept_memory(module: str = "pipelines") -> None:
    """Start this process over with the settings, if it lacks any; at most once.

    The process keeps its number, so whoever started it still owns it.
    """
    missing = missing_memory_settings(os.environ)
    if missing and sys.platform == "linux":
        os.environ.update(missing)
        os.execv(sys.executable, [sys.executable, "-m", module, *sys.argv[1:]])  # noqa: S606


@contextmanager
def settled_memory() -> Iterator[None]:
    """Keep what start-up made out of the collector's sight: it is no garbage until the end."""
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
