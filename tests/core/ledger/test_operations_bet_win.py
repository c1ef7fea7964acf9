"""A stake leaves once, a win comes once: each operation, policy and order, on books and SQLite."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.errors import EventError, MoneyError
from core.ledger.calls import Action, Call, Status
from core.ledger.rows import Bet, Round
from core.ledger.wallets import open_wallet, set_state
from core.money import INT64_MAX
from tests.core.ledger.desks import NOON_US, BooksBackend, Table, new_ledger_file, open_sqlite


@pytest.fixture(params=["books", "sqlite"])
def table(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Table]:
    """Anna sits at a table with ten euro."""
    if request.param == "books":
        yield Table(BooksBackend()).fund(real=10)
        return
    backend = open_sqlite(new_ledger_file(tmp_path / "ledger.sqlite"))
    yield Table(backend).fund(real=10)
    backend.close()


def test_a_bet_takes_its_stake_and_a_win_gives_its_money(table: Table) -> None:
    assert table.bet("b1", "2.5") == Status.OK
    assert table.held() == (7.5, 0, 0)
    assert table.win("w1", "b1", 4) == Status.OK
    assert table.held() == (11.5, 0, 0)
    assert table.row(Bet, "studio", "", "b1").state == "settled"


def test_the_sixth_decimal_is_exact(table: Table) -> None:
    assert table.bet("b1", "0.403604") == Status.OK
    assert table.held() == (9.596396, 0, 0)


def test_the_same_bet_again_moves_nothing_and_answers_as_it_did(table: Table) -> None:
    action = table.action("bet", "t1", 3, bet_ref="b1")
    [first] = table.outcome(action).results
    table.win("w1", "b1", 5)
    [again] = table.outcome(action).results

    assert (first.is_replay, again.is_replay) == (False, True)
    assert (again.movement_id, again.moved, again.after) == (
        first.movement_id, first.moved, first.after,
    )  # fmt: skip
    assert table.held() == (12, 0, 0)


@pytest.mark.parametrize(
    "other", [{"amount": 4}, {"bet_ref": "b2"}, {"player": "bert"}, {"currency": "SEK"}]
)
def test_the_same_id_with_other_content_is_a_conflict(
    table: Table, other: dict[str, str | int]
) -> None:
    table.seat("bert").fund(real=10)
    table.seat("anna", "SEK").fund(real=10)
    table.result("bet", "t1", 3, bet_ref="b1")

    seat = table.seat(str(other.get("player", "anna")), str(other.get("currency", "EUR")))
    result = seat.result(
        "bet", "t1", other.get("amount", 3), bet_ref=str(other.get("bet_ref", "b1"))
    )

    assert result.status == Status.CONFLICT
    assert seat.held()[0] == (7 if seat.player == "anna" and seat.currency == "EUR" else 10)


def test_what_is_only_said_beside_it_makes_no_conflict(table: Table) -> None:
    table.result("bet", "t1", 3, bet_ref="b1", context={"game": "a"})

    again = table.result("bet", "t1", 3, bet_ref="b1", context={"game": "b"}, closes_round=True)

    assert again.is_replay
    assert again.status == Status.OK


def test_equal_ids_of_different_players_are_apart_where_their_scope_is(table: Table) -> None:
    bert = table.seat("bert").fund(real=10)
    assert table.bet("b1", 1, scope="anna") == Status.OK
    assert bert.bet("b1", 2, scope="bert") == Status.OK
    assert bert.win("w1", "b1", 5, scope="bert") == Status.OK
    assert (table.held()[0], bert.held()[0]) == (9, 13)


def test_equal_ids_of_different_providers_are_apart(table: Table) -> None:
    other = Table(table.backend, provider="other")
    assert table.bet("b1", 1) == Status.OK
    assert other.bet("b1", 2) == Status.OK
    assert table.held()[0] == 7


def test_equal_ids_of_different_operations_are_apart(table: Table) -> None:
    assert table.result("bet", "t1", 3, bet_ref="b1").status == Status.OK
    assert table.result("rollback", "t1", 3, bet_ref="b1").status == Status.OK
    assert table.held()[0] == 10


def test_a_stake_beyond_the_funds_is_refused_and_can_be_asked_again(table: Table) -> None:
    outcome = table.outcome(table.action("bet", "t1", 11, bet_ref="b1"))
    assert outcome.refusal is not None
    assert outcome.refusal.status == Status.INSUFFICIENT_FUNDS
    assert outcome.balances["real"] == 10_000_000  # type: ignore[index]

    table.promotion("p1", 5)
    assert table.result("bet", "t1", 11, bet_ref="b1").status == Status.OK
    assert table.held()[0] == 4


def test_the_whole_balance_can_be_staked(table: Table) -> None:
    assert table.bet("b1", 10) == Status.OK
    assert table.held()[0] == 0
    assert table.bet("b2", "0.000001") == Status.INSUFFICIENT_FUNDS


def test_a_second_bet_of_one_reference_is_refused(table: Table) -> None:
    table.result("bet", "t1", 3, bet_ref="b1")

    assert table.result("bet", "t2", 3, bet_ref="b1").status == Status.BET_EXISTS
    assert table.held()[0] == 7


def test_nobody_plays_without_a_wallet_or_in_a_currency_without_accounts(table: Table) -> None:
    assert table.seat("nobody").bet("b1", 1) == Status.PLAYER_UNKNOWN
    assert table.seat("anna", "SEK").bet("b1", 1) == Status.CURRENCY_UNKNOWN
    assert table.seat("house").bet("b1", 1) == Status.PLAYER_UNKNOWN


def test_no_player_may_bear_the_name_of_the_house(table: Table) -> None:
    with pytest.raises(EventError, match="house"):
        open_wallet(table.backend, "house", "EUR", NOON_US)


def test_a_blocked_wallet_stakes_nothing_but_is_paid_and_refunded(table: Table) -> None:
    table.bet("b1", 1)
    table.bet("b2", 1)
    set_state(table.backend, "anna", "blocked")

    assert table.bet("b3", 1) == Status.RULE
    assert table.win("w1", "b1", 4) == Status.OK
    assert table.rollback("r1", "b2") == Status.OK
    assert table.promotion("p1", 1) == Status.OK
    assert table.bet("b2", 1) == Status.OK  # known: answered as it was
    assert table.held()[0] == 14


def test_a_second_settlement_is_refused_unless_the_protocol_knows_several(table: Table) -> None:
    table.bet("b1", 1)
    table.win("w1", "b1", 2)

    assert table.win("w2", "b1", 2) == Status.BET_SETTLED
    assert table.held()[0] == 11
    lenient = table.seat("anna", one_settlement_per_bet=False)
    assert lenient.win("w2", "b1", 2) == Status.OK
    assert table.held()[0] == 13


def test_a_win_of_nothing_settles_its_bet(table: Table) -> None:
    table.bet("b1", 1)

    assert table.win("w1", "b1", 0) == Status.OK
    assert table.row(Bet, "studio", "", "b1").state == "settled"
    assert table.win("w2", "b1", 5) == Status.BET_SETTLED


def test_a_win_that_names_a_bet_nobody_placed_is_refused_and_can_come_again(table: Table) -> None:
    assert table.win("w1", "b1", 5) == Status.BET_MISSING
    table.bet("b1", 1)
    assert table.win("w1", "b1", 5) == Status.OK
    assert table.held()[0] == 14


def test_a_win_needs_no_bet_where_the_protocol_says_so(table: Table) -> None:
    assert table.seat("anna", win_needs_bet=False).win("w1", "b1", 5) == Status.OK
    assert table.win("w2", "", 5, round_id="r") == Status.OK
    assert table.held()[0] == 20


def test_nobody_settles_another_players_bet(table: Table) -> None:
    bert, crowns = table.seat("bert").fund(real=10), table.seat("anna", "SEK").fund(real=10)
    table.bet("b1", 1)

    assert bert.win("w1", "b1", 5) == Status.OTHER_PLAYERS
    assert crowns.win("w1", "b1", 5) == Status.OTHER_PLAYERS
    assert bert.held()[0] == crowns.held()[0] == 10
    assert table.win("w1", "b1", 5) == Status.OK


def test_nothing_may_be_staked_or_won_where_the_protocol_knows_no_zero(table: Table) -> None:
    strict = table.seat("anna", accepts_zero_amount=False)

    assert strict.bet("b1", 0) == Status.REFUSED
    assert strict.win("w1", "", 0) == Status.REFUSED
    assert strict.promotion("p1", 0) == Status.REFUSED
    assert table.bet("b1", 0) == Status.OK
    assert table.win("w1", "b1", 3) == Status.OK  # a free bet's win
    assert table.held() == (13, 0, 0)


def test_a_round_is_opened_by_a_bet_and_closed_by_whoever_says_so(table: Table) -> None:
    table.bet("b1", 1, round_id="r")
    assert table.row(Round, "studio", "anna", "r").state == "open"

    table.win("w1", "b1", 0, round_id="r", closes_round=True)

    held = table.row(Round, "studio", "anna", "r")
    assert (held.state, held.closed_us) == ("closed", NOON_US)


def test_a_closed_round_takes_bets_or_not_as_the_protocol_says(table: Table) -> None:
    table.bet("b1", 1, round_id="r", closes_round=True)

    strict = table.seat("anna", bet_in_closed_round=False)
    assert strict.bet("b2", 1, round_id="r") == Status.ROUND_CLOSED
    assert strict.win("w1", "b1", 1, round_id="r") == Status.OK
    assert table.bet("b2", 1, round_id="r") == Status.OK
    assert table.held()[0] == 9


def test_a_round_is_played_in_one_currency(table: Table) -> None:
    crowns = table.seat("anna", "SEK").fund(real=10)
    table.bet("b1", 1, round_id="r")

    assert crowns.bet("b2", 1, round_id="r") == Status.OTHER_PLAYERS
    assert crowns.win("w1", "", 1, round_id="r") == Status.OTHER_PLAYERS
    assert crowns.held()[0] == 10


def test_all_actions_of_a_call_are_done_or_none(table: Table) -> None:
    bet, win = (
        table.action("bet", "t1", 3, bet_ref="b1"),
        table.action("win", "t2", 4, bet_ref="b1"),
    )
    beyond = table.action("bet", "t3", 99, bet_ref="b3")

    outcome = table.outcome(bet, win, beyond)
    assert [result.status for result in outcome.results] == ["ok", "ok", "insufficient_funds"]
    assert outcome.balances["real"] == 10_000_000  # type: ignore[index]
    assert table.held()[0] == 10

    assert table.outcome(bet, win).refusal is None
    assert table.held()[0] == 11


def test_a_known_action_in_a_call_is_not_done_twice(table: Table) -> None:
    bet, win = (
        table.action("bet", "t1", 3, bet_ref="b1"),
        table.action("win", "t2", 4, bet_ref="b1"),
    )
    table.outcome(bet)

    outcome = table.outcome(bet, win, bet)

    assert [result.is_replay for result in outcome.results] == [True, False, True]
    assert table.held()[0] == 11


def test_a_refused_call_leaves_its_neighbours_in_the_batch_done(table: Table) -> None:
    bert = table.seat("bert").fund(real=10)
    outcomes = table.batch(
        table.call(table.action("bet", "t1", 3, bet_ref="b1")),
        table.call(table.action("bet", "t2", 3, bet_ref="b2"), table.action("bet", "t3", 99)),
        bert.call(bert.action("bet", "t4", 4, bet_ref="b4")),
        table.call(table.action("win", "t5", 5, bet_ref="b1")),
        table.call(table.action("bet", "t1", 3, bet_ref="b1")),
    )

    assert [outcome.results[-1].status for outcome in outcomes] == [
        "ok", "insufficient_funds", "ok", "ok", "ok",
    ]  # fmt: skip
    assert outcomes[-1].results[0].is_replay
    assert (table.held()[0], bert.held()[0]) == (12, 6)


def test_a_call_without_actions_asks_for_the_balance(table: Table) -> None:
    outcome = table.outcome()

    assert outcome.results == ()
    assert outcome.balances["real"] == 10_000_000  # type: ignore[index]


@pytest.mark.parametrize("amount", [-1, INT64_MAX + 1])
def test_an_amount_no_account_could_hold_is_refused_at_the_door(amount: int) -> None:
    with pytest.raises(MoneyError, match="64 bits"):
        Action("bet", "t1", amount)


@pytest.mark.parametrize("name", ["a\0b", "\ud800", "x" * 256])
def test_a_name_no_table_could_keep_is_refused_at_the_door(name: str) -> None:
    with pytest.raises(EventError, match="Unicode"):
        Action("bet", name)
    with pytest.raises(EventError, match="Unicode"):
        Call("studio", name, "EUR", (), 0)


def test_a_balance_beyond_64_bits_is_refused_alone(table: Table) -> None:
    most = Action("promotion", "t1", INT64_MAX)

    outcomes = table.batch(table.call(most), table.call(table.action("bet", "t2", 1, bet_ref="b")))

    assert [outcome.results[0].status for outcome in outcomes] == ["refused", "ok"]
    assert table.held()[0] == 9
