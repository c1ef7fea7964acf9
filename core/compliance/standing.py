"""What the rules know of a player. Way: rows of the ledger's database -> here -> judge -> folds.

A standing belongs to one player under one jurisdiction. It is kept whole beside his wallet, read
and written under the wallet's lock. Parts are frozen; a fold makes a new one. Amounts are ledger
units in the standing's currency, instants UTC microseconds, null where something has not happened.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

import msgspec

P = TypeVar("P", bound=msgspec.Struct)


class Part(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Base of all parts: a field left at its default is not written."""


class PendingLimit(Part, frozen=True, kw_only=True):
    """A wish that does not stand yet; it is data, not a timer.

    It may stand from `effective_us` on: by itself, or after `needs_confirmation` was given, or
    once staff has made contact (`needs_contact`). `amount` null is a removal. What is not confirmed
    by `confirm_by_us` lapses, where that is given.
    """

    amount: int | None
    asked_us: int
    effective_us: int
    rule: str
    needs_confirmation: bool = False
    needs_contact: bool = False
    confirm_by_us: int | None = None


class Limit(Part, frozen=True, kw_only=True):
    """A limit in force; `amount` null where only a pending first one is known."""

    limit: str
    period: str
    amount: int | None
    set_us: int
    scope: str = "account"
    source: str = "player"
    pending: PendingLimit | None = None
    raised_us: tuple[int, ...] = ()
    """When it was asked to be raised lately, newest last, for who looks at sequences."""
    lowered_us: int | None = None
    """When it was last lowered; null if never since it was first set."""


class Hold(Part, frozen=True, kw_only=True):
    """A break, exclusion or block.

    `kind` is time_out, operator_exclusion, register_exclusion, panic, break, suspension or block.
    With `ends_by` clock it is over at `until_us`; with act it stays until the player's confirmed
    return, with lift until staff has granted it, with register until the register says clear, with
    registration until he comes anew. `until_us` null has no end. `lift_from_us` is from when he
    may play again; `ended_us` when it was seen to be over.
    """

    kind: str
    since_us: int
    rule: str
    until_us: int | None = None
    ends_by: str = "clock"
    register: str = ""
    brands: tuple[str, ...] = ()
    lift_asked_us: int | None = None
    lift_from_us: int | None = None
    ended_us: int | None = None


class Sums(Part, frozen=True, kw_only=True):
    """What moved within one frame of the calendar."""

    start_us: int
    end_us: int
    deposits: int = 0
    withdrawals: int = 0
    stakes: int = 0
    wins: int = 0
    play_us: int = 0
    noticed: tuple[str, ...] = ()
    """Notices given within the frame, so that none is given twice."""


