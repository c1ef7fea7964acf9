"""What the platform says of players, as the money laundering desk takes it in.

Way: event log, warehouse -> here -> window. One translation for both: from a fact's name and its
fields. Nothing is said back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import msgspec

from core.aml.facts import Income, Mismatch, Payment, PaymentKind, Stake
from core.compliance.calendar import instant_us
from core.events.envelope import Event
from core.events.registry import fact_name


class Opened(msgspec.Struct, frozen=True):
    """An account was opened in a jurisdiction."""

    jurisdiction: str


class Undone(msgspec.Struct, frozen=True):
    """A stake was taken back."""

    stake: str


class Active(msgspec.Struct, frozen=True):
    """The player did something himself."""


What = Payment | Stake | Income | Mismatch | Opened | Undone | Active


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """One thing told of a player: known since `known_us`, so at `at_us`, by the event `id`."""

    player: str
    known_us: int
    at_us: int
    id: str
    what: What
    device: str | None = None

    @property
    def order(self) -> tuple[int, str]:
        """What facts are taken in by: when they became known, then their id."""
        return self.known_us, self.id


Fields = Mapping[str, Any]
Reader = Callable[[Fields, "Head"], What | None]


class Head(msgspec.Struct, frozen=True):
    """Who and when, and which vendors take cash."""

    player: str
    at_us: int
    id: str
    cash_vendors: frozenset[str] = frozenset()


def _payment(kind: PaymentKind) -> Reader:
    def read(fields: Fields, head: Head) -> What:
        return Payment(
            id=str(fields["payment_id"]), at_us=head.at_us, kind=kind, player=head.player,
            amount=fields["amount_minor"], method=fields["method"],
            instrument=fields["instrument_id"], device=fields["device_id"],
            is_cash=fields["vendor_id"] in head.cash_vendors, currency=fields["currency"],
            rate_e6=fields["exchange_rate_e6"],
        )  # fmt: skip

    return read


def _stake(fields: Fields, head: Head) -> What:
    return Stake(
        id=fields["activity_id"], at_us=head.at_us, real=fields["wager_minor"],
        player=head.player, round_id=fields["round_id"], game_id=fields["game_id"],
        selection=fields.get("selection"), currency=fields["currency"],
        rate_e6=fields["exchange_rate_e6"],
    )  # fmt: skip


def _undone(fields: Fields, _: Head) -> What | None:
    return Undone(fields["reference_activity_id"]) if fields["undone"] == "bet" else None


def _income(fields: Fields, head: Head) -> What:
    return Income(
        at_us=head.at_us, annual=fields["annual_income_minor"], id=head.id,
        currency=fields["currency"], rate_e6=fields["exchange_rate_e6"],
    )  # fmt: skip


def _mismatch(fields: Fields, head: Head) -> What | None:
    is_one = fields["event"] == "PAYER_MISMATCH" or fields["reason"] == "PAYER_MISMATCH"
    return Mismatch(id=head.id, at_us=head.at_us, rule=fields["rule"]) if is_one else None


def _opened(fields: Fields, _: Head) -> What:
    return Opened(fields["jurisdiction"])


def _active(_: Fields, __: Head) -> What:
    return Active()


READERS: dict[str, Reader] = {
    "player_registered": _opened,
    "player_logged_in": _active,
    "device_seen": _active,
    "deposit_approved": _payment("deposit"),
    "deposit_declined": _payment("declined"),
    "withdrawal_requested": _active,
    "withdrawal_paid": _payment("withdrawal"),
    "bet_placed": _stake,
    "bet_rolled_back": _undone,
    "source_of_funds_declared": _income,
    "rule_applied": _mismatch,
}
"""Facts that are taken in; all others are left alone."""


def told(name: str, fields: Fields, head: Head, known_us: int) -> Told | None:
    """Return what a fact says, null if nothing that is looked at, or of nobody a desk can name."""
    reader = READERS.get(name) if "\x00" not in head.player else None
    what = reader(fields, head) if reader is not None else None
    if what is None:
        return None
    return Told(
        player=head.player, known_us=known_us, at_us=head.at_us, id=head.id, what=what,
        device=fields.get("device_id"),
    )  # fmt: skip


def told_of_event(event: Event, cash_vendors: frozenset[str] = frozenset()) -> Told | None:
    """Return what an event says; nothing occurs after it is known."""
    name = fact_name(type(event.fact))
    if name not in READERS:
        return None
    at_us = micros(min(event.time, event.recorded))
    head = Head(event.subject, at_us, str(event.id), cash_vendors)
    return told(name, msgspec.structs.asdict(event.fact), head, micros(event.recorded))


def micros(at: datetime) -> int:
    """Return an aware instant as UTC microseconds."""
    return instant_us(at)
