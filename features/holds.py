"""Holds on players as a store keeps them. Way: stream worker, seeding -> here -> live_holds.

Of every part of a hold (since, until, lifted) the latest instant stays, which is how core.rg_state
folds them: holds may be told in any order and again, by workers thought dead too.

Instants are UTC microseconds. Those from the year 2255 on are told as FOREVER_US: a sorted set of
Redis keeps doubles, in which they would not be exact, and an end must never come early.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

from core.rg_state import FOREVER, Hold, HoldKind, RgState

_EPOCH, _MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)
FOREVER_US = (FOREVER - _EPOCH) // _MICROSECOND
EXACT_US = 2**53
"""Instants between minus and plus this are exact as doubles."""
Parts = tuple[int | None, int | None, int | None]  # since, until, lifted; null: never said
HoldRow = tuple[str, str, Parts]  # player, kind, instants
_OPEN = RgState()
PARTS = ("since", "until", "lifted")


def rows_of(player: str, state: RgState) -> Iterator[HoldRow]:
    """Yield what a store keeps of a player's holds.

    >>> from core.rg_state import RgFact, reduce_state
    >>> from core.events.families.player import PlayerClosed
    >>> list(rows_of("ada", reduce_state(RgState(), RgFact(_EPOCH, PlayerClosed(reason="")))))
    [('ada', 'closed', (0, 253402300799999999, None))]
    """
    for kind, hold in state.holds.items():
        yield player, str(kind), (_us(hold.since_at), _us(hold.until_at), _us(hold.lifted_at))


def state_of(holds: Iterable[tuple[str, Parts]]) -> RgState:
    """Return a player's state from what a store kept; its version counts the instants known.

    Raises:
        ValueError: a kind is none of core.rg_state.
    """
    found = {HoldKind(kind): Hold(*map(_instant, parts)) for kind, parts in holds}
    if not found:  # nearly everybody
        return _OPEN
    version = sum(
        at is not None
        for hold in found.values()
        for at in (hold.since_at, hold.until_at, hold.lifted_at)
    )
    return RgState(MappingProxyType(found), version)


def latest(one: Parts, other: Parts) -> Parts:
    """Return the latest of each part.

    >>> latest((1, None, None), (0, 5, None))
    (1, 5, None)
    """
    since, until, lifted = (
        b if a is None else a if b is None else max(a, b) for a, b in zip(one, other, strict=True)
    )
    return since, until, lifted


def _us(at: datetime | None) -> int | None:
    if at is None:
        return None
    us = (at - _EPOCH) // _MICROSECOND
    return FOREVER_US if us >= EXACT_US else max(us, -EXACT_US)


def _instant(us: int | None) -> datetime | None:
    return None if us is None else _EPOCH + us * _MICROSECOND
