"""What was done is undone, and what was not yet done never will be: every order and policy."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.ledger.calls import RollbackOfWin, Status
from core.ledger.rows import Bet, Round
from tests.core.ledger.desks import BooksBackend, Table, new_ledger_file, open_sqlite


@pytest.fixture(params=["books", "sqlite"])
def table(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Table]:
    """Anna sits at a table with ten euro."""
    if request.param == "books":
        yield Table(BooksBackend()).fund(real=10)
        return
    backend = open_sqlite(new_ledger_file(tmp_path / "ledger.sqlite"))
    yield Table(backend).fund(real=10)
    backend.close()


def test_a_rollback_gives_the_stake_back_once(table: Table) -> None:
    table.bet("b1", 3)

    assert table.rollback("r1", "b1") == Status.OK
    assert table.rollback("r1", "b1") == Status.OK  # the same again
    assert table.rollback("r2", "b1") == Status.BET_CANCELLED
    assert table.held()[0] == 10
    assert table.row(Bet, "studio", "", "b1").state == "cancelled"


def test_a_rollback_gives_back_what_was_staked_whatever_it_says(table: Table) -> None:
    table.bet("b1", 3)

    assert table.result("rollback", "r1", 9, bet_ref="b1").status == Status.OK
    assert table.held()[0] == 10


def test_a_rolled_back_bet_cannot_be_placed_or_won_again(table: Table) -> None:
    table.bet("b1", 3)
    table.rollback("r1", "b1")

    assert table.result("bet", "another", 3, bet_ref="b1").status == Status.BET_EXISTS
    assert table.win("w1", "b1", 9) == Status.BET_CANCELLED
    assert table.held()[0] == 10


def test_a_rollback_before_its_bet_is_kept_and_the_bet_refused(table: Table) -> None:
    first = table.result("rollback", "r1", 0, bet_ref="b1")
    assert (first.status, first.movement_id is not None) == (Status.BET_UNKNOWN, True)
    assert table.result("rollback", "r1", 0, bet_ref="b1").is_replay
    assert table.rollback("r2", "b1") == Status.BET_UNKNOWN

    assert table.bet("b1", 3) == Status.BET_TOMBSTONED
    assert table.bet("b1", 3) == Status.BET_TOMBSTONED
    assert table.win("w1", "b1", 9) == Status.BET_TOMBSTONED
    assert table.held()[0] == 10


def test_a_bet_after_its_rollback_is_void_where_the_protocol_accepts_it(table: Table) -> None:
    soft = table.seat("anna", accepts_bet_after_tombstone=True)
    soft.rollback("r1", "b1")

    first = soft.result("bet", "t1", 3, bet_ref="b1")
    again = soft.result("bet", "t1", 3, bet_ref="b1")

    assert (first.status, first.moved) == (Status.VOID, {})
    assert (again.status, again.movement_id, again.is_replay) == (
        Status.VOID, first.movement_id, True,
    )  # fmt: skip
    assert soft.win("w1", "b1", 9) == Status.VOID
    assert table.held()[0] == 10


def test_a_conflict_with_a_void_bet_is_one(table: Table) -> None:
    soft = table.seat("anna", accepts_bet_after_tombstone=True)
    soft.rollback("r1", "b1")
    soft.result("bet", "t1", 3, bet_ref="b1")

    assert soft.result("bet", "t1", 4, bet_ref="b1").status == Status.CONFLICT


def test_a_tombstone_stands_in_its_own_scope_and_provider(table: Table) -> None:
    table.rollback("r1", "b1", scope="bert")

    assert table.bet("b1", 1, scope="anna") == Status.OK
    assert Table(table.backend, provider="other").bet("b1", 1) == Status.OK
    assert table.bet("b1", 1, scope="bert") == Status.BET_TOMBSTONED


def test_a_rollback_after_the_win_is_refused_unless_the_protocol_knows_it(table: Table) -> None:
    table.bet("b1", 3)
    table.win("w1", "b1", 5)

    assert table.rollback("r1", "b1") == Status.BET_SETTLED
    assert table.held()[0] == 12
    assert table.seat("anna", rolls_back_settled=True).rollback("r1", "b1") == Status.OK
    assert table.held()[0] == 15  # the win is another action, with a rollback of its own


def test_nobody_rolls_back_another_players_bet_or_win(table: Table) -> None:
    bert = table.seat("bert", rollback_of_win=RollbackOfWin.YES).fund(real=10)
    crowns = table.seat("anna", "SEK", rollback_of_win=RollbackOfWin.YES).fund(real=10)
    table.bet("b1", 3)
    table.win("w1", "b1", 5)

    for seat in (bert, crowns):
        assert seat.rollback("r1", "b1") == Status.OTHER_PLAYERS
        assert seat.rollback("r2", "w1") == Status.OTHER_PLAYERS
        assert seat.held()[0] == 10


def test_a_win_is_not_taken_back_where_the_protocol_knows_no_such_thing(table: Table) -> None:
    table.bet("b1", 3)
    table.win("w1", "b1", 5)

    assert table.rollback("r1", "w1") == Status.BET_UNKNOWN
    assert table.win("w1", "b1", 5) == Status.OK  # known: answered as it was
    assert table.held()[0] == 12


@pytest.mark.parametrize("policy", [RollbackOfWin.YES, RollbackOfWin.CLAMP])
def test_a_win_is_taken_back_once(table: Table, policy: RollbackOfWin) -> None:
    seat = table.seat("anna", rollback_of_win=policy)
    seat.bet("b1", 3)
    seat.win("w1", "b1", 5)

    assert seat.rollback("r1", "w1") == Status.OK
    assert seat.rollback("r1", "w1") == Status.OK
    assert seat.rollback("r2", "w1") == Status.BET_CANCELLED
    assert table.held()[0] == 7


def test_a_win_that_was_spent_is_not_taken_back_in_part_unless_clamped(table: Table) -> None:
    strict = table.seat("anna", rollback_of_win=RollbackOfWin.YES)
    clamped = table.seat("anna", rollback_of_win=RollbackOfWin.CLAMP)
    table.win("w1", "", 5)
    table.bet("b1", 13)

    assert strict.rollback("r1", "w1") == Status.INSUFFICIENT_FUNDS
    assert table.held()[0] == 2
    result = clamped.result("rollback", "r1", 0, bet_ref="w1")
    assert (result.status, result.moved) == (Status.OK, {"real": -2_000_000})
    assert table.held()[0] == 0


def test_a_win_after_its_own_rollback_is_refused_or_void(table: Table) -> None:
    soft = table.seat("anna", accepts_bet_after_tombstone=True)
    table.bet("b1", 1)
    table.rollback("r1", "w1")

    assert table.win("w1", "b1", 5) == Status.BET_TOMBSTONED
    assert soft.win("w1", "b1", 5) == Status.VOID
    assert table.held()[0] == 9
    assert table.row(Bet, "studio", "", "b1").state == "open"


def test_a_rollback_closes_the_round_it_says_even_of_an_unknown_bet(table: Table) -> None:
    table.bet("b1", 1, round_id="r")

    assert table.rollback("r1", "never", round_id="r", closes_round=True) == Status.BET_UNKNOWN
    assert table.row(Round, "studio", "anna", "r").state == "closed"


def test_a_cancelled_stake_leaves_its_round_even_if_the_rollback_names_none(table: Table) -> None:
    table.bet("b1", 3, round_id="r")
    table.bet("b2", 2, round_id="r")

    table.rollback("r1", "b1")

    assert table.row(Round, "studio", "anna", "r").real == 2_000_000


def test_a_call_with_a_rollback_of_its_own_bet_moves_nothing_in_the_end(table: Table) -> None:
    outcome = table.outcome(
        table.action("bet", "t1", 3, bet_ref="b1"), table.action("rollback", "t2", bet_ref="b1"),
        table.action("rollback", "t3", bet_ref="b2"),
    )  # fmt: skip

    assert [result.status for result in outcome.results] == ["ok", "ok", "bet_unknown"]
    assert outcome.refusal is None
    assert table.held()[0] == 10
    assert table.bet("b2", 1) == Status.BET_TOMBSTONED


def test_a_tombstone_of_a_refused_call_is_gone_with_it(table: Table) -> None:
    outcome = table.outcome(
        table.action("rollback", "t1", bet_ref="b1"), table.action("bet", "t2", 99, bet_ref="b2")
    )

    assert outcome.refusal is not None
    assert table.bet("b1", 1) == Status.OK
