"""A little payment provider for development and tests. Way: desk, polling -> here -> its own file.

It keeps its payments in SQLite (a file, or memory), reads no clock, and does on demand what real
ones do when nobody wants them to. What happens to a payment is chosen by its instrument, else by
the last two digits of its amount in minor units (12.03 EUR, 1203 JPY):

    instrument                  digits  what happens
    sandbox-decline             01      declined: insufficient_funds
    sandbox-decline-issuer      02      declined: issuer
    sandbox-delay               03      decided after an hour
    sandbox-duplicate           04      decided at once, notified three times
    sandbox-charge-back         05      approved; charged back after a day
    sandbox-lost                06      decided at once, never notified
    sandbox-less                07      approved for the half, rounded down to a minor unit
    sandbox-charge-back-first   08      charged back after a day, notified before the approval is
    anything else               else    approved or paid at once, notified once

Payouts know no charge-back and no half: they are paid.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from core.ledger.calls import Policy
from core.ledger.units import units_of_minor, whole_minor
from core.payments.provider import Kind, Notice, Order, Step

HOUR_US, DAY_US = 3_600_000_000, 86_400_000_000
_TABLES = """
CREATE TABLE IF NOT EXISTS payment (payment_id TEXT PRIMARY KEY, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS decision (
  number INTEGER PRIMARY KEY, payment_id TEXT NOT NULL, decided_us INTEGER NOT NULL,
  body TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS notification (
  number INTEGER PRIMARY KEY, due_us INTEGER NOT NULL, body TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS decision_of_payment ON decision (payment_id);
"""


@dataclass(frozen=True, slots=True)
class Script:
    """What happens to a payment; `copies` of each notice are sent, 0 for none.

    `approval_us` is how long after its decision an approval is notified.
    """

    reason: str = ""  # of a decline; "" approves
    delay_us: int = 0
    copies: int = 1
    charge_back_us: int | None = None
    halves: bool = False
    approval_us: int = 0


SCRIPTS = {
    "sandbox-decline": Script(reason="insufficient_funds"),
    "sandbox-decline-issuer": Script(reason="issuer"),
    "sandbox-delay": Script(delay_us=HOUR_US),
    "sandbox-duplicate": Script(copies=3),
    "sandbox-charge-back": Script(charge_back_us=DAY_US),
    "sandbox-lost": Script(copies=0),
    "sandbox-less": Script(halves=True),
    "sandbox-charge-back-first": Script(charge_back_us=DAY_US, approval_us=2 * DAY_US),
}
"""By instrument; the n-th is also chosen by an amount that ends in n."""
_BY_DIGITS = dict(enumerate(SCRIPTS.values(), start=1))


def script_of(order: Order) -> Script:
    """Return what will happen to a payment."""
    if order.instrument_id in SCRIPTS:
        return SCRIPTS[order.instrument_id]
    return _BY_DIGITS.get(whole_minor(order.amount, order.currency) % 100, Script())


class SandboxProvider:
    """A `PaymentProvider`; `path` null keeps it in memory. Safe to call from several threads."""

    name = "sandbox"
    policy = Policy(approves_less=True)

    def __init__(self, path: Path | None = None) -> None:
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
        self._connection = sqlite3.connect(path or ":memory:", check_same_thread=False)
        self._connection.executescript(_TABLES)
        self._turn = threading.Lock()

    def begin(self, order: Order, at_us: int) -> None:
        """Take a payment and decide at once all that will happen to it."""
        script, said = script_of(order), msgspec.json.encode(order).decode()
        with self._turn, self._connection as connection:
            taken = connection.execute(
                "INSERT INTO payment VALUES (?, ?) ON CONFLICT DO NOTHING",
                (order.payment_id, said),
            )
            if taken.rowcount:
                for notice in _decisions(order, script, at_us):
                    self._keep(notice, script)

    def state(self, payment_id: str, now_us: int) -> Sequence[Notice] | None:
        """Return all that was decided by now, in order; null for a payment that never began."""
        with self._turn:
            known = self._connection.execute(
                "SELECT 1 FROM payment WHERE payment_id = ?", (payment_id,)
            ).fetchone()
            found = self._connection.execute(
                "SELECT body FROM decision WHERE payment_id = ? AND decided_us <= ? "
                "ORDER BY decided_us, number",
                (payment_id, now_us),
            ).fetchall()
        return [_read(body) for (body,) in found] if known else None

    def notices(self, now_us: int) -> Sequence[Notice]:
        """Return what is to be sent by now; it is sent once, heard or not."""
        with self._turn, self._connection as connection:
            found = connection.execute(
                "SELECT number, body FROM notification WHERE due_us <= ? ORDER BY due_us, number",
                (now_us,),
            ).fetchall()
            connection.executemany(
                "DELETE FROM notification WHERE number = ?", [(number,) for number, _ in found]
            )
        return [_read(body) for _, body in found]

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def _keep(self, notice: Notice, script: Script) -> None:
        body = msgspec.json.encode(notice).decode()
        self._connection.execute(
            "INSERT INTO decision (payment_id, decided_us, body) VALUES (?, ?, ?)",
            (notice.payment_id, notice.decided_us, body),
        )
        late_us = script.approval_us if notice.step is Step.APPROVED else 0
        self._connection.executemany(
            "INSERT INTO notification (due_us, body) VALUES (?, ?)",
            [(notice.decided_us + late_us, body)] * script.copies,
        )


def _decisions(order: Order, script: Script, at_us: int) -> Iterator[Notice]:
    decided_us, is_deposit = at_us + script.delay_us, order.kind is Kind.DEPOSIT
    good = Step.APPROVED if is_deposit else Step.PAID
    amount = _half(order) if script.halves and is_deposit else order.amount
    first = Notice(
        payment_id=order.payment_id, player=order.player, kind=order.kind,
        step=Step.DECLINED if script.reason else good,
        amount=order.amount if script.reason else amount, currency=order.currency,
        decided_us=decided_us, reason=script.reason,
    )  # fmt: skip
    yield first
    if is_deposit and script.charge_back_us is not None:
        yield msgspec.structs.replace(
            first, step=Step.CHARGED_BACK, decided_us=decided_us + script.charge_back_us,
            reason="fraud",
        )  # fmt: skip


def _half(order: Order) -> int:
    """Return half of an amount, at least one minor unit."""
    half = max(1, whole_minor(order.amount, order.currency) // 2)
    return units_of_minor(half, order.currency)


def _read(body: str) -> Notice:
    return msgspec.json.decode(body, type=Notice)