class Paid(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """One deposit or withdrawal, for windows that roll; `state` is reserved or settled.

    What failed is not kept. `at_us` is when a deposit was reserved and when a withdrawal was paid
    (until then, asked for).
    """

    payment_id: str
    is_deposit: bool
    amount: int
    at_us: int
    state: str = "reserved"
    instrument_id: str | None = None
    method: str = ""


class Round(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """A game cycle that runs or ran lately, with all that was staked in it."""

    round_id: str
    staked: int
    is_open: bool = True


class Play(Part, frozen=True, kw_only=True):
    """The visit that runs, and the game cycles in it.

    `counted_us` is up to when its time is counted: the last word of it. `ended_by` is the rule that
    ended the last visit, until the next login. `rounds` are the cycles touched last, newest last.
    `starts_us` is the last start by game type; `shown_us` and `answered_us` when a rule's message
    was last shown within the visit, and acknowledged. `reality_s` is the interval of reality checks
    the player chose; it outlives visits.
    """

    session_id: str = ""
    started_us: int | None = None
    active_us: int | None = None
    counted_us: int | None = None
    ended_by: str = ""
    stakes: int = 0
    wins: int = 0
    deposits: int = 0
    limit_s: int | None = None
    spend_most: int | None = None
    rounds: tuple[Round, ...] = ()
    starts_us: dict[str, int] = msgspec.field(default_factory=dict)
    played_us: int | None = None
    shown_us: dict[str, int] = msgspec.field(default_factory=dict)
    answered_us: dict[str, int] = msgspec.field(default_factory=dict)
    reality_s: int | None = None

    @property
    def open_rounds(self) -> tuple[str, ...]:
        """The game cycles that run, by id."""
        return tuple(one.round_id for one in self.rounds if one.is_open)

    def staked_in(self, round_id: str) -> int:
        """Return what was staked in a game cycle so far, as far as it is remembered."""
        found = self.round_of(round_id)
        return 0 if found is None else found.staked

    def round_of(self, round_id: str) -> Round | None:
        """Return a game cycle by its id, null if it is not remembered."""
        for one in self.rounds:
            if one.round_id == round_id:
                return one
        return None


class OpenDuty(Part, frozen=True, kw_only=True):
    """Something that is to be done about a player; `due_us` null has no deadline.

    `since_us` is when the reason for it was detected. `is_told` once it was said to be overdue.
    """

    kind: str
    rule: str
    since_us: int
    due_us: int | None = None
    is_told: bool = False


class RegisterState(Part, frozen=True, kw_only=True):
    """What a register last said; `good_us` is when it was last reached, `good_status` what it said.

    `own` is what was paid in here since, which `used` does not know of yet; `reason` says why it
    was unavailable.
    """

    status: str
    at_us: int
    query_id: str = ""
    used: int | None = None
    limit: int | None = None
    since_us: int | None = None
    good_us: int | None = None
    good_status: str = ""
    own: int = 0
    reason: str = ""


class Standing(Part, frozen=True, kw_only=True):
    """Everything the rules know of one player.

    `marks` are instants by name (strong_indicator, first_play, dormant, fvc_checked, ...),
    `attempts` instants of tries by name, newest last and bounded, `values` figures by name.
    """

    player: str
    jurisdiction: str
    currency: str
    pseudonym: str
    born_on: str | None = None
    name_key: str | None = None
    verified: str = ""
    opened_us: int = 0
    seen_us: int = 0
    limits: tuple[Limit, ...] = ()
    holds: tuple[Hold, ...] = ()
    sums: dict[str, Sums] = msgspec.field(default_factory=dict)
    paid: msgspec.Raw = msgspec.Raw(b"[]")
    """Payments as JSON, read by `payments` only: a stake need not look at them."""
    accrued_deposits: int = 0
    accrued_withdrawals: int = 0
    accrued_stakes: int = 0
    accrued_wins: int = 0
    weeks: tuple[tuple[int, int], ...] = ()
    """Net losses of the weeks before, as (start of week, net loss), oldest first."""
    play: Play = Play()
    registers: dict[str, RegisterState] = msgspec.field(default_factory=dict)
    consents: tuple[str, ...] = ()
    consents_version: str = ""
    marks: dict[str, int] = msgspec.field(default_factory=dict)
    attempts: dict[str, tuple[int, ...]] = msgspec.field(default_factory=dict)
    values: dict[str, int] = msgspec.field(default_factory=dict)
    legal_hold: str = ""
    duties: tuple[OpenDuty, ...] = ()

    def has_mark(self, name: str) -> bool:
        """Say whether a mark stands: set, and not cleared after it was set.

        A person clears a mark by another, `<name>_cleared`; set at the same instant, it stands.
        """
        set_us = self.marks.get(name)
        return set_us is not None and set_us >= self.marks.get(f"{name}_cleared", set_us)

    @property
    def payments(self) -> tuple[Paid, ...]:
        """The deposits and withdrawals that windows may still reach, oldest first."""
        return _PAID.decode(self.paid)

    def limit_of(self, limit: str, period: str, scope: str = "account") -> Limit | None:
        """Return a limit, null if the player has none of the kind."""
        for one in self.limits:
            if (one.limit, one.period, one.scope) == (limit, period, scope):
                return one
        return None

    def holds_of(self, at_us: int) -> tuple[Hold, ...]:
        """Return the holds in force at an instant."""
        return tuple(hold for hold in self.holds if is_in_force(hold, at_us))


def is_in_force(hold: Hold, at_us: int) -> bool:
    """Say whether a hold binds at an instant; expiry alone ends only what ends by the clock."""
    if hold.since_us > at_us or (hold.ended_us is not None and hold.ended_us <= at_us):
        return False
    if hold.lift_from_us is not None and hold.lift_from_us <= at_us:
        return False
    return not (hold.ends_by == "clock" and hold.until_us is not None and hold.until_us <= at_us)


_PAID = msgspec.json.Decoder(tuple[Paid, ...])


def packed(payments: Iterable[Paid]) -> msgspec.Raw:
    """Return payments as a standing keeps them."""
    return msgspec.Raw(msgspec.json.encode(list(payments)))


def with_changes(part: P, **changes: Any) -> P:
    """Return a part with some fields replaced."""
    return msgspec.structs.replace(part, **changes)


def with_key(held: Mapping[str, Any], key: str, value: Any) -> dict[str, Any]:
    """Return a mapping with one value set."""
    return {**held, key: value}
