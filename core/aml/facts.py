"""What a typology may know of a player. Way: event log, warehouse -> window -> here -> typologies.

Amounts are minor units, instants UTC microseconds. As typologies see them amounts are in the
scene's currency; one that came in another and has no rate into it is not there, and `uncounted`
says how many there were. `currency` and `rate_e6` are as the fact had them, empty once converted.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, TypeVar

import msgspec

from core.compliance.calendar import Zone

PaymentKind = Literal["deposit", "withdrawal", "declined"]


class Payment(msgspec.Struct, frozen=True, kw_only=True):
    """Money that came in or went out, or was refused on its way in (`declined`).

    `holder` is the key of the instrument's holder (`core.compliance.names`), null if nobody said.
    """

    id: str
    at_us: int
    kind: PaymentKind
    amount: int
    player: str = ""
    method: str = "unknown"
    instrument: str | None = None
    device: str | None = None
    holder: str | None = None
    is_cash: bool = False
    currency: str = ""
    rate_e6: int = 0


class Stake(msgspec.Struct, frozen=True, kw_only=True):
    """A stake that was not undone; `real` is its part in the player's own money.

    `selection` is what was bet on, such as `red`; null where the game does not say.
    """

    id: str
    at_us: int
    real: int
    player: str = ""
    round_id: str = ""
    game_id: str = ""
    selection: str | None = None
    currency: str = ""
    rate_e6: int = 0


class Income(msgspec.Struct, frozen=True, kw_only=True):
    """What a player said he earns in a year, from then on."""

    at_us: int
    annual: int
    id: str = ""
    currency: str = ""
    rate_e6: int = 0


class Mismatch(msgspec.Struct, frozen=True, kw_only=True):
    """A rule of a pack found that a payer is not the player; `id` names the decision."""

    id: str
    at_us: int
    rule: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayerFacts:
    """One player's past as far as typologies look, each part in order of time.

    `activity` are instants at which he did something himself, thinned to two a day; `name_key` is
    that of his verified name, null if there is none. `opened_us` is null where it is not known.
    """

    player: str
    opened_us: int | None = None
    name_key: str | None = None
    payments: Sequence[Payment] = ()
    stakes: Sequence[Stake] = ()
    incomes: Sequence[Income] = ()
    mismatches: Sequence[Mismatch] = ()
    activity: Sequence[int] = ()
    uncounted: int = 0

    def of(self, kind: PaymentKind) -> list[Payment]:
        """Return payments of a kind."""
        return [one for one in self.payments if one.kind == kind]


class Link(msgspec.Struct, frozen=True, order=True):
    """Two players who share an identifier: `instrument` or `device`, and which."""

    kind: str
    token: str
    player: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A player, those he is linked to, and the calendar and currency by which they are judged.

    Patterns that end before `asked_from_us` are not asked for.
    """

    player: PlayerFacts
    zone: Zone
    currency: str
    linked: Sequence[PlayerFacts] = ()
    links: Sequence[Link] = ()
    asked_from_us: int = 0

    @property
    def everybody(self) -> tuple[PlayerFacts, ...]:
        """The player first, then those linked to him."""
        return (self.player, *self.linked)


class Timed(Protocol):
    """Something that happened at an instant."""

    @property
    def at_us(self) -> int:
        """When, UTC microseconds."""
        ...


T = TypeVar("T", bound=Timed)


def between(rows: Sequence[T], after_us: int, until_us: int) -> Sequence[T]:
    """Return the rows of `(after_us, until_us]`; rows are in order of time."""
    first = bisect_right(rows, after_us, key=lambda row: row.at_us)
    return rows[first : bisect_right(rows, until_us, key=lambda row: row.at_us)]


def last_before(instants: Sequence[int], at_us: int) -> int | None:
    """Return the last of sorted instants before another."""
    place = bisect_left(instants, at_us)
    return instants[place - 1] if place else None
