"""Where players live: licence, currency, clock. Way: plan -> here -> population, writing.

Clocks are fixed offsets from UTC (standard time): daylight saving is left out, so a local hour is
one hour off in summer. Weights and incomes are invented; no operator's book was seen.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipelines.simulation.plan import DAY, HOUR, Array, Plan, generator


@dataclass(frozen=True, slots=True)
class Place:
    """A jurisdiction. `scale`: how many currency units buy what one EUR buys, as a round number."""

    jurisdiction: str
    country: str
    currency: str
    offset_h: int
    weight: float
    rate: float
    scale: int
    income_eur: int
    withdrawal_can_be_cancelled: bool = True


PLACES = (
    Place("GB", "GB", "GBP", 0, 0.22, 1.17, 1, 36_000, withdrawal_can_be_cancelled=False),
    Place("MT", "FI", "EUR", 2, 0.10, 1.0, 1, 34_000),
    Place("DE", "DE", "EUR", 1, 0.14, 1.0, 1, 38_000),
    Place("SE", "SE", "SEK", 1, 0.14, 0.088, 10, 36_000, withdrawal_can_be_cancelled=False),
    Place("NL", "NL", "EUR", 1, 0.08, 1.0, 1, 40_000),
    Place("DK", "DK", "DKK", 1, 0.08, 0.134, 10, 42_000),
    Place("ES", "ES", "EUR", 1, 0.10, 1.0, 1, 27_000),
    Place("ON", "CA", "CAD", -5, 0.08, 0.68, 1, 37_000),
    Place("NJ", "US", "USD", -5, 0.06, 0.92, 1, 48_000),
)
CURRENCIES = tuple(sorted({place.currency for place in PLACES}))

CURRENCY_OF = np.array([CURRENCIES.index(p.currency) for p in PLACES], dtype=np.int32)
OFFSET_US = np.array([p.offset_h * HOUR for p in PLACES], dtype=np.int64)
SCALE = np.array([p.scale for p in PLACES], dtype=np.int64)
CANCELLABLE = np.array([p.withdrawal_can_be_cancelled for p in PLACES])
INCOME_EUR = np.array([p.income_eur for p in PLACES], dtype=np.float64)
WEIGHT = np.array([p.weight for p in PLACES]) / sum(p.weight for p in PLACES)


@dataclass(frozen=True, slots=True)
class Exchange:
    """Rates by day and currency, in millionths of a EUR minor unit per minor unit."""

    start_us: int
    rates_e6: Array

    def rate(self, currency: Array, at: Array) -> Array:
        """Return the integer rate that holds at each instant."""
        day = np.clip((at - self.start_us) // DAY, 0, self.rates_e6.shape[0] - 1)
        return self.rates_e6[day, currency]  # type: ignore[no-any-return]


def exchange_of(plan: Plan, seed: np.random.SeedSequence) -> Exchange:
    """Draw slowly moving rates: a random walk of 0.2 % a day around the real order of size."""
    rng = generator(seed)
    level = np.array([next(p.rate for p in PLACES if p.currency == c) for c in CURRENCIES])
    walk = np.cumsum(rng.normal(0, 0.002, (plan.days + 1, len(CURRENCIES))), axis=0)
    rates = np.rint(level * np.exp(walk - walk[0]) * 1e6).astype(np.int64)
    rates[:, CURRENCIES.index("EUR")] = 1_000_000
    return Exchange(plan.start_us, rates)
