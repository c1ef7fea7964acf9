"""Rows and calls to try a backend with, and short ways to load and write them."""

from __future__ import annotations

from core.ledger.backend import LedgerBackend
from core.ledger.books import Books, Wanted
from core.ledger.calls import Action, Call
from core.ledger.row import Row
from core.ledger.rows import Bet, Leg, Movement, Wallet
from core.ledger.units import units


def call(player: str, *actions: Action) -> Call:
    """A call of a player."""
    return Call("studio", player, "EUR", actions, at_us=1_000)


def gift(player: str, name: str, amount: str) -> Call:
    """A prize for a player."""
    return call(player, Action("promotion", name, units(amount, "EUR")))


def wallet(player: str, version: int = 0) -> Wallet:
    """A wallet row."""
    return Wallet(player=player, state="open", version=version, opened_us=1)


def movement(number: int, transaction_id: str, player: str = "anna") -> Movement:
    """A movement of a bet."""
    return Movement(
        id=number, provider="studio", operation="bet", scope="", transaction_id=transaction_id,
        player=player, currency="EUR", amount=1, bet_ref="", round_id="", fingerprint="",
        result="{}", trace_id="", at_us=1,
    )  # fmt: skip


def bet(player: str, state: str = "open") -> Bet:
    """A bet named b."""
    return Bet(
        provider="studio", scope="", bet_ref="b", player=player, currency="EUR", round_id="",
        state=state, real=1, locked=0, bonus=0, bonus_id=None, wagered=0, movement_id=1, at_us=1,
        ended_us=None,
    )  # fmt: skip


def leg(place: int, amount: int) -> Leg:
    """A leg of movement 7."""
    return Leg(
        movement_id=7, place=place, account_id=place, currency="EUR", amount=amount,
        balance_after=None, version=None,
    )  # fmt: skip


def load(backend: LedgerBackend, wanted: Wanted, ids: int = 0) -> Books:
    """What there is of the wanted rows."""
    with backend.transaction() as transaction:
        return transaction.load(wanted, ids)


def write(backend: LedgerBackend, *rows: Row) -> None:
    """Write rows in a transaction of their own."""
    with backend.transaction() as transaction:
        transaction.write(rows)


def wanting(kind: type[Row], *key: object) -> Wanted:
    """Want one row."""
    wanted = Wanted()
    wanted.add(kind, *key)
    return wanted
