"""What was left lying: open rounds, unsettled bets, holds past their end.

Way: ledger -> reading -> here -> a list for people; holds and, where the provider's protocol has it
so, rounds -> post. No bet is ever settled on a guess: only its provider knows how it ended.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.engine import Connection

from core.ledger.calls import Action, Call, Status
from core.ledger.ledger import Asked, Ledger
from core.ledger.row import Row
from core.ledger.rows import Bet, Hold, Round
from core.ledger.schema import columns_of, table_of

R = TypeVar("R", bound=Row)
SWEEPER = "sweeper"
"""The provider under which holds are expired."""
HOUR_US, DAY_US = 3_600_000_000, 86_400_000_000
CALLS_A_BATCH = 100


@dataclass(frozen=True, slots=True)
class Ages:
    """After how long something counts as left lying.

    The defaults are those of the Hub88 family (Caleta): rounds 48 hours, bets 30 days.
    """

    round_hours: float = 48
    bet_days: float = 30

    def rounds_before(self, now_us: int) -> int:
        """Return the instant before which an open round was opened too long ago."""
        return now_us - int(self.round_hours * HOUR_US)

    def bets_before(self, now_us: int) -> int:
        """Return the instant before which an unsettled bet was placed too long ago."""
        return now_us - int(self.bet_days * DAY_US)


@dataclass(frozen=True, slots=True)
class Swept:
    """How many were done, and how many were no longer as they had been found."""

    done: int
    left: int


def open_rounds(connection: Connection, before_us: int) -> Iterator[Round]:
    """Yield rounds opened before an instant and not closed, oldest first."""
    column = table_of(Round).c
    old = (column.state == "open", column.opened_us < before_us)
    return _rows(connection, Round, select(table_of(Round)).where(*old), column.opened_us)


def open_bets(connection: Connection, before_us: int) -> Iterator[Bet]:
    """Yield bets placed before an instant and neither settled nor cancelled, oldest first.

    Where wins name no bet, what settles one is the end of its round, as its provider said it; a
    round this sweeper closed for its age has settled nothing.
    """
    column, held = table_of(Bet).c, table_of(Round).c
    with_round = select(held.round_id).where(
        held.provider == column.provider, held.player == column.player,
        held.round_id == column.round_id, held.state == "settled",
    )  # fmt: skip
    old = (column.state == "open", column.at_us < before_us, ~with_round.exists())
    return _rows(connection, Bet, select(table_of(Bet)).where(*old), column.at_us)


def ended_holds(connection: Connection, now_us: int) -> Iterator[Hold]:
    """Yield holds whose end has come and that nobody decided, oldest first."""
    column = table_of(Hold).c
    over = (column.state == "pending", column.expires_us <= now_us)
    return _rows(connection, Hold, select(table_of(Hold)).where(*over), column.expires_us)


def expire_holds(ledger: Ledger, holds: Iterable[Hold], now_us: int) -> Swept:
    """Expire holds, each in its own call: one that was decided meanwhile stays as it is.

    Raises:
        RetryableError: the database cannot be written now; sweep again.
    """
    return swept(
        ledger,
        (
            Call(SWEEPER, hold.player, hold.currency, (_expiry(hold),), now_us)
            for hold in holds
        ),
    )  # fmt: skip


def close_rounds(
    ledger: Ledger, rounds: Iterable[Round], closing: Collection[str], now_us: int
) -> Swept:
    """Close rounds of the providers whose protocol closes them by age; others stay open.

    Raises:
        RetryableError: the database cannot be written now; sweep again.
    """
    return swept(
        ledger,
        (
            Call(held.provider, held.player, held.currency, (_closing(held),), now_us)
            for held in rounds
            if held.provider in closing
        ),
    )  # fmt: skip


def _expiry(hold: Hold) -> Action:
    return Action("hold_expire", hold.hold_id, bet_ref=hold.hold_id, scope=hold.player)


def _closing(held: Round) -> Action:
    return Action("round_close", held.round_id, scope=held.player, round_id=held.round_id)


def swept(ledger: Ledger, calls: Iterator[Call]) -> Swept:
    """Post calls in batches; count those that were done and those that were not."""
    done = left = 0
    while batch := list(islice(calls, CALLS_A_BATCH)):
        for answered in ledger.post([Asked(call) for call in batch]):
            outcome = answered.outcome
            results = outcome.results if outcome is not None else ()
            is_done = [result.status == Status.OK for result in results] == [True]
            done, left = done + is_done, left + (not is_done)
    return Swept(done, left)


def _rows(
    connection: Connection, kind: type[R], wanted: Select[tuple[object, ...]],
    oldest: ColumnElement[int],
) -> Iterator[R]:  # fmt: skip
    key = (table_of(kind).c[name] for name in kind.key_columns)
    for row in connection.execute(wanted.order_by(oldest, *key)).mappings():
        yield kind(**{name: row[name] for name in columns_of(kind)})
