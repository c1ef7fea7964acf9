"""Every backend: what the tables refuse, and what is undone."""

from __future__ import annotations

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from core.ledger.backend import BrokenLedgerError, LedgerBackend
from core.ledger.books import Wanted
from core.ledger.calls import Action, RetryableError
from core.ledger.ledger import Asked, Ledger
from core.ledger.migrate import database_url
from core.ledger.rows import (
    Account,
    Leg,
    Movement,
    Wallet,
)
from core.ledger.wallets import open_wallet
from tests.core.ledger.backend_rows import (
    call,
    gift,
    leg,
    load,
    movement,
    wallet,
    wanting,
    write,
)


def _executed(url: str, statement: str) -> None:
    engine = create_engine(database_url(url), poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(text(statement))


def test_an_exception_undoes_what_was_written(ledger_backend: LedgerBackend) -> None:
    def fails() -> None:
        with ledger_backend.transaction() as transaction:
            transaction.load(Wanted({"anna"}), 1)
            transaction.write([wallet("anna")])
            transaction.load(Wanted({"ben"}), 1)  # what was written so far reaches the database
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()

    assert load(ledger_backend, Wanted({"anna"})).get(Wallet, "anna") is None


def test_an_id_another_wrote_first_is_to_be_asked_again(ledger_backend: LedgerBackend) -> None:
    write(ledger_backend, movement(1, "t1"))

    with pytest.raises(RetryableError), ledger_backend.transaction() as transaction:
        transaction.write([movement(2, "t0"), movement(3, "t1")])

    books = load(ledger_backend, wanting(Movement, "studio", "bet", "", "t0"))
    assert books.get(Movement, "studio", "bet", "", "t0") is None


@pytest.mark.parametrize("table", ["movement", "leg", "tombstone", "answer"])
@pytest.mark.parametrize("change", ["DELETE FROM {}", "UPDATE {} SET {} = {}"])
def test_what_is_appended_cannot_be_changed(
    ledger_url: str, ledger_backend: LedgerBackend, table: str, change: str
) -> None:
    open_wallet(ledger_backend, "anna", "EUR", 1)
    given = Asked(gift("anna", "p1", "10"), lambda _: (200, b"{}"), "hash")
    rollback = Action("rollback", "t1", bet_ref="unknown")
    Ledger(ledger_backend).post([given, Asked(call("anna", rollback))])
    column = "amount" if table in ("movement", "leg") else "at_us"

    with pytest.raises(DBAPIError, match=f"{table} is append-only"):
        _executed(ledger_url, change.format(table, column, column))


def test_a_balance_below_zero_is_refused_by_the_table(ledger_backend: LedgerBackend) -> None:
    below = Account(id=1, player="anna", currency="EUR", fund="real", balance=-1, version=1)

    with pytest.raises(BrokenLedgerError, match="account_is_not_negative"):
        write(ledger_backend, below)


def test_a_second_leg_of_one_version_is_refused_by_the_table(
    ledger_backend: LedgerBackend,
) -> None:
    legs = [
        Leg(
            movement_id=number, place=0, account_id=1, currency="EUR", amount=0, balance_after=1,
            version=1,
        )
        for number in (1, 2)
    ]  # fmt: skip
    write(ledger_backend, legs[0])

    with pytest.raises(RetryableError):
        write(ledger_backend, legs[1])


def test_legs_that_do_not_sum_to_zero_are_refused(ledger_backend: LedgerBackend) -> None:
    with pytest.raises(BrokenLedgerError, match="do not sum to zero"):
        write(ledger_backend, movement(7, "t1"), leg(0, 5), leg(1, -4))

    write(ledger_backend, movement(7, "t1"), leg(0, 5), leg(1, -5))
    assert load(ledger_backend, wanting(Leg, 7, 1)).get(Leg, 7, 1) == leg(1, -5)
