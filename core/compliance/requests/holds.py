"""Breaks and exclusions: asked for, pressed, listed, lifted. Way: account, registers -> here."""

from __future__ import annotations

from typing import ClassVar

from core.compliance.request import Request


class ExclusionAsked(Request, frozen=True, kw_only=True, tag="exclusion_asked"):
    """A player excludes himself at this operator; `term` is ISO 8601 (P6M), null for no end.

    `balance` is what he could withdraw at the time (ledger units), null if nobody looked.
    """

    term: str | None = None
    brands: tuple[str, ...] = ()
    balance: int | None = None


class TimeOutAsked(Request, frozen=True, kw_only=True, tag="time_out_asked"):
    """A player takes a break that ends by the clock; `term` is ISO 8601 (PT24H, P7D)."""

    term: str


class PanicPressed(Request, frozen=True, kw_only=True, tag="panic_pressed"):
    """The panic button."""


class UndoAsked(Request, frozen=True, kw_only=True, tag="undo_asked"):
    """A player wants a hold ended before its time; `hold` is its kind."""

    hold: str


class LiftAsked(Request, frozen=True, kw_only=True, tag="lift_asked"):
    """A player asks for the end of an exclusion, with his reason."""

    hold: str = "operator_exclusion"
    reason: str = ""


class LiftDecided(Request, frozen=True, kw_only=True, tag="lift_decided"):
    """A member of staff has decided on it."""

    hold: str = "operator_exclusion"
    is_granted: bool = False
    reason: str = ""
    actor: str = "staff"


class ReturnConfirmed(Request, frozen=True, kw_only=True, tag="return_confirmed"):
    """A player whose term is over asks, by a positive act of his own, to come back."""

    hold: str = "operator_exclusion"


class BlockSet(Request, frozen=True, kw_only=True, tag="block_set"):
    """Staff keeps a player from playing, for a reason that is named; or (`is_on` false) no longer.

    It ends no break and no exclusion.
    """

    is_wish: ClassVar[bool] = False
    is_on: bool = True
    reason: str = ""
    actor: str = "staff"


class RegisterAnswered(Request, frozen=True, kw_only=True, tag="register_answered"):
    """A register was asked, or spoke by itself.

    `status` is listed, clear, unavailable (then `reason` says why), missing (no limit set there),
    busy (plays elsewhere), free or here (his play with us is reported). `used` and `limit` are what
    a cross-operator limit file says, in ledger units, of one `period` where it keeps several.
    `since_us` is when the status began, such as the end of play elsewhere; `until_us` when a
    listing ends, null if the register does not say. `balance` is as of `ExclusionAsked`.
    """

    is_wish: ClassVar[bool] = False
    register: str
    status: str
    query_id: str = ""
    period: str = ""
    used: int | None = None
    limit: int | None = None
    until_us: int | None = None
    since_us: int | None = None
    balance: int | None = None
    reason: str = ""
    actor: str = "register"

    @property
    def key(self) -> str:
        """Where the standing keeps it: one place for each register and period."""
        return f"{self.register}:{self.period}" if self.period else self.register


class OpenBet(Request, frozen=True, kw_only=True, tag="open_bet"):
    """What is to become of a bet that is open when its player is excluded.

    `starts_us` is when the event it is on begins, null for a game round.
    """

    bet_ref: str
    amount: int
    currency: str
    starts_us: int | None = None
    placed_us: int = 0
