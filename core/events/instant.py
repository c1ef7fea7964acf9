"""Instants on the wire: RFC 3339 with an offset. Way: wire text -> here -> aware UTC datetimes."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from core.errors import EventError


def instant(text: object, name: str) -> datetime:
    """Read an RFC 3339 text; digits finer than a microsecond are rounded.

    >>> instant("2026-03-01T12:00:00+02:00", "time").isoformat()
    '2026-03-01T10:00:00+00:00'

    Raises:
        EventError: it is no such text, or says no offset.
    """
    if not isinstance(text, str):
        raise EventError(f"{name} is {type(text).__name__}", expected="an RFC 3339 text")
    try:
        at = msgspec.convert(text, datetime)
    except msgspec.ValidationError as error:
        raise EventError(
            f"{name} {text[:60]!r} is no instant", expected="RFC 3339, as 2026-03-01T12:00:00Z"
        ) from error
    return utc(at, name)


def utc(at: datetime, name: str) -> datetime:
    """Return an aware instant in UTC; a naive one is refused, never guessed at."""
    if at.tzinfo is None:
        raise EventError(
            f"{name} {at.isoformat()} has no offset",
            expected="an instant with Z or +hh:mm",
            hint="a local time without its offset cannot be placed; ask the sender for UTC",
        )
    try:
        return at.astimezone(UTC)
    except OverflowError as error:
        raise EventError(f"{name} {at.isoformat()} lies outside the calendar") from error
