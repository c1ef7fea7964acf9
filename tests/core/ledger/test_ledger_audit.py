"""The audit says nothing of a sound ledger, and names the law of each thing done to another."""

import sqlite3
from pathlib import Path

import pytest

from core.errors import NotReadyError
from core.ledger.audit import LAWS, audit
from core.ledger.reading import reading
from tests.core.ledger.desks import DAY_US, NOON_US, Table, new_ledger_file, open_sqlite

SABOTAGE = {
    "legs_sum_to_zero": "UPDATE leg SET amount = amount + 1 WHERE version IS NULL AND rowid = "
    "(SELECT max(rowid) FROM leg WHERE version IS NULL)",
    "currencies_sum_to_zero": "DELETE FROM leg WHERE version IS NULL",
    "legs_have_a_movement": "DELETE FROM movement WHERE operation = 'win'",
    "legs_have_their_account": "UPDATE leg SET account_id = 4711 WHERE version IS NULL",
    "legs_are_their_owners": "UPDATE movement SET player = 'bert' WHERE operation = 'win'",
    "versions_have_no_gap": "UPDATE account SET version = version + 1 WHERE player = 'anna'",
    "balances_are_sums_of_legs": "UPDATE account SET balance = balance + 1 WHERE player = 'anna'",
    "legs_tell_the_balance_after": "UPDATE leg SET balance_after = 0 WHERE version = 2",
    "no_balance_is_negative": "UPDATE account SET balance = 7 WHERE player = 'house'",
    "bets_have_their_movement": "UPDATE bet SET movement_id = 4711 WHERE bet_ref = 'b1'",
    "bets_took_their_stake": "UPDATE bet SET real = real + 1 WHERE bet_ref = 'b1'",
    "placed_bets_are_kept": "DELETE FROM bet WHERE bet_ref = 'b1'",
    "tombstoned_bets_took_nothing": "UPDATE tombstone SET bet_ref = 'b1'",
    "tombstones_have_their_movement": "UPDATE tombstone SET movement_id = 4711",
    "reserved_money_is_held": "INSERT INTO hold VALUES "
    "('anna', 'h1', 'EUR', 5, 'pending', 1, 2, NULL)",
    "pending_money_is_withdrawn": "INSERT INTO payment VALUES ('anna', 'p1', 'withdrawal', "
    "'approved', 'EUR', 5, 'card', 'bank', NULL, 1, 1, NULL)",
    "bonus_money_has_its_bonus": "UPDATE account SET balance = 5 WHERE player = 'anna' "
    "AND fund = 'bonus'",
}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A ledger in which some things happened, the last of them a day later."""
    path = new_ledger_file(tmp_path / "ledger.sqlite")
    backend = open_sqlite(path)
    table = Table(backend).fund(real=10)
    table.bet("b1", 3)
    table.win("w1", "b1", 5)
    table.rollback("r1", "b2")
    late = Table(backend, at_us=NOON_US + DAY_US, player="bert").fund(real=4)
    late.bet("b3", 1)
    backend.close()
    return path


def _done(path: Path, statement: str) -> None:
    connection = sqlite3.connect(path)
    for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'"):
        connection.execute(f"DROP TRIGGER {name}")
    connection.execute("PRAGMA ignore_check_constraints = ON")
    assert connection.execute(statement).rowcount > 0
    connection.commit()
    connection.close()


def test_a_sound_ledger_gives_no_finding(file: Path) -> None:
    with reading(f"sqlite:///{file}") as connection:
        assert audit(connection) == []
        assert audit(connection, NOON_US + 1) == []


@pytest.mark.parametrize("law", [law.__name__ for law in LAWS])
def test_a_broken_law_is_named(file: Path, law: str) -> None:
    _done(file, SABOTAGE[law])

    with reading(f"sqlite:///{file}") as connection:
        found = audit(connection)

    assert law in {finding.law for finding in found}
    assert all(finding.row for finding in found)


def test_only_what_was_asked_since_an_instant_is_looked_at(file: Path) -> None:
    _done(file, "UPDATE bet SET real = real + 1 WHERE bet_ref = 'b1'")

    with reading(f"sqlite:///{file}") as connection:
        assert [finding.law for finding in audit(connection)] == ["bets_took_their_stake"]
        assert audit(connection, NOON_US + 1) == []
        assert audit(connection, NOON_US + 2 * DAY_US) == []


@pytest.mark.parametrize(
    ("table", "column"), [("movement", "amount"), ("leg", "amount"), ("tombstone", "at_us")]
)
def test_what_is_appended_cannot_be_changed_or_removed(file: Path, table: str, column: str) -> None:
    connection = sqlite3.connect(file)
    for statement in (f"DELETE FROM {table}", f"UPDATE {table} SET {column} = 1"):
        with pytest.raises(sqlite3.Error, match="append-only"):
            connection.execute(statement)
    connection.close()


def test_where_there_is_no_ledger_the_message_helps(tmp_path: Path) -> None:
    with (
        pytest.raises(NotReadyError, match="evenhand wallet"),
        reading(f"sqlite:///{tmp_path / 'none.sqlite'}"),
    ):
        pass
    assert not list(tmp_path.iterdir())

    sqlite3.connect(tmp_path / "empty.sqlite").execute("CREATE TABLE t (x)").connection.close()
    with (
        pytest.raises(NotReadyError, match="lacks account, answer"),
        reading(f"sqlite:///{tmp_path / 'empty.sqlite'}"),
    ):
        pass


def test_a_look_is_a_snapshot(file: Path) -> None:
    backend = open_sqlite(file)
    with reading(f"sqlite:///{file}") as connection:
        assert audit(connection) == []
        before = connection.exec_driver_sql("SELECT count(*) FROM movement").scalar()
        assert Table(backend).promotion("p1", 1) == "ok"
        assert connection.exec_driver_sql("SELECT count(*) FROM movement").scalar() == before
    backend.close()
