"""Money changed between currencies: exact, rounded down, each currency sums to zero."""

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.events.families.payment import CurrencyExchanged
from core.ledger.audit import audit
from core.ledger.backend import LedgerBackend
from core.ledger.calls import Status
from core.ledger.operations.exchange import bought
from core.ledger.reading import reading
from core.ledger.snapshots import disagreements, totals
from tests.core.ledger.desks import BooksBackend, Table
from tests.core.ledger.told_events import told

EXAMPLES = int(os.environ.get("EVENHAND_EXAMPLES", "400"))


def test_an_exchange_moves_both_currencies_and_each_sums_to_zero(
    ledger_backend: LedgerBackend, ledger_url: str
) -> None:
    euro = Table(ledger_backend).fund(real=10)
    crowns = euro.seat("anna", "SEK").fund(real=1)

    assert euro.result("exchange", "x1", 4, bet_ref="SEK@11.2345").moved == {"real": -4_000_000}

    assert (euro.held()[0], crowns.held()[0]) == (6, 45.938)
    assert euro.result("exchange", "x1", 4, bet_ref="SEK@11.2345").is_replay
    assert euro.result("exchange", "x1", 4, bet_ref="SEK@12").status == Status.CONFLICT
    assert (euro.held()[0], crowns.held()[0]) == (6, 45.938)
    with reading(ledger_url) as connection:
        assert audit(connection) == []
        assert not list(disagreements(connection))
        assert totals(connection) == {"EUR": 0, "SEK": 0}


def test_an_exchange_is_told_in_both_currencies_and_each_adds_up_to_its_balance(
    ledger_backend: LedgerBackend, ledger_url: str, tmp_path: Path
) -> None:
    euro = Table(ledger_backend).fund(real=10)
    crowns = euro.seat("anna", "SEK").fund(real=1)
    for number in range(3):
        euro.result("exchange", f"x{number}", "0.333333", bet_ref="SEK@11.2345")
    balances = {"EUR": euro.held()[0], "SEK": crowns.held()[0]}

    events = told(ledger_url, tmp_path, lambda currency: {"EUR": 10**6, "SEK": 89_011}[currency])

    facts = [event.fact for event in events if isinstance(event.fact, CurrencyExchanged)]
    assert [fact.side for fact in facts] == ["sold", "bought"] * 3
    assert {fact.exchange_rate_e6 for fact in facts if fact.currency == "SEK"} == {89_011}
    assert {fact.rate for fact in facts} == {"11.2345"}
    sold, bought = facts[:2]
    assert (sold.exchange_id, bought.exchange_id) == ("x0", "x0")
    assert (sold.amount_minor, sold.other_amount, sold.other_currency) == (34, "3.74", "SEK")
    assert (bought.amount_minor, bought.other_amount, bought.other_currency) == (374, "0.34", "EUR")
    for currency, start in (("EUR", 1_000), ("SEK", 100)):
        signs = {"sold": -1, "bought": 1}
        moved = sum(signs[f.side] * f.amount_minor for f in facts if f.currency == currency)
        assert start + moved == int(balances[currency] * 100)


@pytest.mark.parametrize(
    ("reference", "amount", "status"),
    [
        ("EUR@1", 1, "refused"), ("USD@1", 1, "currency_unknown"), ("SEK", 1, "refused"),
        ("SEK@0", 1, "refused"), ("SEK@-1", 1, "refused"), ("SEK@1e3", 1, "refused"),
        ("SEK@11", 0, "refused"), ("SEK@11", 11, "insufficient_funds"),
        ("SEK@0.1", "0.000001", "refused"), ("SEK@99999999999999", 10, "refused"),
        ("", 1, "currency_unknown"),
    ],
)  # fmt: skip
def test_an_exchange_that_cannot_be_moves_nothing(
    reference: str, amount: object, status: str
) -> None:
    euro = Table(BooksBackend()).fund(real=10)
    crowns = euro.seat("anna", "SEK").fund(real=1)
    assert euro.result("exchange", "x", amount, bet_ref=reference).status == status  # type: ignore[arg-type]
    assert (euro.held()[0], crowns.held()[0]) == (10, 1)


@settings(max_examples=EXAMPLES)
@given(st.integers(1, 10**12), st.integers(1, 10**18))
def test_an_exchange_gives_what_the_rate_says_rounded_down_and_never_a_unit_less(
    amount: int, rate: int
) -> None:
    there = bought(amount, f"{rate // 10**12}.{rate % 10**12:012d}", "EUR", "SEK")
    exact = amount * rate  # of SEK, in units of a rate's last place
    assert there * 10**12 <= exact < (there + 1) * 10**12
