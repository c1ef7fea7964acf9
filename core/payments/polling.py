"""Settles payments whose notice was lost. Way: ledger -> reading -> here -> provider -> desk.

A payment that waits too long is asked for. One the provider never heard of is begun again; one it
has decided is brought on; where the two cannot agree (it approved what the player had left), people
must look: the money is at the provider and nowhere here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import and_, or_, select
from sqlalchemy.engine import Connection

from core.ledger.calls import Result, Status
from core.ledger.rows import Payment
from core.ledger.schema import table_of
from core.payments.desk import Heard, PaymentDesk, order_of
from core.payments.provider import Kind, Notice

_PAYMENT = table_of(Payment).c


@dataclass(frozen=True, slots=True)
class Since:
    """Which payments are asked for (UTC microseconds).

    Those waiting that last changed before `waiting_before_us`, and ended deposits that changed at
    `ended_from_us` or later: they may have been charged back, or approved after they were left.
    """

    waiting_before_us: int
    ended_from_us: int = 2**62


@dataclass(frozen=True, slots=True)
class Polled:
    """What a poll came to: steps done, payments begun again, still waiting, disagreeing."""

    done: tuple[Heard, ...] = ()
    begun: int = 0
    waiting: int = 0
    disagreeing: tuple[Heard, ...] = ()


def unsettled(connection: Connection, vendor_id: str, since: Since) -> Iterator[Payment]:
    """Yield a provider's payments to be asked for, longest unchanged first."""
    with_provider = or_(
        and_(_PAYMENT.kind == Kind.DEPOSIT, _PAYMENT.state == "requested"),
        and_(_PAYMENT.kind == Kind.WITHDRAWAL, _PAYMENT.state == "approved"),
    )
    waiting = and_(with_provider, _PAYMENT.changed_us < since.waiting_before_us)
    ended = and_(
        _PAYMENT.kind == Kind.DEPOSIT,
        _PAYMENT.state.in_(("approved", "cancelled", "declined")),
        _PAYMENT.changed_us >= since.ended_from_us,
    )
    wanted = select(table_of(Payment)).where(
        _PAYMENT.vendor_id == vendor_id, or_(waiting, ended)
    ).order_by(_PAYMENT.changed_us, _PAYMENT.player, _PAYMENT.payment_id)  # fmt: skip
    for row in connection.execute(wanted).mappings():
        yield Payment(**row)


def poll(desk: PaymentDesk, payments: Iterable[Payment], now_us: int) -> Polled:
    """Ask the provider for payments and do what it says; polling again changes nothing.

    Raises:
        RetryableError: the provider or the ledger does not answer; poll again.
    """
    done, disagreeing = list[Heard](), list[Heard]()
    begun = waiting = 0
    for payment in payments:
        story = desk.provider.state(payment.payment_id, now_us)
        if story is None:
            if _is_with_provider(payment):
                begun += desk.begin_again(order_of(payment), payment.state, now_us)
            continue
        if of_others := list(_of_others(payment, story)):
            disagreeing += of_others
            continue
        heard = desk.catch_up(payment.payment_id, now_us)
        waiting += not heard and _is_with_provider(payment)
        done += [one for one in heard if one.is_news]
        disagreeing += [one for one in heard if one.result.status is not Status.OK]
    return Polled(tuple(done), begun, waiting, tuple(disagreeing))


def _of_others(payment: Payment, story: Sequence[Notice]) -> Iterator[Heard]:
    """Yield what was told of somebody else's payment: two that bear one id at the provider."""
    ours = (payment.player, payment.kind, payment.currency)
    for said in story:
        if (said.player, said.kind, said.currency) != ours:
            detail = f"told when {payment.kind} {payment.payment_id} of {payment.player} was asked"
            yield Heard(said, Result(status=Status.OTHER_PLAYERS, detail=f"{detail} for"))


def _is_with_provider(payment: Payment) -> bool:
    return (payment.kind, payment.state) in {("deposit", "requested"), ("withdrawal", "approved")}
