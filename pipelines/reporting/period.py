"""Periods people name, on a pack's clock. Way: command line -> here -> known facts.

2026-11-05   a day          2026-11   a month          2026-Q4   a quarter          2026   a year
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from core.compliance.calendar import DAY_US, SECOND_US, Zone
from core.errors import NotReadyError

_FORM = re.compile(r"(\d{4})(?:-(?:Q([1-4])|(\d{2})(?:-(\d{2}))?))?", re.ASCII)
_MINUTE_US = 60 * SECOND_US


@dataclass(frozen=True, slots=True)
class Period:
    """Local days from `first` to `last`, both included; instants `[start_us, end_us)` in UTC."""

    name: str
    first: date
    last: date
    zone: Zone

    @property
    def start_us(self) -> int:
        """The local midnight it begins at."""
        return self.zone.day_start(self.first)

    @property
    def end_us(self) -> int:
        """The local midnight it ends before."""
        return self.zone.day_start(self.last + timedelta(days=1))

    @property
    def days(self) -> list[date]:
        """Its local days, in order."""
        return [self.first + timedelta(days=n) for n in range((self.last - self.first).days + 1)]


def period_of(text: str, zone: Zone) -> Period:
    """Read a period.

    >>> zone = Zone("Europe/London")
    >>> quarter = period_of("2026-Q4", zone)
    >>> quarter.first.isoformat(), quarter.last.isoformat()
    ('2026-10-01', '2026-12-31')

    Raises:
        NotReadyError: it is none.
    """
    found = _FORM.fullmatch(text)
    try:
        year, *parts = found.groups() if found else ("0", None, None, None)
        return Period(text, *_span(int(year), *(int(n) if n else None for n in parts)), zone)
    except (ValueError, OverflowError) as error:  # year 0, a month 13, a 30th of February
        raise NotReadyError(
            f"a period {text[:40]!r}", expected="2026, 2026-Q4, 2026-11 or 2026-11-05"
        ) from error


def _span(year: int, quarter: int | None, month: int | None, day: int | None) -> tuple[date, date]:
    if month is not None and day is not None:
        on = date(year, month, day)
        return on, on
    months = 1 if month is not None else 12 if quarter is None else 3
    first = month or 3 * ((quarter or 1) - 1) + 1
    years, after = divmod(year * 12 + first - 1 + months, 12)
    return date(year, first, 1), date(years, after + 1, 1) - timedelta(days=1)


def offsets(period: Period) -> list[tuple[int, int]]:
    """Return from which instant on which offset from UTC holds (microseconds), in order.

    >>> zone = Zone("Europe/London")
    >>> [offset // 3_600_000_000 for _, offset in offsets(period_of("2026-10", zone))]
    [1, 0]
    """
    zone = period.zone
    found = [(period.start_us, _offset(zone, period.start_us))]
    for day in period.days:
        start, end = zone.day_start(day), zone.day_start(day + timedelta(days=1))
        if end - start == DAY_US and _offset(zone, start) == _offset(zone, end):
            continue
        for at in range(start, end + 1, _MINUTE_US):
            if _offset(zone, at) != found[-1][1]:
                found.append((at, _offset(zone, at)))
    return found


def _offset(zone: Zone, at_us: int) -> int:
    offset = zone.local(at_us).utcoffset()
    return 0 if offset is None else offset // timedelta(microseconds=1)


def day_sql(period: Period, instant: str) -> str:
    """Return the SQL of the local day of an instant column (UTC microseconds) of the period."""
    known = offsets(period)
    cases = "".join(f"WHEN {instant} >= {at} THEN {offset} " for at, offset in reversed(known[1:]))
    offset = f"CASE {cases}ELSE {known[0][1]} END" if cases else str(known[0][1])
    return f"CAST(make_timestamp({instant} + {offset}) AS DATE)"
