"""What nobody means well by: sums beyond 64 bits, rounds that outlive their bonus, free bets."""

from __future__ import annotations

from pathlib import Path

from core.ledger.audit import audit
from core.ledger.backend import LedgerBackend
from core.ledger.bonus_sweeping import played_through
from core.ledger.calls import Action, Policy, Status
from core.ledger.reading import reading
from core.ledger.rows import Bonus, Round
from core.money import INT64_MAX
from tests.core.ledger.desks import NOON_US, BooksBackend, Table, new_ledger_file, open_sqlite

ANYHOW = Policy(win_needs_bet=False, one_settlement_per_bet=False)


def _rich(backend: LedgerBackend) -> Table:
    """Anna has all the money 64 bits can hold."""
    table = Table(backend, ANYHOW).fund()
    assert _all(table, "promotion", "gift") == Status.OK
    return table


def _all(table: Table, operation: str, name: str, **more: object) -> Status:
    action = Action(operation, name, INT64_MAX, bet_ref=name, **more)  # type: ignore[arg-type]
    return table.outcome(action).results[0].status


def test_a_stake_too_much_for_its_round_is_refused_for_good(ledger_backend: LedgerBackend) -> None:
    table = _rich(ledger_backend)
    assert _all(table, "bet", "b1", round_id="r") == Status.OK
    assert _all(table, "win", "b1", round_id="r") == Status.OK

    assert _all(table, "bet", "b2", round_id="r") == Status.REFUSED

    assert _all(table, "bet", "b2") == Status.OK
    assert table.row(Round, "studio", "anna", "r").real == INT64_MAX


def test_a_stake_too_much_for_a_bonus_is_refused_for_good(ledger_backend: LedgerBackend) -> None:
    table = _rich(ledger_backend).bonus(contributions='{"*": 100}')
    assert _all(table, "bet", "b1") == Status.OK
    assert _all(table, "win", "b1") == Status.OK

    assert _all(table, "bet", "b2") == Status.REFUSED

    assert table.row(Bonus, "anna", "welcome").wagered == INT64_MAX


def test_late_wins_beyond_64_bits_fill_a_bound_and_break_nothing(
    ledger_backend: LedgerBackend, ledger_url: str
) -> None:
    table = Table(ledger_backend, ANYHOW).fund()
    context = {"code": "cashback"}
    assert table.result("bonus_granted", "g", 5, bet_ref="u", context=context).status == "ok"
    table.bet("b1", 5)
    table.bonus("u", code="cashback", state="completed", release_most=7)

    for number in range(3):
        won = Action("win", f"w{number}", INT64_MAX, bet_ref="b1")
        [result] = table.outcome(won).results
        assert result.status == Status.OK

    assert table.held() == (7e-6, 0, 0)
    with reading(ledger_url) as connection:
        assert not [found for found in audit(connection) if found.law == "legs_sum_to_zero"]


def test_what_a_house_account_cannot_say_is_refused_for_good(tmp_path: Path) -> None:
    backend = open_sqlite(new_ledger_file(tmp_path / "ledger.sqlite"))
    table = Table(backend, ANYHOW).fund(locked=9_000_000_000_000, bonus=9_000_000_000_000)
    table.bonus("u", code="cashback")

    result = table.result("bonus_forfeited", "f", 0, bet_ref="u", context={})

    assert result.status == Status.REFUSED
    backend.close()


def test_a_round_is_not_taken_along_to_the_next_bonus_by_a_real_stake() -> None:
    table = Table(BooksBackend(), ANYHOW).fund(real=0, bonus=10).bonus("first")
    table.bet("b1", 10, round_id="r")
    table.end_bonus("forfeited", "first")
    table.bonus("second", granted_us=NOON_US + 1)
    table.promotion("more", 10)
    assert table.bet("b2", 10, round_id="r") == Status.OK

    result = table.result("win", "w", 10, round_id="r")

    assert result.moved == {"real": 5_000_000}  # the half of a lost bonus is the house's


def test_a_free_bet_nobody_settles_keeps_no_bonus_from_its_end(
    ledger_backend: LedgerBackend, ledger_url: str
) -> None:
    table = Table(ledger_backend).fund(real=10)
    context = {"code": "cashback"}
    assert table.result("bonus_granted", "g", 5, bet_ref="u", context=context).status == "ok"
    table.bet("b1", 5)
    table.win("w1", "b1", 0)
    assert table.bet("free", 0) == Status.OK

    with reading(ledger_url) as connection:
        assert [one.bonus.bonus_id for one in played_through(connection)] == ["u"]


def test_a_hold_that_would_never_end_is_refused(ledger_backend: LedgerBackend) -> None:
    table = Table(ledger_backend).fund(real=10)
    context = {"expires_us": INT64_MAX + 1}

    assert table.result("hold", "h", 1, bet_ref="h", context=context).status == Status.REFUSED
