"""Readers of typed JSON that threads may share from the first moment. Way: whoever reads -> here.

msgspec (0.22) learns what a struct is made of when it first meets it. A second thread that meets it
meanwhile is handed half of that and takes the process down. Here a reader is made whole, one at a
time, before anybody has it; what several threads read is read by nothing else.
"""

from __future__ import annotations

import threading
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")
_MADE: dict[Any, msgspec.json.Decoder[Any]] = {}
_TURN = threading.Lock()


def reader_of(kind: type[T]) -> msgspec.json.Decoder[T]:
    """Return the reader of a type; the same whenever it is asked for."""
    made = _MADE.get(kind)
    if made is None:
        with _TURN:
            made = _MADE.get(kind)
            if made is None:
                made = _MADE[kind] = msgspec.json.Decoder(kind)
    return made
