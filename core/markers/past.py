"""What is kept of a player for his markers. Way: deeds -> here -> scene -> markers.

Deeds stand in order of time whatever order they come in; one that comes again changes nothing, and
one that is undone before it comes never counts. So what a marker sees depends on the deeds alone.
Nine weeks are kept, and no more than `MOST` deeds: of more, the newest.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from dataclasses import dataclass, field

from core.compliance.calendar import DAY_US
from core.markers.deeds import Deed

KEPT_US = 63 * DAY_US
MOST = 20_000


def _order(one: Deed) -> tuple[int, str]:
    return one.at_us, one.id


@dataclass(slots=True)
class Past:
    """One player's deeds, oldest first. `jurisdiction` is "" until his registration is known."""

    player: str
    jurisdiction: str = ""
    currency: str = ""
    birth_year: int | None = None
    deeds: list[Deed] = field(default_factory=list)
    _known: dict[str, int] = field(default_factory=dict)
    _undone: dict[str, int] = field(default_factory=dict)

    @property
    def newest_us(self) -> int:
        """The instant of the newest deed, 0 without any."""
        return self.deeds[-1].at_us if self.deeds else 0

    def add(self, one: Deed) -> bool:
        """Take a deed in; say whether anything has changed."""
        if one.id in self._known or one.at_us <= self.newest_us - KEPT_US:
            return False
        self._known[one.id] = one.at_us
        match one.kind:
            case "registered":
                self.jurisdiction, self.currency = one.jurisdiction, one.currency
                self.birth_year = one.birth_year
            case "undone":
                return self._undo(one.about, one.at_us)
            case _ if one.id in self._undone:
                return False
            case _:
                insort(self.deeds, one, key=_order)
                self._forget()
        return True

    def _undo(self, name: str, at_us: int) -> bool:
        if name in self._undone:
            return False
        self._undone[name] = at_us
        found = next((at for at, one in enumerate(self.deeds) if one.id == name), None)
        if found is not None:
            del self.deeds[found]
        return found is not None

    def _forget(self) -> None:
        """Drop what no marker reaches any more, and the ids that are as old."""
        gone = bisect_right(self.deeds, (self.newest_us - KEPT_US, "\uffff"), key=_order)
        gone = max(gone, len(self.deeds) - MOST)
        if gone > 0:
            del self.deeds[:gone]
            oldest_us = self.newest_us - KEPT_US
            for ids in (self._known, self._undone):
                old = [name for name, at_us in ids.items() if at_us <= oldest_us]
                for name in old:
                    del ids[name]
