"""What is kept of one player: his deeds of the last weeks. Way: deeds -> here -> scenes of rules.

The same deeds in any order, once or twice, leave the same window. What is older than `KEEP_US`
before his newest deed is let go and not taken in again, and of a kind no more than `MOST` stay.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Sequence
from dataclasses import dataclass, field

from core.compliance.calendar import DAY_US
from core.fraud.deeds import Deed

KEEP_US = 45 * DAY_US
MOST = 20_000


def _when(deed: Deed) -> tuple[int, str]:
    return deed.at_us, deed.id


@dataclass(slots=True)
class Window:
    """One player. `firsts` are the first instants of each device and instrument he used."""

    player: str
    opened_us: int | None = None
    newest_us: int = 0
    deeds: dict[str, list[Deed]] = field(default_factory=dict)
    firsts: dict[tuple[str, str], int] = field(default_factory=dict)
    rounds: dict[str, list[Deed]] = field(default_factory=dict)
    _ids: set[str] = field(default_factory=set)
    _undone: dict[str, int] = field(default_factory=dict)
    _swept_us: int = 0

    def add(self, deed: Deed) -> bool:
        """Take one deed in; say whether it is new."""
        self.newest_us = max(self.newest_us, deed.at_us)
        if deed.id in self._ids or deed.at_us < self.newest_us - KEEP_US:
            return False
        if deed.kind == "undone":
            self._undo(deed)
        elif deed.kind == "stake" and deed.name in self._undone:
            return False
        self._ids.add(deed.id)
        if deed.kind == "opened":
            self.opened_us = deed.at_us
        self._keep(deed)
        return True

    def _keep(self, deed: Deed) -> None:
        insort(self.deeds.setdefault(deed.kind, []), deed, key=_when)
        if deed.kind in ("stake", "win") and deed.what:
            insort(self.rounds.setdefault(deed.what, []), deed, key=_when)
        for name in deed.ties:
            self.firsts[name] = min(self.firsts.get(name, deed.at_us), deed.at_us)
        if self.newest_us - self._swept_us >= DAY_US:
            self._sweep()

    def _undo(self, deed: Deed) -> None:
        self._undone[deed.what] = deed.at_us
        for stake in [d for d in self.deeds.get("stake", ()) if d.name == deed.what]:
            self.deeds["stake"].remove(stake)
            if stake in self.rounds.get(stake.what, ()):
                self.rounds[stake.what].remove(stake)

    def _sweep(self) -> None:
        """Let old deeds go, once a day of the player's."""
        self._swept_us, since_us = self.newest_us, self.newest_us - KEEP_US
        for kind, rows in self.deeds.items():
            gone = rows[: max(bisect_left(rows, since_us, key=lambda d: d.at_us), len(rows) - MOST)]
            self._ids.difference_update(one.id for one in gone)
            if kind in ("stake", "win"):
                for one in gone:
                    self.rounds.pop(one.what, None)
            del rows[: len(gone)]
        self._undone = {name: at for name, at in self._undone.items() if at >= since_us}

    def within(self, kind: str, after_us: int, until_us: int) -> Sequence[Deed]:
        """Return deeds of a kind in `(after_us, until_us]`, in order of time."""
        rows = self.deeds.get(kind, [])
        first = bisect_right(rows, after_us, key=lambda d: d.at_us)
        return rows[first : bisect_right(rows, until_us, key=lambda d: d.at_us)]

    def balance(self, before_us: int) -> int | None:
        """Return what stood on the account at an instant; null if no fact ever said.

        The last balance told, what came in since and what was asked to go out.
        """
        told = [
            rows[place - 1]
            for kind in ("stake", "win", "ended")
            if (rows := self.deeds.get(kind))
            and (place := bisect_left(rows, before_us, key=lambda d: d.at_us))
        ]
        told = [one for one in told if one.balance is not None]
        if not told:
            return None
        last = max(told, key=_when)
        came = sum(d.amount for d in self.within("deposit", last.at_us, before_us - 1))
        went = sum(d.amount for d in self.within("withdrawal", last.at_us, before_us - 1))
        return max((last.balance or 0) + came - went, 0)
