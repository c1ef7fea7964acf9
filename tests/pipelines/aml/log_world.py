"""A log of three players' payments, as systems would send them. Way: tests -> here -> event log."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from core.events.codec import encode
from core.events.envelope import Event
from core.events.fact import Fact
from core.events.families.game import BetPlaced, BetRolledBack
from core.events.families.kyc import SourceOfFundsDeclared
from core.events.families.payment import DepositApproved, DepositDeclined, WithdrawalPaid
from core.events.families.player import PlayerRegistered
from core.log.event_log import Entry, EventLog

START = datetime(2026, 3, 2, 10, tzinfo=UTC)
NOW = START + timedelta(days=60)
PLACES = {"p": ("MT", "EUR"), "q": ("MT", "EUR"), "r": ("NJ", "USD")}


def event(number: int, player: str, hour: float, fact: Fact, *, late_h: float = 0) -> Event:
    """Return what happened at an hour of the world and became known some hours later."""
    at = START + timedelta(hours=hour)
    return Event(
        id=UUID(int=number + 1), source="house/test", subject=player, time=at,
        recorded=at + timedelta(hours=late_h), fact=fact,
    )  # fmt: skip


def opened(number: int, player: str) -> Event:
    """Return the opening of a player's account, before the world begins."""
    place, currency = PLACES[player]
    return event(
        number, player, -30, PlayerRegistered(jurisdiction=place, country="MT", currency=currency)
    )


def paid(number: int, player: str, hour: float, amount: int, **more: Any) -> Event:
    """Return a payment; `kind` is the fact's class, `late_h` when it became known."""
    kind, late_h = more.pop("kind", DepositApproved), more.pop("late_h", 0)
    rate = 1_000_000 if PLACES[player][1] == "EUR" else 900_000
    fact = kind(
        payment_id=f"pay-{number}", amount_minor=amount, currency=PLACES[player][1],
        exchange_rate_e6=rate, **more,
    )  # fmt: skip
    return event(number, player, hour, fact, late_h=late_h)


def structured() -> list[Event]:
    """Return a Maltese player who stays just under 2,000 EUR, three days in a row."""
    days = [paid(9 + day, "p", 24 * day, 190_000 + day, instrument_id="card") for day in range(3)]
    return [opened(1, "p"), *days]


def some_world(seed: int) -> list[Event]:
    """Return a world drawn by chance, likely to meet several patterns."""
    draw = random.Random(seed)
    events = [opened(number, player) for number, player in enumerate(PLACES)]
    for number in range(10, 45):
        player, hour = draw.choice([*PLACES]), draw.uniform(0, 24 * 20)
        late_h = draw.choice([0, 0, 0, 5, 100])
        amount = draw.choice([40_000, 190_000, 199_900, 950_000])
        events.append(_drawn(draw, (number, player, hour, late_h), amount, events))
    return events


def _drawn(
    draw: random.Random, where: tuple[int, str, float, float], amount: int, before: list[Event]
) -> Event:
    number, player, hour, late_h = where
    currency = PLACES[player][1]
    rate = 1_000_000 if currency == "EUR" else 900_000
    kind = draw.choice(["paid", "paid", "paid", "bet", "undone", "income"])
    if kind == "paid":
        return paid(
            number, player, hour, amount, late_h=late_h,
            kind=draw.choice([DepositApproved, DepositApproved, DepositDeclined, WithdrawalPaid]),
            vendor_id=draw.choice(["cage", "psp"]), instrument_id=draw.choice(["c1", "c2", None]),
            device_id=draw.choice(["d1", None]),
        )  # fmt: skip
    if kind == "income":
        fact: Fact = SourceOfFundsDeclared(
            annual_income_minor=amount, currency=currency, exchange_rate_e6=rate
        )
        return event(number, player, hour, fact, late_h=late_h)
    bets = [one for one in before if isinstance(one.fact, BetPlaced)]
    play: dict[str, Any] = {
        "round_id": f"r{number}", "game_id": "g", "vendor_id": "v", "amount_minor": amount,
        "wager_minor": amount, "currency": currency, "exchange_rate_e6": rate,
    }  # fmt: skip
    if kind == "bet" or not bets:
        return event(
            number, player, hour, BetPlaced(activity_id=f"a{number}", **play), late_h=late_h
        )
    bet = draw.choice(bets)
    assert isinstance(bet.fact, BetPlaced)
    undone = BetRolledBack(
        activity_id=f"a{number}", reference_activity_id=bet.fact.activity_id, **play
    )
    return event(number, bet.subject, hour, undone, late_h=late_h)


def append(log: EventLog, events: Sequence[Event | bytes]) -> None:
    """Append events, or lines that are none, in the order given."""
    log.append([
        Entry("p", one, 0) if isinstance(one, bytes)
        else Entry(one.subject, encode(one), int(one.recorded.timestamp() * 1_000_000))
        for one in events
    ])  # fmt: skip
