"""Payments asked for again with something else, and a provider that mixes two up."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import pytest

from core.ledger.backend import LedgerBackend
from core.ledger.calls import RetryableError, Status
from core.ledger.reading import reading
from core.ledger.rows import Payment
from core.ledger.units import units
from core.payments.desk import PaymentDesk
from core.payments.polling import Since, poll, unsettled
from core.payments.provider import Kind, Notice, Order
from core.payments.sandbox import SandboxProvider
from tests.core.ledger.desks import NOON_US, BooksBackend, Table


class _WatchedProvider(SandboxProvider):
    """Remembers what it was handed; the first time it may die before it has taken it."""

    def __init__(self, *, is_deaf: bool = False) -> None:
        super().__init__()
        self.handed: list[Order] = []
        self.is_deaf = is_deaf

    def begin(self, order: Order, at_us: int) -> None:
        self.handed.append(order)
        if self.is_deaf:
            self.is_deaf = False
            raise RetryableError("the line is cut")
        super().begin(order, at_us)


def _order(kind: Kind, player: str = "anna") -> Order:
    return Order(
        payment_id="p1", player=player, kind=kind, amount=units(20, "EUR"), currency="EUR",
        method="card", instrument_id="card-1",
    )  # fmt: skip


def test_a_payout_goes_where_it_was_asked_for_whatever_its_release_says() -> None:
    provider = _WatchedProvider()
    desk = PaymentDesk(Table(BooksBackend()).fund(real=100).ledger, provider)
    asked = _order(Kind.WITHDRAWAL)
    desk.request(asked, NOON_US)
    other = msgspec.structs.replace(asked, instrument_id="card-of-a-thief", amount=0, method="x")

    assert desk.release(other, NOON_US).status == Status.OK

    assert provider.handed == [asked]


def test_a_deposit_begun_again_is_the_one_that_was_written_down() -> None:
    provider = _WatchedProvider(is_deaf=True)
    desk = PaymentDesk(Table(BooksBackend()).fund().ledger, provider)
    asked = _order(Kind.DEPOSIT)
    with pytest.raises(RetryableError):
        desk.request(asked, NOON_US)

    other = msgspec.structs.replace(asked, instrument_id="another")
    assert desk.request(other, NOON_US).is_replay

    assert provider.handed == [asked, asked]


class _MixedUpProvider(SandboxProvider):
    """Tells the first player's story to whoever asks for a payment of that id."""

    def state(self, payment_id: str, now_us: int) -> Sequence[Notice] | None:
        story = super().state(payment_id, now_us)
        return story and [msgspec.structs.replace(said, player="anna") for said in story]


def test_two_players_with_one_payment_id_are_shown_to_people(
    ledger_backend: LedgerBackend, ledger_url: str
) -> None:
    anna = Table(ledger_backend).fund()
    anna.seat("bert").fund()
    desk = PaymentDesk(anna.ledger, _MixedUpProvider())
    for player in ("anna", "bert"):
        desk.request(_order(Kind.DEPOSIT, player), NOON_US)
    desk.listen(NOON_US)

    with reading(ledger_url) as connection:
        waiting = list(unsettled(connection, "sandbox", Since(NOON_US + 1)))
    polled = poll(desk, waiting, NOON_US + 1)

    assert [payment.player for payment in waiting] == ["bert"]
    [shown] = polled.disagreeing
    assert (shown.result.status, shown.notice.player) == (Status.OTHER_PLAYERS, "anna")
    assert "bert" in shown.result.detail
    assert anna.row(Payment, "bert", "p1").state == "requested"
