"""The rows of the ledger's tables, frozen. Way: a backend loads them -> books, post -> it writes.

Amounts are ledger units (`core.ledger.units`), instants UTC microseconds. `key` names the columns a
row is found by. Movements, legs, tombstones, answers and outbox rows are written once and never
change; the others are states, replaced whole.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import ClassVar

from core.ledger.row import Key, Row, key_reader
from core.ledger.rule_rows import (
    Duty,
    KeptStanding,
    Logged,
    PackContent,
    RegisterMessage,
    StandingRow,
    StandingSettled,
)

HOUSE = "house"
"""Stands where the player stands in accounts of the house, which have no balance row."""


class Fund(StrEnum):
    """Where a player's money stands."""

    REAL = "real"
    LOCKED = "bonus_win_locked"
    BONUS = "bonus"
    RESERVED = "reserved"
    PENDING = "pending_withdrawal"


FUNDS = tuple(Fund)
PLAYABLE = (Fund.REAL, Fund.LOCKED, Fund.BONUS)
"""The funds a stake is taken from, in this order."""


class House(StrEnum):
    """The other side of a movement: why money came or went."""

    PLAY = "play"
    PROMOTION = "promotion"
    PAYMENT = "payment"
    BONUS = "bonus"
    EXCHANGE = "exchange"
    LOSS = "loss"


class Wallet(Row, frozen=True, kw_only=True):
    """A player who may have money; `version` counts changes of `state`."""

    table: ClassVar[str] = "wallet"
    key_columns: ClassVar[tuple[str, ...]] = ("player",)
    player: str
    state: str  # open, blocked, closed
    version: int
    opened_us: int


class Account(Row, frozen=True, kw_only=True):
    """A fund of a player in a currency, or an account of the house, whose balance stays 0."""

    table: ClassVar[str] = "account"
    key_columns: ClassVar[tuple[str, ...]] = ("player", "currency", "fund")
    id: int
    player: str
    currency: str
    fund: str
    balance: int
    version: int


class Movement(Row, frozen=True, kw_only=True):
    """One thing that was asked and done, with its result as it was answered."""

    table: ClassVar[str] = "movement"
    key_columns: ClassVar[tuple[str, ...]] = ("provider", "operation", "scope", "transaction_id")
    is_appended: ClassVar[bool] = True
    id: int
    provider: str
    operation: str
    scope: str
    transaction_id: str
    player: str
    currency: str
    amount: int
    bet_ref: str
    round_id: str
    fingerprint: str
    result: str
    trace_id: str
    at_us: int


class Leg(Row, frozen=True, kw_only=True):
    """One account's part in a movement; `balance_after` and `version` are null for the house."""

    table: ClassVar[str] = "leg"
    key_columns: ClassVar[tuple[str, ...]] = ("movement_id", "place")
    is_appended: ClassVar[bool] = True
    movement_id: int
    place: int
    account_id: int
    currency: str
    amount: int
    balance_after: int | None
    version: int | None


class Bet(Row, frozen=True, kw_only=True):
    """A stake and what became of it; the three amounts say which fund gave how much.

    `wagered` is what it added to the wagering of bonus `bonus_id`.
    """

    table: ClassVar[str] = "bet"
    key_columns: ClassVar[tuple[str, ...]] = ("provider", "scope", "bet_ref")
    provider: str
    scope: str
    bet_ref: str
    player: str
    currency: str
    round_id: str
    state: str  # open, settled, cancelled
    real: int
    locked: int
    bonus: int
    bonus_id: str | None
    wagered: int
    movement_id: int
    at_us: int
    ended_us: int | None


class Tombstone(Row, frozen=True, kw_only=True):
    """A rollback came before its bet: should the bet still come, it moves nothing."""

    table: ClassVar[str] = "tombstone"
    key_columns: ClassVar[tuple[str, ...]] = ("provider", "scope", "bet_ref")
    is_appended: ClassVar[bool] = True
    provider: str
    scope: str
    bet_ref: str
    movement_id: int
    at_us: int


