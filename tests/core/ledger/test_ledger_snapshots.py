"""Balances of an instant from legs alone, whoever holds them, and compared with those kept."""

import sqlite3
from dataclasses import replace
from pathlib import Path

from core.ledger.backend import LedgerBackend
from core.ledger.reading import reading
from core.ledger.snapshots import FundTotal, Held, disagreements, fund_totals, snapshot, totals
from tests.core.ledger.desks import NOON_US, Table, new_ledger_file, open_sqlite


def test_a_snapshot_of_an_earlier_instant_knows_nothing_of_what_came_later(
    ledger_backend: LedgerBackend, ledger_url: str
) -> None:
    table = Table(ledger_backend).fund(real=10)
    replace(table, at_us=NOON_US + 5).bet("b1", 4)
    with reading(ledger_url) as connection:
        before, after = (list(snapshot(connection, NOON_US + wait)) for wait in (5, 6))
        assert totals(connection, NOON_US + 5) == totals(connection) == {"EUR": 0}
    assert Held("anna", "EUR", "real", 10_000_000) in before
    assert Held("anna", "EUR", "real", 6_000_000) in after
    assert Held("house", "EUR", "play", 4_000_000) in after


def test_funds_are_added_up_over_players_and_apart_from_the_house(
    ledger_backend: LedgerBackend, ledger_url: str
) -> None:
    Table(ledger_backend).fund(real=10)
    Table(ledger_backend).seat("bert").fund(real=5)
    with reading(ledger_url) as connection:
        found = fund_totals(connection)
        assert [held.owner for held in snapshot(connection, player="bert")] == ["bert"]
    assert found == [
        FundTotal("players", "EUR", "real", 2, 15_000_000),
        FundTotal("house", "EUR", "promotion", 1, -15_000_000),
    ]


def test_a_balance_that_is_not_its_legs_is_found(tmp_path: Path) -> None:
    file = new_ledger_file(tmp_path / "ledger.sqlite")
    backend = open_sqlite(file)
    Table(backend).fund(real=10)
    Table(backend).seat("bert").fund(real=5)
    backend.close()
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE account SET balance = 7 WHERE player = 'anna' AND fund = 'real'")
        connection.execute(
            "UPDATE account SET balance = 1 WHERE player = 'bert' AND fund = 'bonus'"
        )
    connection.close()

    with reading(f"sqlite:///{file}") as look:
        found = {(one.held.owner, one.held.balance, one.balance) for one in disagreements(look)}
        of_bert = list(disagreements(look, "bert"))

    assert found == {("anna", 10_000_000, 7), ("bert", 0, 1)}
    assert [one.held.fund for one in of_bert] == ["bonus"]
