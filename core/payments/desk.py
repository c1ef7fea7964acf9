"""Brings payments through their lives. Way: player, provider's notices -> here -> ledger, provider.

    deposit      request -> ledger, provider begins -> notices -> ledger
    withdrawal   request -> ledger; release -> ledger, provider begins -> notices -> ledger

The ledger is asked first: a crash between it and the provider leaves a payment the provider does
not know, which `core.payments.polling` begins again. Each step has one transaction id, the
payment's, whoever reports it: a notice, its double and a poll's answer are one step.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from core.ledger.books import Wanted
from core.ledger.calls import Action, Call, Result, Status
from core.ledger.ledger import Ledger
from core.ledger.rows import Payment
from core.payments.provider import Kind, Notice, Order, PaymentProvider


@dataclass(frozen=True, slots=True)
class Heard:
    """A notice and what the ledger made of it; `is_news` if it moved the payment on."""

    notice: Notice
    result: Result

    @property
    def is_news(self) -> bool:
        """Whether the payment went on by it."""
        return self.result.status is Status.OK and not self.result.is_replay


def _nothing(_order: Order, _at_us: int) -> None:
    """Ask nobody."""


@dataclass(frozen=True, slots=True)
class PaymentDesk:
    """One provider's payments in one ledger.

    `before_deposit` is called before the ledger is asked: whom the rules want asked first, such as
    a register of limits across operators. What it finds is for the ledger's guards to judge.
    """

    ledger: Ledger
    provider: PaymentProvider
    before_deposit: Callable[[Order, int], None] = _nothing

    def request(self, order: Order, at_us: int, context: Mapping[str, str] | None = None) -> Result:
        """Write down what a player asks for; a deposit begins at once.

        `context` goes into the event (device_id, session_id, bonus_code).

        Raises:
            RetryableError: ask again with the same order.
        """
        if order.kind is Kind.DEPOSIT:
            self.before_deposit(order, at_us)
        said = {**(context or {}), "method": order.method, "instrument_id": order.instrument_id}
        result = self._post(order, "requested", at_us, said)
        if order.kind is Kind.DEPOSIT:
            self._begin(order, result, "requested", at_us)
        return result

    def release(self, order: Order, at_us: int) -> Result:
        """Approve a withdrawal and hand it to the provider, as it was asked for and no other.

        Raises:
            RetryableError: release it again.
        """
        result = self._post(order, "approved", at_us, {})
        self._begin(order, result, "approved", at_us)
        return result

    def cancel(self, order: Order, at_us: int) -> Result:
        """Let the player leave a deposit, or take a withdrawal back before it is released."""
        return self._post(order, "cancelled", at_us, {})

    def decline(self, order: Order, at_us: int, reason: str) -> Result:
        """Refuse a payment as the operator; of a released withdrawal only the provider can."""
        return self._post(order, "declined", at_us, {"reason": reason, "by": "operator"})

    def hear(self, notice: Notice, at_us: int) -> list[Heard]:
        """Do what a provider says; what does not lead on makes the desk ask for the whole story.

        So a charge-back that overtook its approval is not lost.

        Raises:
            RetryableError: nothing is known to have been done; hear it again.
        """
        heard = Heard(notice, self._step(notice, at_us))
        if heard.result.status is not Status.STATE:
            return [heard]
        return self.catch_up(notice.payment_id, at_us) or [heard]

    def catch_up(self, payment_id: str, at_us: int) -> list[Heard]:
        """Do all that the provider has decided of a payment, in order; what was done stays so."""
        story = self.provider.state(payment_id, at_us) or ()
        return [Heard(notice, self._step(notice, at_us)) for notice in story]

    def listen(self, now_us: int) -> list[Heard]:
        """Hear all that the provider has sent.

        Raises:
            RetryableError: what was not heard yet is found by asking (core.payments.polling).
        """
        return [
            heard for notice in self.provider.notices(now_us) for heard in self.hear(notice, now_us)
        ]

    def begin_again(self, order: Order, state: str, at_us: int) -> bool:
        """Hand a payment over if it still stands in a state; say whether it did.

        What is handed over is what the ledger wrote down, whatever else the order says.
        """
        wanted = Wanted()
        wanted.add(Payment, order.player, order.payment_id)
        payment = self.ledger.look(wanted).get(Payment, order.player, order.payment_id)
        if payment is None or payment.state != state:
            return False
        self.provider.begin(order_of(payment), at_us)
        return True

    def _begin(self, order: Order, result: Result, state: str, at_us: int) -> None:
        """Hand a payment over; asked for again, only if it has not gone on or ended since."""
        if result.status is Status.OK:
            self.begin_again(order, state, at_us)

    def _step(self, notice: Notice, at_us: int) -> Result:
        return self._post(notice, notice.step, at_us, {"reason": notice.reason})

    def _post(
        self, about: Order | Notice, step: str, at_us: int, context: Mapping[str, str | None]
    ) -> Result:
        action = Action(
            f"{about.kind}_{step}", about.payment_id, about.amount, bet_ref=about.payment_id,
            scope=about.player, context=context,
        )  # fmt: skip
        name, policy = self.provider.name, self.provider.policy
        call = Call(name, about.player, about.currency, (action,), at_us, policy=policy)
        return self.ledger.post_one(call).results[-1]


def order_of(payment: Payment) -> Order:
    """Return the order a payment came from."""
    return Order(
        payment_id=payment.payment_id, player=payment.player, kind=Kind(payment.kind),
        amount=payment.amount, currency=payment.currency, method=payment.method,
        instrument_id=payment.instrument_id,
    )  # fmt: skip
