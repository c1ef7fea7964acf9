"""What a marker sees: a player's past, his visits, and the clock of his jurisdiction.

Windows are half-open, `(now - W, now]`; days are local days of the pack's zone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from core.compliance.calendar import DAY_US, Zone
from core.currency import EXPONENTS
from core.markers.deeds import Deed
from core.markers.past import Past
from core.markers.visits import Visit, visits_of

NIGHT_ENDS = time(6)
_PARTS = 10_000


@dataclass(frozen=True, slots=True)
class Scene:
    """A player at an instant. Amounts are minor units of his own currency; others do not count."""

    past: Past
    zone: Zone
    now_us: int
    deeds: Sequence[Deed] = ()
    visits: Sequence[Visit] = field(default_factory=list)

    def since(self, days: int, *kinds: str, until_days: int = 0) -> list[Deed]:
        """Return deeds of some kinds of the last days, or of days before those of `until_days`."""
        after, until = self.now_us - days * DAY_US, self.now_us - until_days * DAY_US
        return [one for one in self.deeds if after < one.at_us <= until and one.kind in kinds]

    @property
    def visit(self) -> Visit | None:
        """The visit that runs, null if none does."""
        last = self.visits[-1] if self.visits else None
        return None if last is None or last.is_over(self.now_us) else last

    def played_us(self, days: int, until_days: int = 0) -> int:
        """Return how long he played in the last days, or in days before those of `until_days`."""
        after, until = self.now_us - days * DAY_US, self.now_us - until_days * DAY_US
        return sum(visit.within(after, until) for visit in self.visits)

    def night_us(self, days: int, until_days: int = 0) -> int:
        """Return how much of that lay between local midnight and six."""
        after, until = self.now_us - days * DAY_US, self.now_us - until_days * DAY_US
        return self.at_night_us(after, until)

    def at_night_us(self, start_us: int, end_us: int) -> int:
        """Return how much of `[start, end)` was played between local midnight and six."""
        return sum(
            self._of_visit(visit, start_us, end_us)
            for visit in self.visits
            if visit.end_us > start_us and visit.start_us < end_us
        )

    def _of_visit(self, visit: Visit, start_us: int, end_us: int) -> int:
        day, last = self.zone.day(visit.start_us), self.zone.day(visit.end_us)
        found = 0
        while day <= last:
            night = self.night(day)
            found += visit.within(max(night[0], start_us), min(night[1], end_us))
            day += timedelta(days=1)
        return found

    def night(self, day: date) -> tuple[int, int]:
        """Return when a local day's night begins and ends: midnight and six on the wall clock."""
        return self.zone.day_start(day), self.zone.instant(datetime.combine(day, NIGHT_ENDS))

    def whole(self, amount: int) -> int:
        """Return so much whole currency as minor units of the player's."""
        return int(amount * 10 ** EXPONENTS.get(self.past.currency, 2))


def scene_of(past: Past, zone: Zone) -> Scene:
    """Return the scene at a player's newest deed."""
    own = [one for one in past.deeds if one.currency in ("", past.currency)]
    return Scene(past, zone, past.newest_us, own, visits_of(own))


def ratio(part: int, whole: int) -> str:
    """Return a quotient as decimal text, cut to four places: it never reaches a bound too early.

    >>> ratio(3, 2), ratio(2, 3), ratio(0, 5)
    ('1.5', '0.6666', '0')
    """
    cut = part * _PARTS // whole
    text = f"{cut // _PARTS}.{cut % _PARTS:04d}"
    return text.rstrip("0").rstrip(".")


def amount_text(scene: Scene, amount: int) -> str:
    """Write minor units as whole currency.

    >>> from core.markers.past import Past
    >>> amount_text(Scene(Past("p", currency="EUR"), Zone("UTC"), 0), 1250)
    '12.50'
    """
    digits = EXPONENTS.get(scene.past.currency, 2)
    sign, size = "-" if amount < 0 else "", abs(amount)
    whole, rest = divmod(size, 10**digits)
    return f"{sign}{whole}.{rest:0{digits}d}" if digits else f"{sign}{whole}"
