"""Conditions several views share. Way: measures -> here -> features/views."""

from __future__ import annotations

from features.measures import Where

NIGHT = Where("local_hour", (0, 1, 2, 3, 4, 5))
"""Local 00:00-06:00, the regulators' night."""
NIGHT_UTC = Where("utc_hour", (0, 1, 2, 3, 4, 5))
"""The same for facts that carry no local hour; off by the player's time zone."""
WEEKEND = Where("utc_weekday", (5, 6))
"""Saturday and Sunday in UTC."""


def of(*facts: str) -> tuple[Where, ...]:
    """Keep the facts of some kinds, in a view over several.

    >>> of("withdrawal_paid")
    (Where(column='fact', values=('withdrawal_paid',)),)
    """
    return (Where("fact", facts),)
