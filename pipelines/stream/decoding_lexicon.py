"""Texts met before and what they stand for. Way: decoding_tables, decoding_texts -> here.

A lexicon is one array of words: a head, a hash table, an entry per text, the texts. Texts stand in
scopes: the same text may mean one thing as a type and another as a currency.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from core.errors import DeclarationError
from features.state.compiling import compiled
from features.state.flat import Integers
from pipelines.stream.decoding_words import PADDING, item, last_word, put, word_at

USED, WORDS_USED, _MASK, ENTRIES, WORDS, _MOST, _MOST_WORDS = range(7)
_HEAD = 8
_SCOPE, LENGTH, START, VALUE = range(4)  # of an entry
ENTRY = 4
_FACTOR = 0x2545F4914F6CDD1D
NOT_MET, IS_FULL = -1, -2
LONGEST = 128
"""Bytes of the longest text that is remembered."""


def lexicon_for(texts: int, words: int) -> Integers:
    """Return an empty lexicon with room for some texts of so many words in all."""
    slots = 1 << (2 * texts - 1).bit_length()
    lexicon = np.zeros(_HEAD + 2 * slots + ENTRY * texts + words, dtype=np.int64)
    entries = _HEAD + 2 * slots
    lexicon[:7] = 0, 0, slots - 1, entries, entries + ENTRY * texts, texts, words
    return lexicon


def forget(lexicon: Integers) -> None:
    """Empty a lexicon."""
    lexicon[_HEAD : lexicon[ENTRIES]] = 0
    lexicon[: WORDS_USED + 1] = 0


def lexicon_of(meanings: Sequence[tuple[int, str, int]]) -> Integers:
    """Return a lexicon of (scope, text, what it stands for).

    Raises:
        DeclarationError: a text of a scope is said to stand for two things.
    """
    texts = [text.encode() for _, text, _ in meanings]
    lexicon = lexicon_for(len(texts), sum(len(text) // 8 + 1 for text in texts))
    for text, (scope, _, value) in zip(texts, meanings, strict=True):
        padded = np.frombuffer(text + bytes(PADDING), dtype=np.uint8)
        entry = met(lexicon.ctypes.data, scope, padded.ctypes.data, padded.ctypes.data + len(text))
        if int(lexicon[lexicon[ENTRIES] + ENTRY * entry + VALUE]) not in (0, value + 1):
            raise DeclarationError(f"{text.decode()} twice", expected="one meaning in a scope")
        lexicon[lexicon[ENTRIES] + ENTRY * entry + VALUE] = value + 1
    return lexicon


@compiled
def _hash(scope: int, start: int, length: int) -> int:
    total = (scope + 1) * _FACTOR + length
    for place in range(0, length - 7, 8):
        total = (total ^ word_at(start + place)) * _FACTOR
        total ^= total >> 29
    rest = length & 7
    if rest:
        total = (total ^ last_word(word_at(start + length - rest), rest)) * _FACTOR
    return total ^ (total >> 32)


@compiled
def _is_text(lexicon: int, words: int, start: int, length: int) -> bool:
    for place in range(0, length - 7, 8):
        if item(lexicon, words + place // 8) != word_at(start + place):
            return False
    rest = length & 7
    if rest == 0:
        return True
    last = last_word(word_at(start + length - rest), rest)
    return bool(item(lexicon, words + length // 8) == last)


@compiled
def _slot(lexicon: int, scope: int, start: int, length: int) -> tuple[int, int]:
    """Return where a text's entry is named, or would be, and the text's hash."""
    key = _hash(scope, start, length)
    slot = key & item(lexicon, _MASK)
    while True:
        at = _HEAD + 2 * slot
        entry = item(lexicon, at + 1)
        if entry == 0:
            return at, key
        if item(lexicon, at) == key:
            e = item(lexicon, ENTRIES) + ENTRY * (entry - 1)
            if (
                item(lexicon, e + _SCOPE) == scope
                and item(lexicon, e + LENGTH) == length
                and _is_text(
                    lexicon, item(lexicon, WORDS) + item(lexicon, e + START), start, length
                )
            ):
                return at, key
        slot = (slot + 1) & item(lexicon, _MASK)


@compiled
def meaning(lexicon: int, scope: int, start: int, stop: int) -> int:
    """Return what a text stands for, NOT_MET if it stands for nothing in that scope."""
    at, _ = _slot(lexicon, scope, start, stop - start)
    entry = item(lexicon, at + 1)
    if entry == 0:
        return NOT_MET
    return int(item(lexicon, item(lexicon, ENTRIES) + ENTRY * (entry - 1) + VALUE)) - 1


@compiled
def met(lexicon: int, scope: int, start: int, stop: int) -> int:
    """Return the number of a a new one if it was not met yet; IS_FULL without room for it."""
    length = stop - start
    at, key = _slot(lexicon, scope, start, length)
    if item(lexicon, at + 1) != 0:
        return int(item(lexicon, at + 1)) - 1
    entry, used = item(lexicon, USED), item(lexicon, WORDS_USED)
    if entry == item(lexicon, _MOST) or used + length // 8 + 1 > item(lexicon, _MOST_WORDS):
        return IS_FULL
    e, words = item(lexicon, ENTRIES) + ENTRY * entry, item(lexicon, WORDS) + used
    for place in range(0, length - 7, 8):
        put(lexicon, words + place // 8, word_at(start + place))
    rest = length & 7
    last = last_word(word_at(start + length - rest), rest) if rest else 0
    put(lexicon, words + length // 8, last)
    put(lexicon, e + _SCOPE, scope)
    put(lexicon, e + LENGTH, length)
    put(lexicon, e + START, used)
    put(lexicon, e + VALUE, 0)
    put(lexicon, at, key)
    put(lexicon, at + 1, entry + 1)
    put(lexicon, USED, entry + 1)
    put(lexicon, WORDS_USED, used + length // 8 + 1)
    return int(entry)
