"""Deposits: asked for, refused, left, approved, charged back. Way: journal -> here -> raw facts.

Refusals for lack of funds rise with harm, refusals by the issuer with stolen cards. A charge-back
comes 15 to 60 days after the deposit it names by `payment_id`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipelines.simulation.columns import Coded, Column
from pipelines.simulation.identities import METHODS, PAY_VENDORS, PER_PLAYER, Identities
from pipelines.simulation.names import INSTRUMENT_KIND, PAYMENT_KIND, SESSION_KIND, token
from pipelines.simulation.plan import DAY, SECOND, Array
from pipelines.simulation.state import HARMED, House
from pipelines.simulation.writing import Emitter, keep_rows

DECLINE_CODES = ("insufficient_funds", "issuer", "limit", "fraud_rule", "technical", "unknown")
NO_FUNDS, ISSUER, LIMIT, RULE, TECHNICAL = range(5)
FAILS_FIRST = np.array([0.015, 0.05, 0.13])
FAILS_AT_END = np.array([0.10, 0.24, 0.45])
THIEF_FAILS = 0.35
CHARGED_BACK = 0.75
FRIENDLY = 0.0012
"""Share of honest card deposits the payer disputes all the same."""


@dataclass(frozen=True, slots=True)
class Till:
    """Where payments of a block are written to, and from which devices."""

    house: House
    emitter: Emitter
    who: Identities
    device: Array


def emit_deposits(
    house: House, emitter: Emitter, who: Identities, device: Array
) -> dict[str, Array]:
    """Write all deposits of the block; return the approved ones by player and time.

    `device`: number of the device of each session.
    """
    till = Till(house, emitter, who, device)
    empty = np.empty(0, dtype=np.int64)
    rows = house.journal.take("deposits") or dict.fromkeys(("player", "at", "amount"), empty)
    if len(rows["player"]):
        order = np.lexsort((rows["at"], rows["player"]))
        rows = {name: column[order] for name, column in rows.items()}
        paid = _columns(till, rows)
        emitter.emit("deposit_requested", rows["player"], rows["at"] - SECOND // 2, **paid)
        emitter.emit("deposit_approved", rows["player"], rows["at"], **paid, bonus_code=None)
        _emit_charge_backs(till, rows, paid)
        _emit_failures(till, rows)
    if wishes := house.journal.take("wishes"):
        _emit_last_attempts(till, wishes)
    return rows


def _columns(till: Till, rows: dict[str, Array]) -> dict[str, Column]:
    who, player, rng, n = till.who, rows["player"], till.house.rng, len(rows["player"])
    number = till.house.journal.add("payment", number=player) + np.arange(n)
    thief = who.is_cards_thief[player]
    second = rng.random(n) < np.where(rows["harm"] == HARMED, 0.3, 0.08)
    method = np.where(thief, 0, np.where(second, who.second_method[player], who.method[player]))
    card = np.where(thief, rng.integers(0, 4, n), np.where(second, 1, 0))
    block = till.house.number
    return {
        "payment_id": token(PAYMENT_KIND, block, number),
        "amount_minor": rows["amount"],
        "method": Coded(method, METHODS),
        "vendor_id": Coded(method, PAY_VENDORS),
        "vendor_name": None,
        "instrument_id": token(
            INSTRUMENT_KIND, block, who.instrument_owner[player] * PER_PLAYER + card
        ),
        "device_id": who.device_column(block, till.device[rows["session"]]),
        "session_id": token(SESSION_KIND, block, rows["session"]),
        "fee_minor": 0,
    }


def _emit_charge_backs(till: Till, rows: dict[str, Array], paid: dict[str, Column]) -> None:
    rng, player = till.house.rng, rows["player"]
    stolen = till.who.is_cards_thief[player]
    is_card = till.who.method[player] == 0
    chance = np.where(stolen, CHARGED_BACK, FRIENDLY * is_card)
    back = rng.random(len(player)) < chance
    delay = rng.integers(15 * DAY, 60 * DAY, len(player))
    columns = {name: keep_rows(column, back) for name, column in paid.items()}
    columns["session_id"] = columns["device_id"] = None
    reason = Coded(np.where(stolen[back], 0, 1), ("fraud", "dispute"))
    till.emitter.emit("deposit_charged_back", player[back], (rows["at"] + delay)[back], **columns,
                      reason_code=reason)  # fmt: skip


def _emit_failures(till: Till, rows: dict[str, Array]) -> None:
    """Some approved deposits had a refused try before; a few more were asked for and left."""
    rng, n = till.house.rng, len(rows["player"])
    thief = till.who.is_cards_thief[rows["player"]]
    fails = rng.random(n) < np.where(thief, THIEF_FAILS, FAILS_FIRST[rows["harm"]])
    code = np.where(thief, rng.choice((ISSUER, RULE), n, p=(0.8, 0.2)), NO_FUNDS)
    code = np.where(~thief & (rng.random(n) < 0.2), TECHNICAL, code)
    _emit_declined(till, _earlier(rows, fails, 3), code[fails])
    part = _earlier(rows, rng.random(n) < 0.012, 2)
    left = _columns(till, part)
    till.emitter.emit("deposit_requested", part["player"], part["at"] - SECOND // 2, **left)
    till.emitter.emit("deposit_cancelled", part["player"], part["at"], **left)


def _earlier(rows: dict[str, Array], chosen: Array, seconds: int) -> dict[str, Array]:
    part = {name: column[chosen] for name, column in rows.items()}
    part["at"] = part["at"] - seconds * SECOND
    return part


def _emit_last_attempts(till: Till, rows: dict[str, Array]) -> None:
    """Wanting to play on with no budget left: a limit says no, or the bank does, or one stops."""
    rng, n = till.house.rng, len(rows["player"])
    limited = rows["limited"] & (rng.random(n) < 0.8)
    fails = limited | (rng.random(n) < FAILS_AT_END[rows["harm"]])
    part = {name: column[fails] for name, column in rows.items()}
    _emit_declined(till, part, np.where(limited, LIMIT, NO_FUNDS)[fails])
    till.emitter.emit("limit_hit", rows["player"][limited], rows["at"][limited] + SECOND,
                      kind="deposit", period="week")  # fmt: skip


def _emit_declined(till: Till, rows: dict[str, Array], code: Array) -> None:
    if len(code):
        columns = _columns(till, rows)
        till.emitter.emit("deposit_requested", rows["player"], rows["at"] - SECOND // 2, **columns)
        till.emitter.emit("deposit_declined", rows["player"], rows["at"], **columns,
                          decline_code=Coded(code, DECLINE_CODES))  # fmt: skip
