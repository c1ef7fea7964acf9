"""Lines to what kernels read, and the texts they met back to Python. Way: decoding -> here."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from features.state.facts import Integers
from features.state.inputs import Input
from pipelines.stream.decoding_lexicon import (
    ENTRIES,
    ENTRY,
    LENGTH,
    START,
    USED,
    VALUE,
    WORDS,
    WORDS_USED,
    forget,
    lexicon_for,
)
from pipelines.stream.decoding_words import Bytes

_BREAK = b"\n"
REMEMBERED, _WORDS_EACH = 1 << 16, 4
_BUCKET = Input("text", "bucket")


def joined(values: Sequence[bytes], tail: bytes) -> Bytes:
    """Return lines with a break between them and the tail behind."""
    return np.frombuffer(_BREAK.join([*values, tail]), dtype=np.uint8)


class Texts:
    """Texts a kernel met; their numbers go up one by one until all are forgotten."""

    def __init__(self, remembered: int = REMEMBERED) -> None:
        self.lexicon = lexicon_for(remembered, remembered * _WORDS_EACH)

    def after(self, known: int) -> list[str]:
        """Return the texts whose numbers are `known` or more."""
        used = int(self.lexicon[USED])
        if used == known:
            return []
        first, last = self.lexicon[ENTRIES] + ENTRY * known, self.lexicon[ENTRIES] + ENTRY * used
        entries = self.lexicon[first:last].reshape(-1, ENTRY)
        begin = self.lexicon[WORDS]
        raw = self.lexicon[begin : begin + self.lexicon[WORDS_USED]].view(np.uint8).data
        starts = (entries[:, START] * 8).tolist()
        ends = (entries[:, START] * 8 + entries[:, LENGTH]).tolist()
        return [str(raw[a:b], "ascii") for a, b in zip(starts, ends, strict=True)]

    def forget(self) -> None:
        """Make room."""
        forget(self.lexicon)


class Names(Texts):
    """Players and keys of ties; one text is one string, however often it comes."""

    def __init__(self, remembered: int = REMEMBERED) -> None:
        super().__init__(remembered)
        self._names = [""]

    def named(self, numbers: Integers) -> list[str]:
        """Return the texts of numbers that count from 1; 0 is no text yet."""
        self._names += self.after(len(self._names) - 1)
        names = self._names
        return [names[number] for number in numbers.tolist()]

    def forget(self) -> None:
        """Make room."""
        super().forget()
        self._names = [""]


class Buckets(Texts):
    """Texts of which a state counts the distinct ones, with their buckets."""

    def __init__(self, remembered: int = REMEMBERED) -> None:
        super().__init__(remembered)
        self._known = 0

    def told(self, numbers: Integers) -> Integers:
        """Return the buckets of numbers, which kernels know from now on."""
        added = [_BUCKET.encode(text) for text in self.after(self._known)]
        values = self.lexicon[self.lexicon[ENTRIES] :][VALUE::ENTRY]
        values[self._known : self._known + len(added)] = np.array(added, dtype=np.int64) + 1
        self._known += len(added)
        return values[numbers] - 1

    def forget(self) -> None:
        """Make room."""
        super().forget()
        self._known = 0
