"""What every backend of the ledger promises, on genuine databases."""

from __future__ import annotations

from core.ledger.backend import LedgerBackend
from core.ledger.calls import Action, Call, Status
from core.ledger.ledger import Ledger
from core.ledger.rows import Fund
from core.ledger.units import units
from core.ledger.wallets import open_wallet


def _call(player: str, *actions: Action) -> Call:
    return Call("provider", player, "EUR", actions, at_us=1_000)


def test_a_bet_is_taken_and_answered_again(ledger_backend: LedgerBackend) -> None:
    open_wallet(ledger_backend, "anna", "EUR", 1)
    ledger = Ledger(ledger_backend)
    ledger.post_one(_call("anna", Action("promotion", "p1", units("10", "EUR"))))
    bet = _call("anna", Action("bet", "t1", units("4", "EUR"), bet_ref="b1", round_id="r1"))

    first, second = ledger.post_one(bet), ledger.post_one(bet)

    assert first.results[0].status is Status.OK
    assert second.results[0].is_replay
    assert second.results[0].movement_id == first.results[0].movement_id
    assert second.balances[Fund.REAL] == units("6", "EUR")
