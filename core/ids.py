"""Event ids: fresh ones that sort by time, and derived ones that make an import repeatable.

Way: whoever writes an event first -> here -> the dedupe key everywhere downstream. Neither reads a
clock nor draws a random number: same input, same id.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from uuid import UUID

RANDOM_BITS = 74
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_VARIANT = 0b10 << 62


def uuid7(at: datetime, random_bits: int) -> UUID:
    """Return the RFC 9562 version 7 id of an instant: 48 bits of milliseconds, then 74 given bits.

    >>> uuid7(datetime(2026, 1, 1, tzinfo=UTC), random_bits=5)
    UUID('019b76da-a800-7000-8000-000000000005')
    """
    milliseconds = (at - _EPOCH) // timedelta(milliseconds=1)
    if not 0 <= milliseconds < 1 << 48 or not 0 <= random_bits < 1 << RANDOM_BITS:
        raise ValueError(f"{at}, {random_bits} - expected a time from 1970 on and 74 random bits")
    high, low = random_bits >> 62, random_bits & ((1 << 62) - 1)
    return UUID(int=milliseconds << 80 | 7 << 76 | high << 64 | _VARIANT | low)


def derived_id(source: str, foreign_id: str) -> UUID:
    """Return the id of a foreign event: version 8, from SHA-256 of its source and its own id.

    The source's length goes in too, so that no two (source, id) pairs read the same.

    >>> derived_id("fasttrack/brand/casino", "42")
    UUID('eb01e5f8-bdee-8787-a531-07c8234d317d')
    """
    text = f"{len(source)}:{source}{foreign_id}"
    value = int.from_bytes(sha256(text.encode()).digest()[:16], "big")
    value &= ~(0xF << 76 | 0b11 << 62)
    return UUID(int=value | 8 << 76 | _VARIANT)
