"""Deposits and charge-backs as facts. Way: journal -> here -> raw facts."""

from __future__ import annotations

import numpy as np

from pipelines.simulation.columns import Coded, Column
from pipelines.simulation.identities import (
    INSTRUMENT_KIND,
    METHODS,
    PAY_VENDORS,
    PAYMENT_KIND,
    PER_PLAYER,
    SESSION_KIND,
    Identities,
    token,
)
from pipelines.simulation.plan import DAY, SECOND, Array
from pipelines.simulation.state import HARMED, House
from pipelines.simulation.writing import Emitter, keep_rows

DECLINE_CODES = ("insufficient_funds", "issuer", "limit", "fraud_rule", "technical", "unknown")
CHARGED_BACK = 0.75
FRIENDLY = 0.0012
"""Share of honest card deposits the payer disputes all the same."""


def emit_deposits(house: House, emitter: Emitter, who: Identities) -> None:
    """Write deposits requested, approved and, weeks later, charged back."""
    rows = house.journal.take("deposits")
    if rows is None:
        return
    order = np.lexsort((rows["at"], rows["player"]))
    rows = {name: column[order] for name, column in rows.items()}
    paid = _columns(house, who, rows)
    emitter.emit("deposit_requested", rows["player"], rows["at"] - SECOND // 2, **paid)
    emitter.emit("deposit_approved", rows["player"], rows["at"], **paid, bonus_code=None)
    _emit_charge_backs(house, emitter, who, rows, paid)


def _columns(house: House, who: Identities, rows: dict[str, Array]) -> dict[str, Column]:
    player, rng, n = rows["player"], house.rng, len(rows["player"])
    number = np.arange(n) + house.journal.count("payments")
    house.journal.add("payments", number=number)
    thief = who.is_cards_thief[player]
    second = rng.random(n) < np.where(rows["harm"] == HARMED, 0.3, 0.08)
    method = np.where(thief, 0, np.where(second, who.second_method[player], who.method[player]))
    card = np.where(thief, rng.integers(0, 4, n), np.where(second, 1, 0))
    owner = who.instrument_owner[player]
    return {
        "payment_id": token(PAYMENT_KIND, house.number, number),
        "amount_minor": rows["amount"],
        "method": Coded(method, METHODS),
        "vendor_id": Coded(method, PAY_VENDORS),
        "vendor_name": None,
        "instrument_id": token(INSTRUMENT_KIND, house.number, owner * PER_PLAYER + card),
        "device_id": None,
        "session_id": token(SESSION_KIND, house.number, rows["session"]),
        "fee_minor": 0,
    }


def _emit_charge_backs(
    house: House, emitter: Emitter, who: Identities, rows: dict[str, Array], paid: dict[str, Column]
) -> None:
    rng, player = house.rng, rows["player"]
    stolen = who.is_cards_thief[player]
    method = paid["method"]
    is_card = method.codes == 0 if isinstance(method, Coded) else stolen
    chance = np.where(stolen, CHARGED_BACK, FRIENDLY * is_card)
    back = rng.random(len(player)) < chance
    delay = rng.integers(15 * DAY, 60 * DAY, len(player))
    columns = {name: keep_rows(column, back) for name, column in paid.items()}
    reason = np.where(stolen[back], 0, 1)
    columns["session_id"] = None
    emitter.emit("deposit_charged_back", player[back], (rows["at"] + delay)[back], **columns,
                 reason_code=Coded(reason, ("fraud", "dispute")))  # fmt: skip
