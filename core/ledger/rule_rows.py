"""Rows the rules leave beside the money. Way: guard, compliance desk -> books -> a backend.

What they are of is `core.compliance`; to the ledger they are rows written in its transactions.
Instants are UTC microseconds.
"""

from __future__ import annotations

from typing import ClassVar

from core.ledger.row import Row


class StandingRow(Row, frozen=True, kw_only=True):
    """What the rules know of a player, as JSON: what every stake moves, and nothing else.

    `core.compliance.standing_rows` puts it together with the rest. Rows are written whole, so what
    rarely changes is in a row of its own.
    """

    table: ClassVar[str] = "standing"
    key_columns: ClassVar[tuple[str, ...]] = ("player",)
    player: str
    jurisdiction: str
    version: int
    body: str


class StandingSettled(Row, frozen=True, kw_only=True):
    """What the rules know of a player that no stake moves: his limits, holds, payments, details."""

    table: ClassVar[str] = "standing_settled"
    key_columns: ClassVar[tuple[str, ...]] = ("player",)
    player: str
    body: str


class Duty(Row, frozen=True, kw_only=True):
    """Something a person or a provider must do about a player, by a time (null for none)."""

    table: ClassVar[str] = "duty"
    key_columns: ClassVar[tuple[str, ...]] = ("player", "duty_id")
    player: str
    duty_id: int
    jurisdiction: str
    kind: str
    rule: str
    opened_us: int
    due_us: int | None
    state: str  # active, done
    done_us: int | None
    staff_id: str
    result: str


class RegisterMessage(Row, frozen=True, kw_only=True):
    """What a register is to be told of a player; told once it is known to have taken it.

    `amount` is decimal text of whole currency; "" in what does not apply.
    """

    table: ClassVar[str] = "register_message"
    key_columns: ClassVar[tuple[str, ...]] = ("player", "message_no")
    player: str
    message_no: int
    jurisdiction: str
    register: str
    kind: str
    payment_id: str
    amount: str
    currency: str
    period: str
    at_us: int
    state: str  # due, told


class PackContent(Row, frozen=True, kw_only=True):
    """A pack players were judged by, whole, under the hash their decisions name."""

    table: ClassVar[str] = "pack_content"
    key_columns: ClassVar[tuple[str, ...]] = ("pack_hash",)
    is_appended: ClassVar[bool] = True
    pack_hash: str
    pack: str
    body: str


class KeptStanding(Row, frozen=True, kw_only=True):
    """A standing as it was before a decision in the log, which names it by its hash.

    It can be taken away when its time has come; the log stays whole and says what it was.
    """

    table: ClassVar[str] = "kept_standing"
    key_columns: ClassVar[tuple[str, ...]] = ("standing_hash",)
    standing_hash: str
    player: str
    at_us: int
    body: str


class Logged(Row, frozen=True, kw_only=True):
    """An entry for a chain of the log (`core.audit`), on its way there: it has no table here."""

    table: ClassVar[str] = "audit_entry"
    key_columns: ClassVar[tuple[str, ...]] = ("number",)
    is_appended: ClassVar[bool] = True
    number: int
    chain: str
    body: str
    at_us: int
    player: str
    event: str
    rule_id: str
