"""Lists of texts to the bytes kernels read. Way: decoding_tables -> here -> decoding_kernel.

Characters beyond ASCII become `?`, one for one, so that no text moves its neighbours; a line break
within a text becomes `?` too. Nothing an id, an instant or a decimal is made of looks like that.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from features.state.facts import Integers
from pipelines.stream.decoding_kernel import Bytes, Flags, read_decimals, read_instants

_BREAK = "\n"


def side_by_side(texts: Sequence[str]) -> Bytes:
    """Return texts of one length without anything between them."""
    return _ascii("".join(texts))


def on_lines(texts: Sequence[str]) -> Bytes:
    """Return texts with a line break between them."""
    joined = _BREAK.join(texts)
    if joined.count(_BREAK) != max(len(texts) - 1, 0):
        joined = _BREAK.join(text.replace(_BREAK, "?") for text in texts)
    return _ascii(joined)


def instants_of(texts: Sequence[str]) -> tuple[Integers, Flags]:
    """Return UTC microseconds, and which texts are no instants of the common forms."""
    instants = np.empty(len(texts), dtype=np.int64)
    bad = read_instants(on_lines(texts), instants)
    return instants, bad


def decimals_of(texts: Sequence[str], places: Sequence[np.ndarray]) -> tuple[Integers, Flags]:
    """Return decimals in units of their last place, and which texts are none.

    An empty text is NULL; `given` makes texts so that only null is empty.
    """
    numbers = np.empty(len(texts), dtype=np.int64)
    bad = read_decimals(on_lines(texts), np.concatenate(places), numbers)
    return numbers, bad


def given(texts: Sequence[str | None]) -> list[str]:
    """Return null as empty text, and an empty text, which is no decimal, as one that is none."""
    return [text or ("" if text is None else "?") for text in texts]


def _ascii(text: str) -> Bytes:
    return np.frombuffer(text.encode("ascii", "replace"), dtype=np.uint8)
