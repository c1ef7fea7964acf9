"""What a player's own choices and the house's blocks forbid. Way: facts -> here -> the gate.

A *hold* keeps a player from being marketed to: since when, until when, lifted when. Holds are
folded by taking the latest instant of each, so neither the order of arrival nor a repeat of a fact
changes the outcome, and a lift never undoes a hold that began after it.

Expiry alone never ends an exclusion (a return is the player's own confirmed act); a time-out and a
dated block end at their instant.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from types import MappingProxyType

from core.events.fact import Fact
from core.events.families.player import (
    PlayerBlocked,
    PlayerClosed,
    PlayerExclusionEnded,
    PlayerProtected,
    PlayerReleased,
    PlayerSelfExcluded,
    PlayerTimedOut,
    PlayerUnblocked,
)

FOREVER = datetime.max.replace(tzinfo=UTC)


class HoldKind(StrEnum):
    """What holds a player, most severe first."""

    REGISTER_EXCLUDED = "register_excluded"
    SELF_EXCLUDED = "self_excluded"
    TIMED_OUT = "timed_out"
    PROTECTED = "protected"
    BLOCKED = "blocked"
    CLOSED = "closed"


ENDS_BY_CLOCK = frozenset({HoldKind.TIMED_OUT, HoldKind.BLOCKED})
OPEN = "open"


@dataclass(frozen=True, slots=True)
class Hold:
    """One kind of hold on one player; aware UTC instants, `FOREVER` where no end was given."""

    since_at: datetime | None = None
    until_at: datetime | None = None
    lifted_at: datetime | None = None

    def is_in_force(self, at: datetime, *, ends_by_clock: bool) -> bool:
        """Say whether the hold binds at an instant; a lift at the same instant does not count."""
        if self.since_at is None:
            return False
        if self.lifted_at is not None and self.lifted_at > self.since_at:
            return False
        return not (ends_by_clock and self.until_at is not None and self.until_at <= at)


@dataclass(frozen=True, slots=True)
class RgState:
    """The holds of one player and how much went into them (`version`).

    `version` is the count of facts folded, or, where only the latest instants are kept, theirs.
    """

    holds: Mapping[HoldKind, Hold] = field(default_factory=lambda: MappingProxyType({}))
    version: int = 0

    def in_force(self, at: datetime) -> tuple[HoldKind, ...]:
        """Return the kinds that bind at an instant, most severe first."""
        return tuple(
            kind
            for kind in HoldKind
            if kind in self.holds
            and self.holds[kind].is_in_force(at, ends_by_clock=kind in ENDS_BY_CLOCK)
        )

    def name(self, at: datetime) -> str:
        """Return the most severe kind in force, or `open`."""
        return str(next(iter(self.in_force(at)), OPEN))


@dataclass(frozen=True, slots=True)
class RgFact:
    """A fact of the player family with its business time."""

    occurred_at: datetime
    fact: Fact


def reduce_state(state: RgState, event: RgFact) -> RgState:
    """Fold one fact into a state; facts that hold and lift nothing leave it as it is.

    >>> at = datetime(2026, 1, 15, tzinfo=UTC)
    >>> excluded = reduce_state(RgState(), RgFact(at, PlayerSelfExcluded(scope="operator")))
    >>> excluded.name(datetime(2036, 1, 1, tzinfo=UTC))
    'self_excluded'
    """
    touched = _touched(event)
    if touched is None:
        return state
    kind, hold = touched
    merged = _merge(state.holds.get(kind, Hold()), hold)
    return RgState(MappingProxyType({**state.holds, kind: merged}), state.version + 1)


def fold(events: Iterable[RgFact]) -> RgState:
    """Fold the facts of one player."""
    state = RgState()
    for event in events:
        state = reduce_state(state, event)
    return state


def _touched(event: RgFact) -> tuple[HoldKind, Hold] | None:
    at = event.occurred_at
    match event.fact:
        case PlayerSelfExcluded(scope=scope, until_at=until_at):
            return _exclusion(scope), Hold(at, until_at or FOREVER)
        case PlayerExclusionEnded(scope=scope):
            return _exclusion(scope), Hold(lifted_at=at)
        case PlayerTimedOut(until_at=until_at):
            return HoldKind.TIMED_OUT, Hold(at, until_at)
    return _touched_by_the_house(event)


def _touched_by_the_house(event: RgFact) -> tuple[HoldKind, Hold] | None:
    at = event.occurred_at
    match event.fact:
        case PlayerBlocked(until_at=until_at):
            return HoldKind.BLOCKED, Hold(at, until_at or FOREVER)
        case PlayerUnblocked():
            return HoldKind.BLOCKED, Hold(lifted_at=at)
        case PlayerProtected():
            return HoldKind.PROTECTED, Hold(at, FOREVER)
        case PlayerReleased():
            return HoldKind.PROTECTED, Hold(lifted_at=at)
        case PlayerClosed():
            return HoldKind.CLOSED, Hold(at, FOREVER)
    return None


def _exclusion(scope: str) -> HoldKind:
    return HoldKind.REGISTER_EXCLUDED if scope == "register" else HoldKind.SELF_EXCLUDED


def _merge(one: Hold, other: Hold) -> Hold:
    return replace(
        one,
        since_at=_latest(one.since_at, other.since_at),
        until_at=_latest(one.until_at, other.until_at),
        lifted_at=_latest(one.lifted_at, other.lifted_at),
    )


def _latest(one: datetime | None, other: datetime | None) -> datetime | None:
    known = [at for at in (one, other) if at is not None]
    return max(known, default=None)
