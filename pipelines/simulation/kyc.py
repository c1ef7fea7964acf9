"""Know your customer: checks, documents, source of funds. Way: deposits, payouts -> here -> facts.

Basic identity is checked within minutes of registration for nearly all. Documents are asked for at
the first withdrawal or after 500 EUR paid in, source of funds after 2,000 EUR; both amounts are
invented, near the 2,000 EUR line of European money-laundering law.
"""

from __future__ import annotations

import numpy as np

from pipelines.simulation.columns import Coded, Column
from pipelines.simulation.names import DOCUMENT_KIND, token
from pipelines.simulation.places import SCALE
from pipelines.simulation.plan import DAY, HOUR, MINUTE, Array
from pipelines.simulation.state import FOREVER, House
from pipelines.simulation.writing import Emitter

KINDS = ("identity", "address", "payment_instrument", "source_of_funds")
RESULTS = ("accepted", "rejected", "expired")
METHODS = ("register_match", "bank_identity", "document_upload")
EMPLOYMENTS = ("employed", "self_employed", "retired", "student", "unemployed", "unknown")
DOCUMENTS_EUR, FUNDS_EUR = 500, 2_000


def emit_kyc(house: House, emitter: Emitter, deposits: dict[str, Array], asked: Array) -> None:
    """Write the checks of the block; `asked`: first withdrawal per player (FOREVER: none)."""
    people, rng, n = house.population, house.rng, house.population.count
    basic = np.flatnonzero(rng.random(n) < 0.94)
    at = people.registered_at[basic] + rng.integers(MINUTE, 20 * MINUTE, len(basic))
    emitter.emit("player_verified", basic, at, level="basic",
                 method=Coded(rng.choice(2, len(basic), p=(0.6, 0.4)), METHODS))  # fmt: skip
    due = np.minimum(asked, passed_at(house, deposits, DOCUMENTS_EUR))
    passed = _emit_documents(house, emitter, due, (0, 1))
    player = np.flatnonzero(passed < FOREVER)
    emitter.emit("player_verified", player, passed[player] + MINUTE, level="full",
                 method="document_upload")  # fmt: skip
    due = passed_at(house, deposits, FUNDS_EUR)
    declared = _emit_documents(house, emitter, due, (3,))
    player = np.flatnonzero(declared < FOREVER)
    emitter.emit("source_of_funds_declared", player, declared[player] - HOUR // 2,
                 annual_income_minor=people.income_minor[player] // 100_000 * 100_000,
                 employment=Coded(rng.choice(6, len(player), p=(.6, .15, .1, .05, .05, .05)),
                                  EMPLOYMENTS))  # fmt: skip


def passed_at(house: House, deposits: dict[str, Array], euro: int) -> Array:
    """Return when each player's deposits first summed to an amount; FOREVER if never.

    `deposits` are sorted by player and time.
    """
    player, many = deposits["player"], house.population.count
    running = np.cumsum(deposits["amount"])
    first = np.flatnonzero(np.diff(player, prepend=-1))
    before = (running - deposits["amount"])[first]
    running = running - np.repeat(before, np.diff(np.r_[first, len(player)]))
    over = np.flatnonzero(running >= euro * 100 * SCALE[house.population.place[player]])
    at = np.full(many, FOREVER)
    np.minimum.at(at, player[over], deposits["at"][over])
    return at


def _emit_documents(house: House, emitter: Emitter, due: Array, kinds: tuple[int, ...]) -> Array:
    """Write documents received and checked; return when the last was accepted, else FOREVER."""
    rng = house.rng
    player = np.repeat(np.flatnonzero(due < FOREVER), len(kinds))
    kind = np.tile(np.array(kinds), len(player) // len(kinds))
    n = len(player)
    at = due[player] + rng.integers(HOUR, 3 * DAY, n)
    comes = (rng.random(n) < 0.93) & (at < house.state.blocked_from[player])
    player, kind, at = player[comes], kind[comes], at[comes]
    first = house.journal.add("document", number=player)
    document = token(DOCUMENT_KIND, house.number, first + np.arange(len(player)))
    about: dict[str, Column] = {"document_id": document, "kind": Coded(kind, KINDS)}
    emitter.emit("document_received", player, at, **about)
    result = rng.choice(3, len(player), p=(0.88, 0.10, 0.02))
    checked = at + rng.integers(HOUR, 2 * DAY, len(player))
    emitter.emit("document_checked", player, checked, **about, result=Coded(result, RESULTS))
    done = np.full(len(due), FOREVER)
    good = result == 0
    done[player[good]] = checked[good]
    return done
