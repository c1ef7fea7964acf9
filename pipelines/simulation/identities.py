"""Devices, addresses, payment instruments, and who shares them. Way: fraud -> here -> facts.

Rings share devices, addresses and often instruments. So do honest people: households, mobile
networks behind one address, places with public networks. Tokens are opaque.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipelines.simulation.columns import Coded, tokens
from pipelines.simulation.fraud import STOLEN, Fraud
from pipelines.simulation.names import DEVICE_KIND, EVERYWHERE, IP_KIND, token
from pipelines.simulation.plan import Array
from pipelines.simulation.population import Population

DEVICE_TYPES = ("mobile", "desktop", "tablet")
METHODS = ("card", "bank_transfer", "instant_bank", "e_wallet", "prepaid", "mobile")
PAY_VENDORS = ("acquirer_north", "bankline", "payfast_open", "walleto", "voucher_hub", "telco_pay")
NETWORK_ADDRESSES = 240
PER_PLAYER = 8
"""Room for this many devices, addresses and instruments per player."""


@dataclass(slots=True)
class Identities:
    """Per player: whose devices, address and instrument he uses, and his ways to pay."""

    device_owner: Array
    devices: Array
    device_type: Array
    address_owner: Array
    instrument_owner: Array
    method: Array
    second_method: Array
    is_cards_thief: Array

    def device_column(self, block: int, device: Array) -> Coded:
        """Name devices by their number."""
        count = len(self.devices) * PER_PLAYER
        return Coded(device, tokens(token(DEVICE_KIND, block, np.arange(count)).numbers))

    def address_column(self, block: int, address: Array) -> Coded:
        """Name addresses by their number; those of networks are the same in every block."""
        home = len(self.devices) * PER_PLAYER
        words = token(IP_KIND, block, np.arange(home + NETWORK_ADDRESSES)).numbers
        words[home:] = token(IP_KIND, EVERYWHERE, np.arange(NETWORK_ADDRESSES)).numbers
        return Coded(address, tokens(words))


def draw_identities(population: Population, fraud: Fraud, rng: np.random.Generator) -> Identities:
    """Draw own things first, then let households and rings share."""
    n = population.count
    own = np.arange(n)
    household = (rng.random(n) < 0.05) & (own > 0)
    shared = np.where(household, own - 1, own)
    leader = np.full(fraud.ring.max() + 2, -1)
    members = np.flatnonzero(fraud.ring >= 0)[::-1]
    leader[fraud.ring[members]] = members
    boss = np.where(fraud.ring >= 0, leader[fraud.ring], -1)
    pays_alone = rng.random(n) < 0.55
    return Identities(
        device_owner=np.where(boss >= 0, boss, np.where(rng.random(n) < 0.6, shared, own)),
        devices=np.where(boss >= 0, 2, rng.choice((1, 2, 3), n, p=(0.5, 0.38, 0.12))),
        device_type=rng.choice(3, n, p=(0.64, 0.28, 0.08)),
        address_owner=np.where(boss >= 0, boss, shared),
        instrument_owner=np.where((boss >= 0) & ~pays_alone, boss, own),
        method=rng.choice(6, n, p=(0.46, 0.08, 0.22, 0.16, 0.05, 0.03)),
        second_method=rng.choice(6, n, p=(0.30, 0.12, 0.25, 0.23, 0.07, 0.03)),
        is_cards_thief=fraud.scheme == STOLEN,
    )


@dataclass(slots=True)
class Seen:
    """Device and address numbers at a moment, with the kind of device (code)."""

    device: Array
    device_type: Array
    address: Array


def seen_at(who: Identities, player: Array, rng: np.random.Generator) -> Seen:
    """Say from which device and address players come: home as a rule, a shared network at times."""
    n = len(player)
    which = np.minimum(rng.geometric(0.72, n) - 1, who.devices[player] - 1)
    device = who.device_owner[player] * PER_PLAYER + which
    kind = (who.device_type[player] + which) % 3
    home = who.address_owner[player] * PER_PLAYER
    # A few hundred addresses of mobile networks stand for everybody; the last ones are public.
    abroad = len(who.devices) * PER_PLAYER + rng.integers(0, NETWORK_ADDRESSES, n)
    address = np.where(rng.random(n) < np.where(kind == 0, 0.30, 0.06), abroad, home)
    return Seen(device, kind, address)
