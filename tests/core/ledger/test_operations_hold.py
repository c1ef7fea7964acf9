"""Money set aside ends once: posted, voided or expired."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.ledger.calls import Status
from core.ledger.reading import reading
from core.ledger.rows import Account, Hold, Round
from core.ledger.sweeping import (
    DAY_US,
    HOUR_US,
    Ages,
    Swept,
    close_rounds,
    ended_holds,
    expire_holds,
    open_bets,
    open_rounds,
)
from core.ledger.wallets import set_state
from tests.core.ledger.desks import NOON_US, Table, new_ledger_file, open_sqlite

END_US = NOON_US + 1_000


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{new_ledger_file(tmp_path / 'ledger.sqlite')}"


@pytest.fixture
def table(url: str) -> Iterator[Table]:
    """Anna has ten euro, of which four are held."""
    backend = open_sqlite(Path(url.removeprefix("sqlite:///")))
    table = Table(backend).fund(real=10)
    assert _hold(table, "h1", 4) == Status.OK
    yield table
    backend.close()


def _hold(table: Table, name: str, amount: int, expires_us: object = END_US) -> Status:
    context = {"expires_us": expires_us}
    return table.result("hold", f"hold {name}", amount, bet_ref=name, context=context).status


def _end(table: Table, operation: str, amount: int = 0, name: str = "h1") -> Status:
    return table.result(operation, f"{operation} {name}", amount, bet_ref=name).status


def _funds(table: Table) -> tuple[float, float]:
    reserved = table.row(Account, "anna", "EUR", "reserved").balance
    return table.held()[0], reserved / 1_000_000


def test_a_hold_sets_real_money_aside(table: Table) -> None:
    assert _funds(table) == (6, 4)
    assert table.bet("b1", 7) == Status.INSUFFICIENT_FUNDS


@pytest.mark.parametrize(
    ("operation", "amount", "funds"),
    [
        ("hold_post", 4, (6, 0)), ("hold_post", 3, (7, 0)), ("hold_void", 0, (10, 0)),
        ("hold_expire", 0, (10, 0)),
    ],
)  # fmt: skip
def test_a_hold_ends_once(
    table: Table, operation: str, amount: int, funds: tuple[float, float]
) -> None:
    late = Table(table.backend, at_us=END_US if operation == "hold_expire" else NOON_US)
    assert _end(late, operation, amount) == Status.OK
    assert _end(late, operation, amount) == Status.OK  # the same again
    assert _funds(table) == funds

    for other in {"hold_post", "hold_void", "hold_expire"} - {operation}:
        assert _end(late, other, 1) == Status.STATE
    assert late.result(operation, "another", amount, bet_ref="h1").status == Status.STATE
    assert _funds(table) == funds


def test_a_post_takes_no_more_than_was_held_and_something(table: Table) -> None:
    assert _end(table, "hold_post", 5) == Status.REFUSED
    assert _end(table, "hold_post", 0) == Status.REFUSED
    assert _funds(table) == (6, 4)


def test_a_hold_that_is_over_is_not_posted_and_one_that_is_not_does_not_expire(
    table: Table,
) -> None:
    late = Table(table.backend, at_us=END_US)
    assert _end(late, "hold_post", 4) == Status.STATE
    assert _end(table, "hold_expire") == Status.STATE
    assert _end(late, "hold_void") == Status.OK


def test_a_hold_needs_money_an_amount_an_end_and_a_name_of_its_own(table: Table) -> None:
    assert _hold(table, "h2", 7) == Status.INSUFFICIENT_FUNDS
    assert _hold(table, "h2", 0) == Status.REFUSED
    assert _hold(table, "h2", 1, NOON_US) == Status.REFUSED
    assert _hold(table, "h2", 1, "tomorrow") == Status.REFUSED
    assert table.result("hold", "x", 1, bet_ref="h1", context={"expires_us": END_US}).status == (
        Status.STATE
    )
    assert _end(table, "hold_void", name="h9") == Status.BET_MISSING


def test_a_hold_is_ended_in_its_own_currency_and_by_its_player(table: Table) -> None:
    crowns, bert = table.seat("anna", "SEK").fund(real=5), table.seat("bert").fund(real=5)

    assert _end(crowns, "hold_void") == Status.OTHER_PLAYERS
    assert _end(bert, "hold_void") == Status.BET_MISSING
    assert _funds(table) == (6, 4)


def test_a_blocked_wallet_holds_nothing_more_but_gets_back_what_is_held(table: Table) -> None:
    set_state(table.backend, "anna", "blocked")

    assert _hold(table, "h2", 1) == Status.RULE
    assert _end(table, "hold_void") == Status.OK


def test_the_sweep_expires_holds_past_their_end_once(table: Table, url: str) -> None:
    assert _hold(table, "h2", 1, END_US + 1) == Status.OK
    with reading(url) as connection:
        assert list(ended_holds(connection, END_US - 1)) == []
        found = list(ended_holds(connection, END_US))
    assert [hold.hold_id for hold in found] == ["h1"]

    assert expire_holds(table.ledger, found, END_US) == Swept(1, 0)
    assert expire_holds(table.ledger, found, END_US) == Swept(1, 0)  # known, not done again
    assert _funds(table) == (9, 1)
    assert table.row(Hold, "anna", "h1").state == "expired"


def test_the_sweep_leaves_a_hold_that_was_decided_meanwhile(table: Table, url: str) -> None:
    with reading(url) as connection:
        found = list(ended_holds(connection, END_US))
    assert _end(table, "hold_post", 4) == Status.OK

    assert expire_holds(table.ledger, found, END_US) == Swept(0, 1)
    assert _funds(table) == (6, 0)


def test_old_rounds_and_bets_are_listed_and_only_rounds_of_some_providers_closed(
    table: Table, url: str
) -> None:
    other = Table(table.backend, provider="other")
    table.bet("b1", 1, round_id="r1")
    other.bet("b2", 1, round_id="r2")
    table.bet("b3", 1, round_id="r3")
    table.win("w3", "b3", 0, round_id="r3", closes_round=True)
    now, ages = NOON_US + 30 * DAY_US + 1, Ages()

    with reading(url) as connection:
        assert list(open_rounds(connection, ages.rounds_before(NOON_US + 48 * HOUR_US))) == []
        assert list(open_bets(connection, ages.bets_before(NOON_US + 30 * DAY_US))) == []
        rounds = list(open_rounds(connection, ages.rounds_before(now)))
        bets = list(open_bets(connection, ages.bets_before(now)))
    assert {row.round_id for row in rounds} == {"r1", "r2"}
    assert {row.bet_ref for row in bets} == {"b1", "b2"}

    assert close_rounds(table.ledger, rounds, {"studio"}, now) == Swept(1, 0)
    assert table.row(Round, "studio", "anna", "r1").state == "closed"
    assert table.row(Round, "other", "anna", "r2").state == "open"
    assert table.win("late", "b1", 5, round_id="r1") == Status.OK
