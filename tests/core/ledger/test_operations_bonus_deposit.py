"""A bonus and the deposit that funded it: linked at the grant, ended by its charge-back."""

from dataclasses import replace

import pytest

from core.bonuses.codes import welcome
from core.bonuses.terms import faults, known_terms
from core.ledger.audit import audit
from core.ledger.backend import LedgerBackend
from core.ledger.calls import Result, Status
from core.ledger.reading import reading
from core.ledger.rows import Bonus
from tests.core.ledger.desks import BooksBackend, Table


def _deposited(backend: LedgerBackend, name: str = "d1", currency: str = "EUR") -> Table:
    """Anna has paid in 20 and nothing else."""
    table = Table(backend, provider="bank", currency=currency).fund()
    for step in ("requested", "approved"):
        assert _step(table, f"deposit_{step}", name).status == Status.OK
    return table


def _step(table: Table, operation: str, name: str = "d1", amount: int = 20) -> Result:
    return table.result(operation, f"{operation} {name}", amount, bet_ref=name)


def _grant(table: Table, deposit: str | None = "d1", name: str = "u1") -> Result:
    context = {"code": "welcome", "deposit_id": deposit}
    return table.result("bonus_granted", f"grant {name}", 10, bet_ref=name, context=context)


def test_a_charge_back_ends_the_bonus_its_deposit_funded(
    ledger_backend: LedgerBackend, ledger_url: str
) -> None:
    table = _deposited(ledger_backend)
    assert _grant(table).status == Status.OK
    assert table.row(Bonus, "anna", "u1").funded_by == "d1"
    table.bet("b1", 25)  # 20 real, 5 bonus
    table.win("w1", "b1", 10)  # 8 real, 2 locked
    assert table.held() == (8, 2, 5)

    result = _step(table, "deposit_charged_back")

    assert (result.status, table.held()) == (Status.OK, (0, 0, 0))
    assert result.detail == "the house lost 12.000000 EUR; bonus u1 is forfeited"
    assert table.row(Bonus, "anna", "u1").state == "forfeited"
    assert _step(table, "deposit_charged_back").is_replay
    with reading(ledger_url) as connection:
        assert audit(connection) == []


def test_what_an_open_bet_of_it_wins_later_is_the_houses(ledger_backend: LedgerBackend) -> None:
    table = _deposited(ledger_backend)
    _grant(table)
    table.bet("b1", 30)  # 20 real, 10 bonus
    _step(table, "deposit_charged_back")

    assert table.win("w1", "b1", 30) == Status.OK

    assert table.held() == (20, 0, 0)


@pytest.mark.parametrize("deposit", ["d2", None])
def test_a_bonus_that_was_not_granted_for_it_goes_on(deposit: str | None) -> None:
    table = _deposited(BooksBackend())
    _deposited(table.backend, "d2")
    _grant(table, deposit)

    assert _step(table, "deposit_charged_back").detail == ""

    assert table.row(Bonus, "anna", "u1").state == "active"
    assert table.held() == (20, 0, 10)


def test_terms_may_keep_a_bonus_whose_deposit_is_taken_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    known_terms.cache_clear()
    monkeypatch.setattr(welcome, "WELCOME", replace(welcome.WELCOME, on_charge_back="keep"))
    table = _deposited(BooksBackend())
    _grant(table)

    _step(table, "deposit_charged_back")

    assert table.held() == (0, 0, 10)
    monkeypatch.undo()
    known_terms.cache_clear()
    assert known_terms()["welcome"].on_charge_back == "forfeit"


def test_terms_say_nothing_else_of_a_charge_back() -> None:
    wrong = replace(known_terms()["welcome"], on_charge_back="perhaps")  # type: ignore[arg-type]

    assert [fault for fault in faults(wrong) if "on_charge_back" in fault]


def test_a_grant_names_a_deposit_of_the_player_that_has_come_and_stayed() -> None:
    table = _deposited(BooksBackend())
    crowns = _deposited(table.backend, "d2", "SEK")
    bert = table.seat("bert").fund()
    _step(table, "deposit_requested", "d3")
    _step(table, "withdrawal_requested", "w1", 5)

    assert _grant(table, "nothing").status == Status.STATE
    assert _grant(table, "w1").status == Status.STATE
    assert _grant(table, "d3").status == Status.STATE
    assert _grant(table, "d2").status == Status.OTHER_PLAYERS
    assert _grant(bert, "d1").status == Status.STATE
    _step(table, "deposit_charged_back")
    assert _grant(table).status == Status.STATE
    assert _grant(crowns, "d2").status == Status.OK


def test_a_bonus_played_through_is_not_lost_by_a_payout_before_it_was_swept() -> None:
    table = _deposited(BooksBackend())
    _grant(table)
    table.bonus("u1", code="welcome", wagered=350_000_000, wagering_required=350_000_000)

    assert table.result("withdrawal_requested", "t", 5, bet_ref="p9").status == Status.OK

    assert table.row(Bonus, "anna", "u1").state == "active"
    assert table.held() == (15, 0, 10)
