"""Facts of players as the desk is told them. Way: tests -> here -> core.aml.watching."""

from __future__ import annotations

from core.aml.facts import Payment, Stake
from core.aml.told import Active, Opened, Told, Undone, What

START_US = 1_790_000_000_000_000
HOUR_US = 3_600_000_000


def one(player: str, hour: int, what: What, *, late_h: int = 0, device: str | None = None) -> Told:
    """Return what was so at an hour of the world and known some hours later."""
    at_us = START_US + hour * HOUR_US
    name = getattr(what, "id", type(what).__name__)
    return Told(
        player=player, known_us=at_us + late_h * HOUR_US, at_us=at_us,
        id=f"{player}-{hour}-{name}", what=what, device=device,
    )  # fmt: skip


def opened(player: str, place: str) -> Told:
    """Return the opening of an account, two days before the world begins."""
    return one(player, -48, Opened(place))


def paid(
    player: str, hour: int, kind: str, amount: int, *, instrument: str | None = None,
    is_cash: bool = False, device: str | None = None,
) -> Told:  # fmt: skip
    """Return a payment; minor units."""
    payment = Payment(
        id=f"{kind}-{hour}", at_us=START_US + hour * HOUR_US, kind=kind, amount=amount,  # type: ignore[arg-type]
        player=player, instrument=instrument, is_cash=is_cash,
    )  # fmt: skip
    return one(player, hour, payment, device=device)


def staked(player: str, hour: int, real: int, selection: str | None = None) -> Told:
    """Return a stake in the round of its hour; minor units."""
    stake = Stake(
        id=f"stake-{player}-{hour}-{selection}", at_us=START_US + hour * HOUR_US, real=real,
        player=player, round_id=f"r{hour}", game_id="g", selection=selection,
    )  # fmt: skip
    return one(player, hour, stake)


def undone(player: str, hour: int, stake: Told) -> Told:
    """Return the undoing of a stake."""
    return one(player, hour, Undone(stake.what.id))  # type: ignore[union-attr]


def seen(player: str, hour: int, device: str | None = None) -> Told:
    """Return a sign of life."""
    return one(player, hour, Active(), device=device)


def structuring(player: str = "p", place: str = "NJ") -> list[Told]:
    """Return golden case 73 as facts: three cash deposits just under the report."""
    amounts = (950_000, 980_000, 970_000)
    deposits = [
        paid(player, 24 * day, "deposit", amount, is_cash=True)
        for day, amount in enumerate(amounts)
    ]
    return [opened(player, place), *deposits]
