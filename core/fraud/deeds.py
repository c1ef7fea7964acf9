"""What players did, as rules of fraud take it in. Way: event log, warehouse -> here -> windows.

One translation for both. Amounts are minor units of the operator's base currency, at the rate fixed
with the fact; instants UTC microseconds. Fields that no fact has yet (`person_key`, `selection`)
are read where they come.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from core.compliance.calendar import instant_us
from core.events.envelope import Event
from core.events.registry import fact_name

KINDS = {
    "player_registered": "opened",
    "player_logged_in": "login",
    "session_started": "session",
    "session_ended": "ended",
    "device_seen": "device",
    "deposit_requested": "asked",
    "deposit_approved": "deposit",
    "deposit_declined": "declined",
    "withdrawal_requested": "withdrawal",
    "withdrawal_paid": "paid",
    "bonus_claimed": "bonus",
    "bet_placed": "stake",
    "bet_won": "win",
    "bet_rolled_back": "undone",
}
"""Facts that are taken in, and what they are called here."""


class Deed(msgspec.Struct, frozen=True, kw_only=True):
    """One thing a player did. `name` is the thing's own id: payment, activity, bonus of a player.

    `what` is the round, the bonus or the stake undone; `balance` what stood afterwards, null where
    nobody says; `required` the wagering asked for. `cash` is the stake's part in real money.
    """

    id: str
    player: str
    kind: str
    at_us: int
    known_us: int
    name: str = ""
    amount: int = 0
    cash: int = 0
    instrument: str | None = None
    device: str | None = None
    ip: str | None = None
    person: str | None = None
    what: str = ""
    game: str = ""
    selection: str | None = None
    balance: int | None = None
    required: int = 0

    @property
    def order(self) -> tuple[int, str]:
        """What deeds are judged in: when they became known, then their id."""
        return self.known_us, self.id

    @property
    def ties(self) -> list[tuple[str, str]]:
        """Identifiers the player used here; where money goes to is a payee."""
        money = "payee" if self.kind in ("withdrawal", "paid") else "instrument"
        used = ((money, self.instrument), ("device", self.device), ("ip", self.ip),
                ("person", self.person))  # fmt: skip
        return [(kind, token) for kind, token in used if token]


class Head(msgspec.Struct, frozen=True):
    """The envelope's part: who, when, known when, which event."""

    player: str
    at_us: int
    known_us: int
    id: str


def deed(fact: str, fields: Mapping[str, Any], head: Head) -> Deed | None:
    """Return what a fact says, null if nothing that is looked at."""
    kind = KINDS.get(fact)
    if kind is None or "\x00" in head.player:
        return None
    get, rate = fields.get, fields.get("exchange_rate_e6") or 0
    if kind == "undone" and get("undone") != "bet":
        return None
    return Deed(
        id=head.id, player=head.player, kind=kind, at_us=min(head.at_us, head.known_us),
        known_us=head.known_us, name=_name(get), amount=_base(get("amount_minor"), rate),
        cash=_base(get("wager_minor"), rate), instrument=get("instrument_id"),
        device=get("device_id"), ip=get("ip"), person=get("person_key"),
        what=str(get("reference_activity_id") or get("round_id") or get("bonus_id") or ""),
        game=str(get("game_id") or ""), selection=get("selection"),
        balance=_balance(get, rate), required=_base(get("required_wagering_minor"), rate),
    )  # fmt: skip


def deed_of_event(event: Event) -> Deed | None:
    """Return what an event says, null if nothing that is looked at."""
    name = fact_name(type(event.fact))
    if name not in KINDS:
        return None
    head = Head(event.subject, instant_us(event.time), instant_us(event.recorded), str(event.id))
    return deed(name, msgspec.structs.asdict(event.fact), head)


def _name(get: Any) -> str:
    return str(get("payment_id") or get("activity_id") or get("user_bonus_id") or "")


def _base(minor: int | None, rate_e6: int) -> int:
    return ((minor or 0) * rate_e6 + 500_000) // 1_000_000


def _balance(get: Any, rate_e6: int) -> int | None:
    after = get("balance_after_minor")
    after = get("balance_end_minor") if after is None else after
    return None if after is None else _base(after, rate_e6)
