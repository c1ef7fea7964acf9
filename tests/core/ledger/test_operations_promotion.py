"""What the house gives: real money, or a bonus by a code; nothing refuses it."""

from dataclasses import replace
from pathlib import Path

import pytest

from core.events.families.bonus import BonusClaimed
from core.events.families.game import BetWon, PrizePaid
from core.ledger.audit import audit
from core.ledger.backend import LedgerBackend
from core.ledger.calls import Result, Status
from core.ledger.reading import reading
from core.ledger.rows import Bonus
from core.ledger.wallets import set_state
from core.money import INT64_MAX
from tests.core.ledger.desks import DAY_US, BooksBackend, Table
from tests.core.ledger.told_events import told


def _won(table: Table, name: str, amount: str | int = 5, code: str = "welcome") -> Result:
    context = {"promotion": "freespins", "bonus_code": code}
    return table.result("promotion", name, amount, context=context)


def test_the_first_becomes_a_bonus_and_the_next_is_locked_with_it(
    ledger_backend: LedgerBackend, ledger_url: str, tmp_path: Path
) -> None:
    table = Table(ledger_backend).fund(real=1)
    first = _won(table, "w1")
    assert _won(table, "w1").is_replay
    assert _won(table, "w1", 6).status == Status.CONFLICT
    _won(table, "w2", 2)
    _won(table, "w3", 3, code="")

    assert table.held() == (4, 2, 5)
    bonus = table.row(Bonus, "anna", f"won {first.movement_id}")
    assert (bonus.granted, bonus.wagering_required) == (5_000_000, 175_000_000)
    with reading(ledger_url) as connection:
        assert audit(connection) == []
    facts = [event.fact for event in told(ledger_url, tmp_path)][1:]
    assert [type(fact) for fact in facts] == [BonusClaimed, BetWon, PrizePaid]
    claimed, won, paid = facts
    assert isinstance(claimed, BonusClaimed)
    assert (claimed.amount_minor, claimed.required_wagering_minor) == (500, 17_500)
    assert isinstance(won, BetWon)
    assert (won.amount_minor, won.wager_minor, won.locked_wager_minor) == (200, 0, 200)
    assert isinstance(paid, PrizePaid)
    assert paid.amount_minor == 300


def test_one_asked_again_after_the_setting_changed_is_paid_once() -> None:
    table = Table(BooksBackend()).fund(real=1)
    assert _won(table, "w1", code="").moved == {"real": 5_000_000}

    assert _won(table, "w1").is_replay
    assert table.held() == (6, 0, 0)


def test_beside_a_bonus_that_is_over_it_is_real_money() -> None:
    table = Table(BooksBackend()).fund(real=1)
    _won(table, "w1")
    late = replace(table, at_us=table.at_us + 30 * DAY_US)

    _won(late, "w2", 2)

    assert table.held() == (3, 0, 5)


@pytest.mark.parametrize(
    ("currency", "code", "amount"),
    [("NOK", "welcome", 5), ("EUR", "of nobody", 5), ("EUR", "welcome", INT64_MAX // 10**7)],
)
def test_what_cannot_be_a_bonus_is_real_money(currency: str, code: str, amount: int) -> None:
    table = Table(BooksBackend(), currency=currency).fund()
    set_state(table.backend, "anna", "blocked")

    assert _won(table, "w1", amount, code).status == Status.OK

    assert table.held() == (amount, 0, 0)
