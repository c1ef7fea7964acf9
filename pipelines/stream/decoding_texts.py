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


def on_lines(texts: Sequence[str]) -> str:
    """Return texts with a line break between them."""
    joined = _BREAK.join(texts)
    if joined.count(_BREAK) != max(len(texts) - 1, 0):
        joined = _BREAK.join([text.replace(_BREAK, "?") for text in texts])
    return joined


def as_ascii(text: str) -> Bytes:
    """Return a text's bytes, one a character."""
    return np.frombuffer(text.encode("ascii", "replace"), dtype=np.uint8)


def instants_of(parts: Sequence[str], n: int) -> tuple[Integers, Flags]:
    """Return the UTC microseconds of n texts, and which are no instants of the common forms.

    Each part holds some of the texts, `on_lines`.
    """
    instants = np.empty(n, dtype=np.int64)
    bad = read_instants(as_ascii(_BREAK.join(parts)), instants)
    return instants, bad


def decimals_of(texts: Sequence[str], places: Sequence[np.ndarray]) -> tuple[Integers, Flags]:
    """Return decimals in units of their last place, and which texts are none.

    An empty text is NULL; `given` makes texts so that only null is empty.
    """
    numbers = np.empty(len(texts), dtype=np.int64)
    bad = read_decimals(as_ascii(on_lines(texts)), np.concatenate(places), numbers)
    return numbers, bad


def given(texts: Sequence[str | None]) -> list[str]:
    """Return null as empty text, and an empty text, which is no decimal, as one that is none."""
    return [text or ("" if text is None else "?") for text in texts]
