"""Time as the law counts it: frames and terms in a jurisdiction's own zone. Way: packs -> here.

A *frame* is half-open, `[start, end)`, between local midnights: a day, a week from Monday, a month.
A *rolling* window at t is `(t - W, t]` and exact: 30 days are 30 times 24 hours. A *term* given in
hours is exact; one in days, weeks, months or years runs on the wall clock, so that seven days from
10:00 end at 10:00, and a month from the 31st ends on the last day there is. `B` counts business
days, Monday to Friday but for the holidays given. Instants are UTC microseconds.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from core.errors import DeclarationError

SECOND_US = 1_000_000
HOUR_US = 3_600 * SECOND_US
DAY_US = 24 * HOUR_US
FRAMES = ("day", "week", "month", "four_weeks", "quarter", "year")
FOUR_WEEKS_FROM = date(2026, 1, 6)
"""A Tuesday: the Spanish draft lets the joint limit's cycles start on one."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LAST_DAY: dict[str, tuple[int, int, date]] = {}
_TERM = re.compile(
    r"P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:(\d+)B)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?"
)


def instant_us(at: datetime) -> int:
    """Return an aware instant as UTC microseconds.

    >>> instant_us(datetime(1970, 1, 1, 1, tzinfo=UTC))
    3600000000
    """
    return (at - _EPOCH) // timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Frame:
    """From `start_us` to just before `end_us`."""

    name: str
    start_us: int
    end_us: int


@dataclass(frozen=True, slots=True)
class Term:
    """A length of time: months and days on the wall clock, the rest exact."""

    months: int = 0
    days: int = 0
    business_days: int = 0
    exact_us: int = 0


@lru_cache(maxsize=512)
def term(text: str) -> Term:
    """Read an ISO 8601 duration, with `B` for business days.

    >>> term("PT72H"), term("P6M"), term("P3B")
    (Term(months=0, days=0, business_days=0, exact_us=259200000000), Term(months=6, days=0, business_days=0, exact_us=0), Term(months=0, days=0, business_days=3, exact_us=0))

    Raises:
        DeclarationError: it is none, or is empty.
    """  # noqa: E501 - a doctest's line
    found = _TERM.fullmatch(text)
    if found is None or not any(found.groups()):
        raise DeclarationError(f"a term {text!r}", expected="ISO 8601, such as PT72H, P7D or P6M")
    years, months, weeks, days, business, hours, minutes = (int(n or 0) for n in found.groups()[:7])
    seconds = round(float(found[8] or 0) * SECOND_US)
    exact = hours * HOUR_US + minutes * 60 * SECOND_US + seconds
    return Term(12 * years + months, 7 * weeks + days, business, exact)


@lru_cache(maxsize=512)
def exact_us(text: str) -> int:
    """Return the exact length of a term without months, a day being 24 hours.

    >>> exact_us("P30D") == 30 * DAY_US
    True

    Raises:
        DeclarationError: it has months or business days, whose length varies.
    """
    length = term(text)
    if length.months or length.business_days:
        raise DeclarationError(f"a rolling window of {text}", expected="days, hours or less")
    return length.days * DAY_US + length.exact_us


@dataclass(frozen=True, slots=True)
class Zone:
    """A jurisdiction's clock; `holidays` are no business days."""

    name: str
    holidays: Collection[date] = ()

    def local(self, at_us: int) -> datetime:
        """Return an instant on the wall clock.

        >>> Zone("Europe/London").local(1_751_328_000_000_000).isoformat()
        '2025-07-01T01:00:00+01:00'
        """
        return (_EPOCH + timedelta(microseconds=at_us)).astimezone(_zone(self.name))

    def day(self, at_us: int) -> date:
        """Return the local day of an instant; the last one found is kept, most ask about now."""
        start_us, end_us, day = _LAST_DAY.get(self.name, (0, 0, date.min))
        if not start_us <= at_us < end_us:
            day = self.local(at_us).date()
            span = self.day_start(day), self.day_start(day + timedelta(days=1))
            _LAST_DAY[self.name] = (*span, day)
        return day

    def instant(self, local: datetime) -> int:
        """Return the instant of a wall-clock time; of one that comes twice, the first."""
        return instant_us(local.replace(tzinfo=_zone(self.name)))

    def day_start(self, on: date) -> int:
        """Return the instant at which a local day begins."""
        return self.instant(datetime(on.year, on.month, on.day))  # noqa: DTZ001 - given its zone there

    def frame(self, name: str, at_us: int) -> Frame:
        """Return the frame an instant lies in.

        >>> zone = Zone("Europe/London")
        >>> clocks_change = zone.frame("day", zone.instant(datetime(2026, 10, 25, 12)))
        >>> (clocks_change.end_us - clocks_change.start_us) // HOUR_US
        25

        Raises:
            DeclarationError: there is no such frame.
        """
        first, last = _days(name, self.local(at_us).date())
        return Frame(name, self.day_start(first), self.day_start(last))

    def later(self, at_us: int, text: str) -> int:
        """Return the instant a term after another.

        >>> zone = Zone("Europe/Berlin")
        >>> later = zone.later(zone.instant(datetime(2026, 8, 31, 10)), "P6M")
        >>> zone.local(later).isoformat()
        '2027-02-28T10:00:00+01:00'
        """
        length = term(text)
        if not (length.months or length.days or length.business_days):
            return at_us + length.exact_us
        local = self.local(at_us).replace(tzinfo=None)
        day = _months_later(local.date(), length.months) + timedelta(days=length.days)
        day = self._business_days_later(day, length.business_days)
        return self.instant(datetime.combine(day, local.time())) + length.exact_us

    def _business_days_later(self, day: date, count: int) -> date:
        while count:
            day += timedelta(days=1)
            if day.weekday() < 5 and day not in self.holidays:
                count -= 1
        return day


def age_at(born_on: date, today: date) -> int:
    """Return the years lived; who was born on a leap day is a year older on 1 March.

    >>> age_at(date(2004, 2, 29), date(2022, 2, 28)), age_at(date(2004, 2, 29), date(2022, 3, 1))
    (17, 18)
    """
    return today.year - born_on.year - ((today.month, today.day) < (born_on.month, born_on.day))


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def _days(name: str, on: date) -> tuple[date, date]:
    """Return the first day of the frame a day lies in, and the first of the next."""
    match name:
        case "day":
            return on, on + timedelta(days=1)
        case "week":
            monday = on - timedelta(days=on.weekday())
            return monday, monday + timedelta(days=7)
        case "four_weeks":
            first = on - timedelta(days=(on - FOUR_WEEKS_FROM).days % 28)
            return first, first + timedelta(days=28)
    months = {"month": 1, "quarter": 3, "year": 12}.get(name)
    if months is None:
        raise DeclarationError(f"a frame {name!r}", expected=f"one of {', '.join(FRAMES)}")
    first = date(on.year, on.month - (on.month - 1) % months, 1)
    return first, _months_later(first, months)


def _months_later(on: date, months: int) -> date:
    years, month = divmod(on.year * 12 + on.month - 1 + months, 12)
    return date(years, month + 1, min(on.day, monthrange(years, month + 1)[1]))
