"""Accounts opened. Way: population -> here -> raw facts."""

from __future__ import annotations

import numpy as np

from pipelines.simulation.columns import Coded
from pipelines.simulation.identities import PER_PLAYER, Identities
from pipelines.simulation.places import CURRENCIES, CURRENCY_OF, PLACES
from pipelines.simulation.state import House
from pipelines.simulation.writing import Emitter

CHANNELS = ("organic", "affiliate", "paid", "referral")


def emit_registrations(house: House, emitter: Emitter, who: Identities) -> None:
    """Write who opened an account, where and through which channel."""
    people, rng, n = house.population, house.rng, house.population.count
    channel = rng.choice(4, n, p=(0.38, 0.34, 0.20, 0.08))
    affiliate = np.where(channel == 1, rng.integers(0, 24, n), -1)
    emitter.emit(
        "player_registered",
        np.arange(n),
        people.registered_at,
        jurisdiction=Coded(people.place, [p.jurisdiction for p in PLACES]),
        country=Coded(people.place, [p.country for p in PLACES]),
        currency=Coded(CURRENCY_OF[people.place], CURRENCIES),
        birth_year=people.birth_year,
        channel=Coded(channel, CHANNELS),
        affiliate_id=Coded(affiliate, [f"aff_{i:02d}" for i in range(24)]),
        device_id=who.device_column(house.number, who.device_owner * PER_PLAYER),
        ip=who.address_column(house.number, who.address_owner * PER_PLAYER),
    )
