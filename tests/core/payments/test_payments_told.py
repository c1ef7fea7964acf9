"""What downstream is told of payments and the bonuses beside them."""

from __future__ import annotations

from pathlib import Path

from core.events.families.bonus import BonusClaimed, BonusForfeited
from core.events.families.payment import DepositApproved, DepositChargedBack
from core.ledger.backend import LedgerBackend
from core.ledger.calls import Status
from core.ledger.units import units
from core.ledger.wallets import set_state
from core.payments.desk import PaymentDesk
from core.payments.provider import Kind, Order
from core.payments.sandbox import DAY_US, SandboxProvider
from tests.core.ledger.desks import NOON_US, Table
from tests.core.ledger.told_events import told


def _order(kind: str = "deposit", instrument: str | None = None, payment_id: str = "p1") -> Order:
    return Order(
        payment_id=payment_id, player="anna", kind=Kind(kind), amount=units(20, "EUR"),
        currency="EUR", method="card", instrument_id=instrument,
    )  # fmt: skip


def _desk(backend: LedgerBackend) -> PaymentDesk:
    return PaymentDesk(Table(backend).fund(real=100).ledger, SandboxProvider())


def test_every_step_of_payments_and_bonuses_is_told_downstream(
    ledger_backend: LedgerBackend, ledger_url: str, tmp_path: Path
) -> None:
    desk = _desk(ledger_backend)
    desk.request(_order(instrument="sandbox-charge-back"), NOON_US, {"bonus_code": "welcome"})
    desk.request(_order(instrument="sandbox-decline", payment_id="p2"), NOON_US)
    desk.request(_order(payment_id="p3", instrument="sandbox-delay"), NOON_US)
    desk.cancel(_order(payment_id="p3"), NOON_US)
    table = Table(ledger_backend)
    table.result("bonus_granted", "g", 10, bet_ref="u1", context={"code": "welcome"})
    table.bet("b1", 1, context={"game_type": "slots"})
    table.rollback("r1", "b1")
    out = _order("withdrawal", payment_id="p4")
    desk.request(out, NOON_US)
    desk.release(out, NOON_US)
    desk.listen(NOON_US + DAY_US)

    said = _told(ledger_url, tmp_path)

    assert [name for name in said if not name.startswith("PrizePaid")] == [
        "DepositRequested 2000", "DepositRequested 2000", "DepositRequested 2000",
        "DepositCancelled 2000", "BonusClaimed 1000", "BetPlaced 100", "BonusWagered 100",
        "BetRolledBack 100", "BonusWagered -100", "WithdrawalRequested 2000",
        "BonusForfeited 1000", "WithdrawalApproved 2000", "DepositApproved 2000",
        "DepositDeclined 2000", "WithdrawalPaid 2000", "DepositChargedBack 2000",
    ]  # fmt: skip


def test_a_deposit_a_rule_refuses_is_told_as_asked_for_and_declined(
    ledger_backend: LedgerBackend, ledger_url: str, tmp_path: Path
) -> None:
    desk = _desk(ledger_backend)
    set_state(ledger_backend, "anna", "blocked")
    assert desk.request(_order(), NOON_US).status == Status.RULE
    assert desk.provider.state("p1", NOON_US) is None
    assert _told(ledger_url, tmp_path)[1:] == ["DepositRequested 2000", "DepositDeclined 2000"]


def test_a_charge_back_is_told_with_what_the_house_lost_and_the_bonus_it_ended(
    ledger_backend: LedgerBackend, ledger_url: str, tmp_path: Path
) -> None:
    table = Table(ledger_backend).fund()
    desk = PaymentDesk(table.ledger, SandboxProvider())
    order = _order(instrument="sandbox-charge-back")
    desk.request(order, NOON_US, {"bonus_code": "welcome"})
    desk.listen(NOON_US)
    context = {"code": "welcome", "deposit_id": "p1"}
    assert table.result("bonus_granted", "g", 10, bet_ref="u1", context=context).status == "ok"
    table.bet("b1", "12.505")
    desk.listen(NOON_US + DAY_US)

    facts = {type(event.fact): event.fact for event in told(ledger_url, tmp_path)}

    back, claimed, lost = facts[DepositChargedBack], facts[BonusClaimed], facts[BonusForfeited]
    assert isinstance(back, DepositChargedBack)
    assert (back.amount_minor, back.house_loss_minor) == (2_000, 1_251)  # 7.49 were there, whole
    assert isinstance(claimed, BonusClaimed)
    assert claimed.deposit_id == "p1"
    assert isinstance(lost, BonusForfeited)
    assert (lost.user_bonus_id, lost.reason) == ("u1", "charge_back")
    approved = facts[DepositApproved]
    assert isinstance(approved, DepositApproved)
    assert approved.bonus_code == "welcome"


def _told(url: str, tmp_path: Path) -> list[str]:
    """What the relay writes to a log: each fact's name and its amount, or its progress."""
    facts = [event.fact for event in told(url, tmp_path)]
    return [
        f"{type(fact).__name__} {getattr(fact, 'wagered_minor', getattr(fact, 'amount_minor', 0))}"
        for fact in facts
    ]
