"""A still collector while a worker works. Way: verbs -> here.

glibc's memory settings (`MALLOC_MMAP_THRESHOLD_` and the like) were measured and left alone: with
batches of thousands of events the decoder works in small pieces, and no page is mapped anew.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def settled_memory() -> Iterator[None]:
    """Keep what start-up made out of the collector's sight: it is no garbage until the end."""
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
