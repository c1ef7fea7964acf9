"""Which frames of the calendar a player's sums are kept for. Way: pack -> here -> the fold `sums`.

Days, weeks and months always; others where any rule of the pack counts by them, whatever its dates:
a rule that begins in the middle of a frame then finds its sum.
"""

from __future__ import annotations

from functools import lru_cache

from core.compliance.calendar import FRAMES
from core.compliance.pack import Pack

ALWAYS = ("day", "week", "month")


def frames_kept(pack: Pack) -> tuple[str, ...]:
    """Return the frames to keep sums for, in the order of `calendar.FRAMES`."""
    return _frames(_Same(pack))


class _Same:
    """A pack by identity: it holds dictionaries and cannot be hashed by what it says."""

    __slots__ = ("pack",)

    def __init__(self, pack: Pack) -> None:
        self.pack = pack

    def __hash__(self) -> int:
        return id(self.pack)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.pack is self.pack


@lru_cache(maxsize=64)
def _frames(same: _Same) -> tuple[str, ...]:
    named = {name for rule in same.pack.rules for name in rule.measure.window.frames}
    return tuple(name for name in FRAMES if name in named or name in ALWAYS)
