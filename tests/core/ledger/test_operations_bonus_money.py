"""Bonus money stays bonus money until it is played through: splits, shares, ends of a bonus."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.ledger.calls import RollbackOfWin, Status
from core.ledger.rows import Bet, Bonus
from tests.core.ledger.desks import NOON_US, BooksBackend, Table, new_ledger_file, open_sqlite


@pytest.fixture(params=["books", "sqlite"])
def table(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Table]:
    """Anna has 2 real, 3 of locked winnings and 5 of bonus money, and the bonus runs."""
    if request.param == "books":
        yield Table(BooksBackend()).fund(real=2, locked=3, bonus=5).bonus()
        return
    backend = open_sqlite(new_ledger_file(tmp_path / "ledger.sqlite"))
    yield Table(backend).fund(real=2, locked=3, bonus=5).bonus()
    backend.close()


def _wagered(table: Table) -> float:
    return table.row(Bonus, "anna", "welcome").wagered / 1_000_000


def test_real_money_goes_first_then_locked_winnings_then_bonus(table: Table) -> None:
    table.bet("b1", 1)
    assert table.held() == (1, 3, 5)
    table.bet("b2", 2)
    assert table.held() == (0, 2, 5)
    table.bet("b3", 4)
    assert table.held() == (0, 0, 3)
    bet = table.row(Bet, "studio", "", "b3")
    assert (bet.real, bet.locked, bet.bonus) == (0, 2_000_000, 2_000_000)


def test_a_win_is_shared_as_its_stake_was_and_rounds_for_the_player(table: Table) -> None:
    table.bet("b1", 3)  # two thirds real
    assert table.result("win", "w1", 1, bet_ref="b1").moved == {
        "real": 666_667, "bonus_win_locked": 333_333,
    }  # fmt: skip


def test_a_win_of_a_round_is_shared_by_all_stakes_in_it(table: Table) -> None:
    table.bet("b1", 2, round_id="r")  # real
    table.bet("b2", 2, round_id="r")  # locked

    table.win("w1", "", 10, round_id="r")

    assert table.held() == (5, 6, 5)


def test_a_cancelled_stake_no_longer_shares_in_its_round(table: Table) -> None:
    table.bet("b1", 2, round_id="r")
    table.bet("b2", 2, round_id="r")
    table.rollback("r1", "b2")  # names no round: the bet knows it

    table.win("w1", "", 10, round_id="r")

    assert table.held() == (10, 3, 5)


def test_a_cancel_restores_the_split_and_the_wagering(table: Table) -> None:
    table.bet("b1", 7, context={"game_type": "slots"})
    table.bet("b2", 1, context={"game_type": "roulette"})
    assert table.held() == (0, 0, 2)
    assert _wagered(table) == 7.1

    table.rollback("r1", "b1")

    assert table.held() == (2, 3, 4)
    assert _wagered(table) == 0.1
    table.rollback("r2", "b2")
    assert (table.held(), _wagered(table)) == ((2, 3, 5), 0)


def test_a_refused_stake_wagers_nothing(table: Table) -> None:
    assert table.bet("b1", 11, context={"game_type": "slots"}) == Status.INSUFFICIENT_FUNDS
    assert _wagered(table) == 0


@pytest.mark.parametrize(("state", "held"), [("active", (4, 6)), ("completed", (10, 0))])
def test_a_win_follows_its_bonus(table: Table, state: str, held: tuple[float, float]) -> None:
    table.bet("b1", 5)  # 2 real, 3 locked
    table.end_bonus(state)

    assert table.win("w1", "b1", 10) == Status.OK

    assert table.held()[:2] == held


@pytest.mark.parametrize("state", ["forfeited", "expired"])
def test_the_share_of_a_lost_bonus_goes_to_the_house(table: Table, state: str) -> None:
    table.bet("b1", 5)
    table.end_bonus(state)

    result = table.result("win", "w1", 10, bet_ref="b1")

    assert (result.status, result.moved) == (Status.OK, {"real": 4_000_000})


@pytest.mark.parametrize(
    ("state", "held"), [("completed", (10, 0, 0)), ("forfeited", (2, 0, 0)), ("active", (2, 3, 5))]
)
def test_a_cancelled_stake_follows_its_bonus(
    table: Table, state: str, held: tuple[float, ...]
) -> None:
    table.bet("b1", 10, context={"game_type": "slots"})
    table.end_bonus(state)

    assert table.rollback("r1", "b1") == Status.OK

    assert table.held() == held
    assert _wagered(table) == (0 if state == "active" else 10)


def test_bonus_money_of_a_bonus_that_is_over_is_not_staked(table: Table) -> None:
    table.bonus(expires_us=NOON_US)  # over, though nobody has swept it up

    assert table.bet("b1", 3) == Status.INSUFFICIENT_FUNDS
    assert table.bet("b2", 2) == Status.OK
    assert (table.held(), _wagered(table)) == ((0, 3, 5), 0)


def test_a_bonus_of_another_currency_does_not_run_here(table: Table) -> None:
    crowns = table.seat("anna", "SEK").fund(real=1)
    crowns.bet("b1", 1, context={"game_type": "slots"})

    assert _wagered(table) == 0


def test_a_win_of_bonus_money_is_taken_back_from_where_it_went(table: Table) -> None:
    seat = table.seat("anna", rollback_of_win=RollbackOfWin.YES)
    seat.bet("b1", 5)
    seat.win("w1", "b1", 10)
    assert table.held() == (4, 6, 5)

    seat.rollback("r1", "w1")

    assert table.held() == (0, 0, 5)


def test_a_win_of_a_lost_bonus_is_taken_back_from_the_house_too(table: Table) -> None:
    seat = table.seat("anna", rollback_of_win=RollbackOfWin.YES)
    seat.bet("b1", 5)
    table.end_bonus("forfeited")
    seat.win("w1", "b1", 10)

    assert seat.rollback("r1", "w1") == Status.OK
    assert table.held() == (0, 0, 5)


@pytest.mark.parametrize(("state", "held"), [("completed", (0, 6, 5)), ("forfeited", (6, 6, 5))])
def test_a_win_taken_back_follows_what_became_of_its_bonus(
    table: Table, state: str, held: tuple[float, ...]
) -> None:
    seat = table.seat("anna", rollback_of_win=RollbackOfWin.YES)
    seat.bet("b1", 5)
    seat.win("w1", "b1", 10)  # 4 real, 6 locked
    table.end_bonus(state)
    seat.promotion("what the end of the bonus paid", 6)

    assert seat.rollback("r1", "w1") == Status.OK

    assert table.held() == held
