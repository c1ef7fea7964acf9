"""One value, one text: the form bodies are hashed and signed in. Way: bodies -> here -> chain.

JSON in UTF-8: keys sorted by code point, no spaces, nothing escaped that need not be, numbers as
short as they can be read back. What JSON cannot say is refused rather than said otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any

import msgspec

from core.errors import LogError

_ENCODER = msgspec.json.Encoder(order="sorted")


def canonical(value: object) -> str:
    r"""Return the one text of a value: mappings, structs, sequences, texts, numbers, null.

    Raises:
        LogError: a number is not finite, a key is no text, or a text is no Unicode.

    >>> canonical({"b": [1, None], "a": "\u00a35 \x00"})
    '{"a":"£5 \\u0000","b":[1,null]}'
    """
    try:
        text = _ENCODER.encode(value).decode()
    except (TypeError, ValueError) as error:  # a lone surrogate is a ValueError
        raise LogError(f"a body the log cannot keep: {error}", expected="JSON") from error
    if "null" in text and not _is_finite(msgspec.to_builtins(value)):  # it writes a NaN as null
        raise LogError("a number of a body is not finite", expected="a number, or null")
    return text


def _is_finite(value: Any) -> bool:
    if isinstance(value, float):
        return isfinite(value)
    if isinstance(value, Mapping):
        return all(map(_is_finite, value.values()))
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return all(map(_is_finite, value))
    return True
