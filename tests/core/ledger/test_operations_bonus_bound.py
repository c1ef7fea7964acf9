"""What a bonus releases at most: by its completion, by late wins, by what is taken back of both."""

import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.ledger.audit import audit
from core.ledger.backend import LedgerBackend
from core.ledger.calls import RollbackOfWin, Status
from core.ledger.reading import reading
from core.ledger.rows import PLAYABLE, Account, Bonus, Leg
from tests.core.ledger.desks import BooksBackend, Table

EXAMPLES = int(os.environ.get("EVENHAND_EXAMPLES", "400"))
MOST = 10


def _table(backend: LedgerBackend, real: int = 0, bonus: int = 20) -> Table:
    """Anna has bonus money that may become 10 of real money at most."""
    seat = Table(backend).seat(
        "anna", rollback_of_win=RollbackOfWin.YES, rolls_back_settled=True,
        one_settlement_per_bet=False, win_needs_bet=False,
    )  # fmt: skip
    return _given(seat.fund(real=real), bonus)


def _given(table: Table, bonus: int) -> Table:
    context = {"code": "cashback"}
    assert table.result("bonus_granted", "g", bonus, bet_ref="u", context=context).status == "ok"
    row = table.row(Bonus, "anna", "u")
    return table.bonus(
        "u", code=row.code, granted=row.granted, wagering_required=0, release_most=MOST * 1_000_000
    )


def _complete(table: Table) -> None:
    seen = sum(table.row(Account, "anna", "EUR", fund).version for fund in PLAYABLE)
    context = {"seen_version": seen}
    assert table.result("bonus_completed", "c", 0, bet_ref="u", context=context).status == "ok"


def test_a_win_after_the_completion_is_bounded_with_it(
    ledger_backend: LedgerBackend, ledger_url: str
) -> None:
    table = _table(ledger_backend)
    table.bet("b1", 13)
    _complete(table)  # 7 of 10
    assert table.held() == (7, 0, 0)

    result = table.result("win", "w1", 5, bet_ref="b1")

    assert (result.status, result.moved) == (Status.OK, {"real": 3_000_000})
    assert table.held() == (10, 0, 0)
    assert table.win("w2", "b1", 5) == Status.OK
    assert table.held() == (10, 0, 0)
    assert table.result("win", "w1", 5, bet_ref="b1").is_replay
    with reading(ledger_url) as connection:
        assert audit(connection) == []


def test_the_real_share_of_a_late_win_knows_no_bound() -> None:
    table = _table(BooksBackend(), real=5)
    table.bet("b1", 10)  # a half real
    _complete(table)
    assert table.held() == (10, 0, 0)  # 15 of bonus money, bounded

    table.win("w1", "b1", 8)

    assert table.held() == (14, 0, 0)


def test_a_stake_that_comes_back_after_the_completion_is_bounded_too() -> None:
    table = _table(BooksBackend())
    table.bet("b1", 18)
    _complete(table)

    assert table.rollback("r", "b1") == Status.OK

    assert table.held() == (10, 0, 0)


def test_a_late_win_taken_back_and_told_right_leaves_room_for_the_right_one() -> None:
    table = _table(BooksBackend())
    table.bet("b1", 18)
    _complete(table)  # 2 of 10
    table.win("w1", "b1", 9)
    assert table.held() == (10, 0, 0)

    assert table.rollback("r", "w1") == Status.OK
    assert table.held() == (2, 0, 0)
    table.win("w2", "b1", 4)
    assert table.held() == (6, 0, 0)


def test_a_win_from_before_is_taken_back_from_the_house_first() -> None:
    table = _table(BooksBackend(), real=0)
    table.bet("b1", 20)
    table.win("w1", "b1", 40)
    _complete(table)  # 40, of which 30 go to the house
    table.promotion("own money", 50)

    assert table.rollback("r", "w1") == Status.OK

    assert table.held() == (50, 0, 0)


@settings(max_examples=EXAMPLES, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(["win", "win", "rollback"]), st.integers(1, 4)), max_size=12
    ),
    st.integers(0, 12),
)
def test_whatever_comes_late_the_player_has_what_the_bound_leaves_of_all_that_stands(
    steps: list[tuple[str, int]], completed_at: int
) -> None:
    table = _table(BooksBackend(), real=100)
    table.bet("b0", 100)  # all real money is away, so only the bonus is left to stake
    table.bet("b1", 20)
    standing: dict[str, int] = {}
    gone: set[str] = set()
    for place, (what, number) in enumerate(steps):
        if place == completed_at:
            _complete(table)
        name = f"w{number}"
        if what == "win":
            if table.win(name, "b1", number) == Status.OK and name not in gone:
                standing[name] = number
        elif name in standing:
            assert table.rollback(f"r{place}", name) == Status.OK
            standing.pop(name)
            gone.add(name)
    if len(steps) <= completed_at:
        _complete(table)

    assert table.held() == (min(MOST, sum(standing.values())), 0, 0)
    rows = table.backend.rows.values()  # type: ignore[attr-defined]
    assert sum(row.amount for row in rows if isinstance(row, Leg)) == 0


@pytest.mark.parametrize("state", ["forfeited", "expired"])
def test_a_lost_bonus_releases_nothing_late(state: str) -> None:
    table = _table(BooksBackend())
    table.bet("b1", 18)
    table.end_bonus(state, "u")

    table.win("w1", "b1", 9)

    assert table.row(Bonus, "anna", "u").due == 0
    assert table.held()[0] == 0
