"""Ledgers to test on, and short ways to say what is asked of them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import TypeVar

import msgspec

from core.ledger.backend import LedgerBackend
from core.ledger.books import Books, Wanted
from core.ledger.calls import Action, Call, Outcome, Policy, Result, Status
from core.ledger.ledger import Asked, Ledger
from core.ledger.migrate import migrate
from core.ledger.row import Row
from core.ledger.rows import PLAYABLE, Account, Bonus, Fund
from core.ledger.sqlite_backend import SqliteBackend
from core.ledger.units import units
from core.ledger.wallets import open_wallet

NOON_US = 1_780_000_000_000_000
DAY_US = 86_400_000_000
R = TypeVar("R", bound=Row)


@cache
def _empty_ledger() -> Path:
    path = Path(mkdtemp(prefix="evenhand-empty-ledger-")) / "ledger.sqlite"
    migrate(f"sqlite:///{path}")
    return path


def new_ledger_file(path: Path) -> Path:
    """Put an empty ledger in a file."""
    return Path(shutil.copy(_empty_ledger(), path))


def open_sqlite(path: Path, *, synchronous: str = "OFF") -> SqliteBackend:
    """Open a ledger's file, by default as one whose machine never loses power."""
    return SqliteBackend(path, synchronous=synchronous)


class BooksBackend:
    """Keeps rows in a dictionary: the logic without a database."""

    def __init__(self) -> None:
        self.rows: dict[tuple[type[Row], tuple[object, ...]], Row] = {}
        self._last_id = 0

    @contextmanager
    def transaction(self) -> Iterator[BooksBackend]:
        yield self

    def load(self, wanted: Wanted, ids: int) -> Books:
        first, self._last_id = self._last_id + 1, self._last_id + ids
        return Books(
            [row for row in self.rows.values() if _is_wanted(row, wanted)],
            range(first, self._last_id + 1),
        )

    def write(self, rows: Sequence[Row]) -> None:
        for row in rows:
            place = (type(row), row.key)
            if row.is_appended and place in self.rows:
                raise ValueError(f"a second {place}")
            self.rows[place] = row

    def close(self) -> None:
        pass


def _is_wanted(row: Row, wanted: Wanted) -> bool:
    if wanted.has(type(row), row.key):
        return True
    is_of_player = type(row) in wanted.of_players and getattr(row, "player", "") in wanted.players
    return is_of_player and getattr(row, "state", "") == "active"


@dataclass
class Table:
    """A game table: whoever plays at it says what happens in one short line.

    Amounts are whole units of the currency as text or number; a repeated call is made by repeating
    its line, as every line carries its ids.
    """

    backend: LedgerBackend
    policy: Policy = field(default_factory=Policy)
    player: str = "anna"
    currency: str = "EUR"
    provider: str = "studio"
    at_us: int = NOON_US
    scope: str = ""

    @property
    def ledger(self) -> Ledger:
        return Ledger(self.backend)

    def seat(self, player: str, currency: str = "EUR", **policy: object) -> Table:
        """Another player, currency or policy on the same ledger."""
        chosen = Policy(**policy) if policy else self.policy  # type: ignore[arg-type]
        return Table(self.backend, chosen, player, currency, self.provider, self.at_us)

    def fund(self, **amounts: str | int) -> Table:
        """Open the wallet and put money into its funds: `fund(real=10, bonus=5)`."""
        open_wallet(self.backend, self.player, self.currency, self.at_us)
        if real := amounts.pop("real", 0):
            assert self.promotion(f"fund {self.player} {self.currency}", real) == "ok"
        if amounts:
            self._put(amounts)
        return self

    def _put(self, amounts: dict[str, str | int]) -> None:
        with self.backend.transaction() as transaction:
            books = transaction.load(Wanted({self.player}, {(self.player, self.currency)}), 0)
            changed: list[Row] = []
            for name, amount in amounts.items():
                fund = Fund.LOCKED if name == "locked" else Fund(name)
                account = books.account(self.player, self.currency, fund)
                held = units(amount, self.currency)
                changed.append(msgspec.structs.replace(account, balance=held))
            transaction.write(changed)

    def bonus(self, bonus_id: str = "welcome", **fields: object) -> Table:
        """Let a bonus run, or change one; slots count whole, the rest a tenth."""
        row = Bonus(
            player=self.player, bonus_id=bonus_id, currency=self.currency, code="welcome",
            granted=units(5, self.currency), wagering_required=units(100, self.currency),
            wagered=0, contributions='{"slots": 100, "*": 10}', release_most=None,
            state="active", granted_us=self.at_us, expires_us=self.at_us + DAY_US, ended_us=None,
        )  # fmt: skip
        self.ledger.write([msgspec.structs.replace(row, **fields)])
        return self

    def end_bonus(self, state: str, bonus_id: str = "welcome") -> None:
        held = self.row(Bonus, self.player, bonus_id)
        self.ledger.write([msgspec.structs.replace(held, state=state)])

    def call(self, *actions: Action) -> Call:
        return Call(
            self.provider, self.player, self.currency, actions, self.at_us, policy=self.policy
        )

    def action(
        self, operation: str, transaction_id: str, amount: str | int = 0, **more: object
    ) -> Action:
        fields = {"scope": self.scope} | more
        return Action(operation, transaction_id, units(amount, self.currency), **fields)  # type: ignore[arg-type]

    def outcome(self, *actions: Action) -> Outcome:
        return self.ledger.post_one(self.call(*actions))

    def batch(self, *calls: Call) -> list[Outcome]:
        answered = self.ledger.post([Asked(call) for call in calls])
        return [found.outcome for found in answered if found.outcome is not None]

    def result(
        self, operation: str, transaction_id: str, amount: str | int, **more: object
    ) -> Result:
        [result] = self.outcome(self.action(operation, transaction_id, amount, **more)).results
        return result

    def bet(self, bet_ref: str, amount: str | int, **more: object) -> Status:
        fields = {"bet_ref": bet_ref} | more
        return self.result("bet", f"bet {bet_ref}", amount, **fields).status

    def win(self, transaction_id: str, bet_ref: str, amount: str | int, **more: object) -> Status:
        return self.result("win", transaction_id, amount, bet_ref=bet_ref, **more).status

    def rollback(self, transaction_id: str, bet_ref: str, **more: object) -> Status:
        return self.result("rollback", transaction_id, 0, bet_ref=bet_ref, **more).status

    def promotion(self, transaction_id: str, amount: str | int) -> Status:
        return self.result("promotion", transaction_id, amount).status

    def row(self, kind: type[R], *key: object) -> R:
        """A row that must be there."""
        wanted = Wanted()
        wanted.add(kind, *key)
        found = self.ledger.look(wanted).get(kind, *key)
        assert found is not None, f"no {kind.table} {key}"
        return found

    def held(self) -> tuple[float, ...]:
        """What stands in real, locked and bonus, in whole units of the currency."""
        return tuple(
            self.row(Account, self.player, self.currency, fund).balance / 1_000_000
            for fund in PLAYABLE
        )
