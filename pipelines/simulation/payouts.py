"""Withdrawals as facts: asked for; paid, taken back or refused. Way: journal -> here -> raw."""

from __future__ import annotations

import numpy as np

from pipelines.simulation.columns import Coded, Column
from pipelines.simulation.identities import METHODS, PAY_VENDORS, PER_PLAYER, Identities
from pipelines.simulation.names import INSTRUMENT_KIND, PAYMENT_KIND, token
from pipelines.simulation.plan import DAY, HOUR, MINUTE, Array
from pipelines.simulation.state import FOREVER, House
from pipelines.simulation.withdrawals import CANCELLED, DECLINED, PAID
from pipelines.simulation.writing import Emitter, keep_rows

REASONS = ("verification", "wagering", "technical")


def emit_withdrawals(house: House, emitter: Emitter, who: Identities) -> Array:
    """Write withdrawals of the block; return each player's first request (FOREVER: none)."""
    first = np.full(house.population.count, FOREVER)
    rows = house.journal.take("withdrawals")
    if rows is None:
        return first
    np.minimum.at(first, rows["player"], rows["at"])
    rng, player, at, fate = house.rng, rows["player"], rows["at"], rows["fate"]
    columns, n = _columns(house, who, rows), len(player)
    emitter.emit("withdrawal_requested", player, at, **columns)
    taken_back = np.maximum((HOUR * rng.gamma(1.5, 2.0, n)).astype(np.int64), 3 * MINUTE)
    approved = rng.integers(HOUR, 30 * HOUR, n)
    paid = approved + rng.integers(MINUTE, 2 * DAY, n)
    for fact, kind, delay in (
        ("withdrawal_cancelled", CANCELLED, taken_back),
        ("withdrawal_approved", PAID, approved),
        ("withdrawal_paid", PAID, paid),
    ):
        chosen = fate == kind
        part = {name: keep_rows(column, chosen) for name, column in columns.items()}
        emitter.emit(fact, player[chosen], (at + delay)[chosen], **part)
    _emit_refusals(emitter, rows, columns, (at + approved, rng.integers(0, 3, n)))
    return first


def _emit_refusals(
    emitter: Emitter, rows: dict[str, Array], columns: dict[str, Column], why: tuple[Array, Array]
) -> None:
    refused, (at, reason) = rows["fate"] == DECLINED, why
    part = {name: keep_rows(column, refused) for name, column in columns.items()}
    emitter.emit("withdrawal_declined", rows["player"][refused], at[refused], **part,
                 decline_code=Coded(reason[refused], REASONS))  # fmt: skip


def _columns(house: House, who: Identities, rows: dict[str, Array]) -> dict[str, Column]:
    player, n = rows["player"], len(rows["player"])
    number = house.journal.add("payment", number=player) + np.arange(n)
    owner = who.instrument_owner[player]
    return {
        "payment_id": token(PAYMENT_KIND, house.number, number),
        "amount_minor": rows["amount"],
        "method": Coded(who.method[player], METHODS),
        "vendor_id": Coded(who.method[player], PAY_VENDORS),
        "vendor_name": None,
        "instrument_id": token(INSTRUMENT_KIND, house.number, owner * PER_PLAYER),
        "device_id": None,
        "session_id": None,
        "fee_minor": 0,
    }
