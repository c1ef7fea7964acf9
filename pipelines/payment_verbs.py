"""What `evenhand wallet deposit`, `withdraw` and `settle` do, through the sandbox provider.

Way: command line -> here -> core.payments.desk -> ledger; each step is printed as it happens.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import uuid4

import msgspec
from rich import get_console
from rich.table import Table
from rich.text import Text

from core.clock import Clock, SystemClock
from core.compliance.opening import guards_of, packs_in
from core.compliance.requests.money import Deposit
from core.ledger.bonus_sweeping import (
    complete_bonuses,
    ended_bonuses,
    expire_bonuses,
    played_through,
)
from core.ledger.calls import Result, Status
from core.ledger.ledger import Ledger
from core.ledger.open_ledger import open_backend
from core.ledger.reading import reading
from core.ledger.reads import balances
from core.ledger.units import units, units_text
from core.payments.desk import Heard, PaymentDesk
from core.payments.polling import Since, poll, unsettled
from core.payments.provider import Kind, Notice, Order
from core.payments.sandbox import SandboxProvider
from core.registers.asking import Registrar
from core.settings import settings_from
from pipelines.ledger_verbs import ledger_url
from pipelines.register_telling import asking_of

SANDBOX_FILE = "sandbox_payments.sqlite"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A payment as it is typed; an empty id makes a new payment."""

    player: str
    amount: str
    currency: str
    instrument: str | None = None
    payment_id: str = ""

    def order(self, kind: Kind) -> Order:
        """Return it as an order.

        Raises:
            MoneyError: the amount is none, or there is no such currency.
        """
        return Order(
            payment_id=self.payment_id or str(uuid4()), player=self.player, kind=kind,
            amount=units(self.amount, self.currency), currency=self.currency, method="card",
            instrument_id=self.instrument,
        )  # fmt: skip


def pay(url: str, asked: Asked, kind: Kind, clock: Clock | None = None) -> bool:
    """Bring a payment as far as the sandbox takes it; return whether it was taken at all."""
    now_us, order = _now_us(clock), asked.order(kind)
    get_console().print(f"{kind} {order.payment_id}")
    with _desk(url) as desk:
        result = desk.request(order, now_us)
        _print_step("requested", result, order.currency)
        if kind is Kind.WITHDRAWAL and result.status is Status.OK:
            result = desk.release(order, now_us)
            _print_step("approved", result, order.currency)
        if result.status is Status.OK:
            _print_heard(desk.listen(now_us))
    _print_balances(url, order.player)
    return result.status is Status.OK


def settle(url: str, charged_back_days: float, clock: Clock | None = None) -> bool:
    """Hear what was sent, ask for what was lost, end bonuses; return whether nobody must look."""
    now_us, console = _now_us(clock), get_console()
    since = Since(now_us + 1, now_us - int(charged_back_days * 86_400_000_000))
    with _desk(url) as desk:
        _print_heard(desk.listen(now_us))
        with reading(ledger_url(url)) as connection:
            waiting = list(unsettled(connection, desk.provider.name, since))
        with console.status(f"asking for {len(waiting)} payments"):
            polled = poll(desk, waiting, now_us)
        _print_heard(polled.done)
        _sweep_bonuses(desk.ledger, url, now_us)
    console.print(f"{polled.waiting} wait for the provider, {polled.begun} begun again")
    for heard in polled.disagreeing:
        console.print(Text(f"look: {_named(heard.notice)}: {heard.result.detail}"))
    return not polled.disagreeing


def _sweep_bonuses(ledger: Ledger, url: str, now_us: int) -> None:
    with reading(ledger_url(url)) as connection:
        through = list(played_through(connection))
        over = list(ended_bonuses(connection, now_us))
    completed = complete_bonuses(ledger, through, now_us)
    expired = expire_bonuses(ledger, over, now_us)
    get_console().print(f"{completed.done} bonuses completed, {expired.done} expired")


@contextmanager
def _desk(url: str) -> Iterator[PaymentDesk]:
    """Open the ledger and the sandbox's own file in the home."""
    sandbox = SandboxProvider(settings_from().home / SANDBOX_FILE)
    with (
        closing(open_backend(ledger_url(url))) as backend,
        closing(sandbox) as provider,
        asking_of(backend) as asking,
    ):
        guards = guards_of(ledger_url(url), backend, *packs_in(os.environ))
        desk = PaymentDesk(Ledger(backend, guards), provider)
        if isinstance(asking, Registrar):
            desk = replace(desk, before_deposit=partial(_asked_first, asking))
        yield desk


def _asked_first(registrar: Registrar, order: Order, at_us: int) -> None:
    deposit = Deposit(
        at_us=at_us, payment_id=order.payment_id, amount=order.amount, currency=order.currency
    )
    registrar.prepare(order.player, deposit)


def _now_us(clock: Clock | None) -> int:
    return ((clock or SystemClock()).now() - _EPOCH) // _MICROSECOND


def _print_heard(heard: Iterable[Heard]) -> None:
    for one in heard:
        _print_step(_named(one.notice), one.result, one.notice.currency)


def _named(notice: Notice) -> str:
    reason = f" ({notice.reason})" if notice.reason else ""
    amount = f"{units_text(notice.amount, notice.currency)} {notice.currency}"
    return f"{notice.kind} {notice.payment_id} {notice.step}{reason} {amount}"


def _print_step(what: str, result: Result, currency: str) -> None:
    said = "again, changes nothing" if result.is_replay else str(result.status)
    moved = ", ".join(
        f"{fund} {'+' * (change > 0)}{units_text(change, currency)}"
        for fund, change in result.moved.items()
    )
    parts = filter(None, (said, "" if result.is_replay else moved, result.detail))
    get_console().print(Text(f"  {what}: {'; '.join(parts)}"), soft_wrap=True)


def _print_balances(url: str, player: str) -> None:
    table = Table("fund", "balance")
    with reading(ledger_url(url)) as connection:
        for held in balances(connection, player):
            if held.balance:
                table.add_row(
                    held.fund, f"{units_text(held.balance, held.currency)} {held.currency}"
                )
    get_console().print(table)
