"""Where a protocol has one id for bets, wins and rollbacks, or goes by the id alone."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.ledger.calls import RollbackOfWin, Status
from tests.core.ledger.desks import BooksBackend, Table, new_ledger_file, open_sqlite

SHARED = ("bet", "win", "rollback")


@pytest.fixture(params=["books", "sqlite"])
def table(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Table]:
    """Anna sits at a table with ten euro."""
    if request.param == "books":
        yield Table(BooksBackend()).fund(real=10)
        return
    backend = open_sqlite(new_ledger_file(tmp_path / "ledger.sqlite"))
    yield Table(backend).fund(real=10)
    backend.close()


def test_an_id_of_one_operation_is_free_for_others_unless_shared(table: Table) -> None:
    shared = table.seat("anna", ids_shared_by=SHARED)
    table.result("bet", "t1", 3, bet_ref="t1")

    assert shared.result("win", "t1", 5).status == Status.CONFLICT
    assert shared.result("win", "t1", 3).status == Status.CONFLICT
    assert shared.result("promotion", "t1", 1).status == Status.OK
    assert table.result("win", "t1", 5).status == Status.OK


def test_an_operation_that_shares_no_ids_is_known_by_its_own(table: Table) -> None:
    odd = table.seat("anna", ids_shared_by=("bet", "win"), known_by_id_alone=True)
    odd.result("bet", "t1", 3, bet_ref="t1")

    assert odd.result("rollback", "t1", 0, bet_ref="t1").status == Status.OK
    assert table.held()[0] == 10


def test_by_the_id_alone_the_first_answer_is_given_again(table: Table) -> None:
    seat = table.seat("anna", ids_shared_by=SHARED, known_by_id_alone=True)
    first = seat.result("bet", "t1", 3, bet_ref="t1")
    seat.bet("other", 1)

    for operation, amount in (("bet", 9), ("win", 5), ("rollback", 0)):
        again = seat.result(operation, "t1", amount, bet_ref="t1")
        assert (again.movement_id, again.after, again.is_replay) == (
            first.movement_id, first.after, True,
        )  # fmt: skip
    assert table.held()[0] == 6


def test_another_player_or_currency_never_hears_an_answer(table: Table) -> None:
    first, *others = (
        table.seat(player, currency, ids_shared_by=SHARED, known_by_id_alone=True)
        for player, currency in (("anna", "EUR"), ("bert", "EUR"), ("anna", "SEK"))
    )
    first.result("bet", "t1", 3, bet_ref="t1")

    for seat in others:
        seat.fund(real=10)
        assert seat.result("bet", "t1", 3, bet_ref="t1").status == Status.CONFLICT
        assert seat.held()[0] == 10


def test_a_second_rollback_moves_nothing_and_is_kept_where_accepted(table: Table) -> None:
    seat = table.seat("anna", accepts_rollback_again=True, rollback_of_win=RollbackOfWin.YES)
    seat.bet("b1", 3)
    seat.win("w1", "b1", 5)
    for undone in ("w1", "b1"):
        done = seat.seat("anna", rollback_of_win=RollbackOfWin.YES, rolls_back_settled=True)
        assert done.rollback(f"first of {undone}", undone) == Status.OK

        second = seat.result("rollback", f"second of {undone}", 0, bet_ref=undone)

        assert (second.status, second.moved) == (Status.VOID, {})
        assert second.movement_id is not None
        again = seat.result("rollback", f"second of {undone}", 0, bet_ref=undone)
        assert (again.movement_id, again.is_replay) == (second.movement_id, True)
    assert table.held()[0] == 10


def test_a_second_rollback_of_another_players_bet_is_still_refused(table: Table) -> None:
    table.bet("b1", 3)
    table.rollback("r1", "b1")
    bert = table.seat("bert", accepts_rollback_again=True).fund(real=1)

    assert bert.rollback("r2", "b1") == Status.OTHER_PLAYERS


def test_a_result_says_when_it_was_done_first(table: Table) -> None:
    first = table.result("bet", "t1", 3, bet_ref="t1")
    table.at_us += 5

    again = table.result("bet", "t1", 3, bet_ref="t1")

    assert (first.at_us, again.at_us) == (table.at_us - 5, table.at_us - 5)