class Round(Row, frozen=True, kw_only=True):
    """A game round of a player, with the stakes still in it by fund."""

    table: ClassVar[str] = "round"
    key_columns: ClassVar[tuple[str, ...]] = ("provider", "player", "round_id")
    provider: str
    player: str
    round_id: str
    currency: str
    state: str  # open, closed, settled: closed, and its open bets are over with it
    real: int
    locked: int
    bonus: int
    bonus_id: str | None
    opened_us: int
    closed_us: int | None


class Bonus(Row, frozen=True, kw_only=True):
    """A bonus and how far its wagering is.

    `contributions` is a JSON object of game type -> per cent of a stake that counts, `*` for the
    rest; `release_most` bounds what becomes real money, null for no bound. `due` is what would have
    become real without the bound, by its completion and since; 0 until then. `funded_by` names the
    deposit it was granted for, null if none.
    """

    table: ClassVar[str] = "bonus"
    key_columns: ClassVar[tuple[str, ...]] = ("player", "bonus_id")
    player: str
    bonus_id: str
    currency: str
    code: str
    granted: int
    wagering_required: int
    wagered: int
    contributions: str
    release_most: int | None
    state: str  # active, completed, forfeited, expired
    granted_us: int
    expires_us: int
    ended_us: int | None
    funded_by: str | None = None
    due: int = 0


class Hold(Row, frozen=True, kw_only=True):
    """Money set aside until it is posted or voided, exactly once."""

    table: ClassVar[str] = "hold"
    key_columns: ClassVar[tuple[str, ...]] = ("player", "hold_id")
    player: str
    hold_id: str
    currency: str
    amount: int
    state: str  # pending, posted, voided, expired
    placed_us: int
    expires_us: int
    ended_us: int | None


class Payment(Row, frozen=True, kw_only=True):
    """Money on its way in or out; `instrument_id` names the player's means, never its number.

    `bonus_code` is the bonus a player asked for with a deposit, null if none.
    """

    table: ClassVar[str] = "payment"
    key_columns: ClassVar[tuple[str, ...]] = ("player", "payment_id")
    player: str
    payment_id: str
    kind: str  # deposit, withdrawal
    state: str
    currency: str
    amount: int
    method: str
    vendor_id: str
    instrument_id: str | None
    requested_us: int
    changed_us: int
    bonus_code: str | None = None


class GameSession(Row, frozen=True, kw_only=True):
    """A player's leave to play at a provider; only a hash of its secret name is kept."""

    table: ClassVar[str] = "game_session"
    key_columns: ClassVar[tuple[str, ...]] = ("provider", "session_hash")
    provider: str
    session_hash: str
    player: str
    currency: str
    game_id: str
    state: str  # open, ended
    opened_us: int
    ended_us: int | None


class Answer(Row, frozen=True, kw_only=True):
    """The bytes a request was answered with; the same request is answered with the same bytes."""

    table: ClassVar[str] = "answer"
    key_columns: ClassVar[tuple[str, ...]] = ("provider", "request_hash")
    is_appended: ClassVar[bool] = True
    provider: str
    request_hash: str
    status: int
    body: str
    at_us: int


class Outgoing(Row, frozen=True, kw_only=True):
    """What downstream is to be told of a movement or refusal; the relay makes an event of it."""

    table: ClassVar[str] = "outgoing"
    key_columns: ClassVar[tuple[str, ...]] = ("outgoing_id",)
    is_appended: ClassVar[bool] = True
    outgoing_id: int
    player: str
    kind: str
    body: str
    trace_id: str
    at_us: int


ROWS: tuple[type[Row], ...] = (
    Wallet, Account, Movement, Leg, Bet, Tombstone, Round, Bonus, Hold, Payment, GameSession,
    Answer, Outgoing, StandingRow, StandingSettled, Duty, RegisterMessage, PackContent,
    KeptStanding,
)  # fmt: skip
"""Every row, in the order in which they are written."""


KINDS: tuple[type[Row], ...] = (*ROWS, Logged)
"""Everything a transaction may write."""
KEY_OF: Mapping[type[Row], Callable[[Row], Key]] = {kind: key_reader(kind) for kind in KINDS}
"""What reads a row's key, by its kind: it is read some thirty times for every bet."""
