"""Wallets come into being and change their state. Way: account system, tests -> here -> ledger."""

from __future__ import annotations

import msgspec

from core.errors import EventError, NotReadyError
from core.ledger.backend import LedgerBackend
from core.ledger.books import Books, Wanted
from core.ledger.row import Row
from core.ledger.rows import HOUSE, Account, Fund, House, Wallet
from core.ledger.units import ledger_exponent


def open_wallet(backend: LedgerBackend, player: str, currency: str, at_us: int) -> None:
    """Give a player a wallet with empty funds in a currency; having it already changes nothing.

    Raises:
        MoneyError: there is no such currency.
        EventError: the player bears the name the house's accounts are kept under.
        RetryableError: the database cannot be written now.
    """
    ledger_exponent(currency)
    if player == HOUSE:
        raise EventError(f"a player named {HOUSE}", expected="any other name", hint="prefix it")
    wanted = Wanted({player}, {(player, currency), (HOUSE, currency)})
    with backend.transaction() as transaction:
        books = transaction.load(wanted, len(Fund) + len(House))
        if books.get(Wallet, player) is None:
            books.put(Wallet(player=player, state="open", version=0, opened_us=at_us))
        for owner, funds in ((player, Fund), (HOUSE, House)):
            for fund in funds:
                _open(books, owner, currency, fund)
        transaction.write(books.changes())


def set_state(backend: LedgerBackend, player: str, state: str) -> None:
    """Open, block or close a wallet.

    Raises:
        NotReadyError: there is no such wallet.
    """
    with backend.transaction() as transaction:
        books = transaction.load(Wanted({player}), 0)
        wallet = books.get(Wallet, player)
        if wallet is None:
            raise NotReadyError(f"no wallet of player {player}", hint="open it first")
        if wallet.state != state:
            changed: Row = msgspec.structs.replace(wallet, state=state, version=wallet.version + 1)
            transaction.write([changed])


def _open(books: Books, owner: str, currency: str, fund: str) -> None:
    if books.get(Account, owner, currency, fund) is None:
        books.put(
            Account(
                id=books.new_id(), player=owner, currency=currency, fund=fund, balance=0, version=0
            )
        )
