"""When a term of years is over, on a jurisdiction's clock. Way: calendar -> here -> judging.

A term ends with the local day of its anniversary; from the next midnight on a record is due. Of a
29 February the anniversary is 28 February where there is no other, so it is due on 1 March.
"""

from __future__ import annotations

from datetime import date, timedelta

from core.compliance.calendar import Zone


def due_us(zone: Zone, since_us: int, years: int) -> int:
    """Return the instant from which a record is due.

    >>> from datetime import datetime
    >>> zone = Zone("Europe/London")
    >>> zone.local(due_us(zone, zone.instant(datetime(2024, 2, 29, 12)), 5)).isoformat()
    '2029-03-01T00:00:00+00:00'
    """
    return zone.day_start(_day_due(zone.local(since_us).date(), years))


def cutoff_us(zone: Zone, at_us: int, years: int) -> int:
    """Return the instant before which a record must be from to be due at another.

    So that `since_us < cutoff_us(zone, at_us, years)` says what `due_us(...) <= at_us` says.
    """
    today = zone.local(at_us).date()
    day = _anniversary(today, -years)  # no later one can be due: its own term ends today
    while _day_due(day, years) > today:
        day -= timedelta(days=1)
    return zone.day_start(day + timedelta(days=1))


def _day_due(since: date, years: int) -> date:
    return _anniversary(since, years) + timedelta(days=1)


def _anniversary(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)
