"""Payments end to end through the sandbox: declined, late, doubled, lost, charged back, crashed."""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.ledger.audit import audit
from core.ledger.backend import LedgerBackend
from core.ledger.books import Books
from core.ledger.calls import Action, Call, RetryableError, Status
from core.ledger.guard import CheckGuard, Found
from core.ledger.ledger import Ledger
from core.ledger.reading import reading
from core.ledger.rows import Account, Fund, Payment
from core.ledger.units import units
from core.payments.desk import PaymentDesk
from core.payments.polling import Polled, Since, poll, unsettled
from core.payments.provider import Kind, Notice, Order, Step
from core.payments.sandbox import DAY_US, HOUR_US, SCRIPTS, SandboxProvider, script_of
from tests.core.ledger.desks import NOON_US, BooksBackend, Table

EXAMPLES = int(os.environ.get("EVENHAND_EXAMPLES", "400"))


def _order(kind: str = "deposit", instrument: str | None = None, **more: object) -> Order:
    said: dict[str, object] = {
        "payment_id": "p1", "player": "anna", "kind": Kind(kind), "amount": units(20, "EUR"),
        "currency": "EUR", "method": "card", "instrument_id": instrument,
    }  # fmt: skip
    return Order(**{**said, **more})  # type: ignore[arg-type]


def _desk(backend: LedgerBackend, provider: SandboxProvider | None = None) -> PaymentDesk:
    table = Table(backend).fund(real=100)
    return PaymentDesk(table.ledger, provider or SandboxProvider())


def _held(desk: PaymentDesk) -> tuple[float, float]:
    table = Table(desk.ledger.backend)
    found = (table.row(Account, "anna", "EUR", fund).balance for fund in (Fund.REAL, Fund.PENDING))
    real, pending = (balance / 1_000_000 for balance in found)
    return real, pending


def _state(desk: PaymentDesk, payment_id: str = "p1") -> str:
    return Table(desk.ledger.backend).row(Payment, "anna", payment_id).state


def _poll(desk: PaymentDesk, url: str, now_us: int, ended_from_us: int = 2**62) -> Polled:
    with reading(url) as connection:
        found = list(unsettled(connection, "sandbox", Since(now_us, ended_from_us)))
    return poll(desk, found, now_us)


def _sound(url: str) -> None:
    with reading(url) as connection:
        assert audit(connection) == []


@pytest.mark.parametrize(
    ("instrument", "held"),
    [
        (None, (120, 120, 120, 120)),
        ("sandbox-decline", (100, 100, 100, 100)),
        ("sandbox-decline-issuer", (100, 100, 100, 100)),
        ("sandbox-delay", (100, 120, 120, 120)),
        ("sandbox-duplicate", (120, 120, 120, 120)),
        ("sandbox-charge-back", (120, 120, 100, 100)),
        ("sandbox-lost", (100, 100, 100, 100)),
        ("sandbox-less", (110, 110, 110, 110)),
        ("sandbox-charge-back-first", (100, 100, 100, 100)),
    ],
)
def test_a_deposit_ends_as_the_sandbox_was_told(
    ledger_backend: LedgerBackend,
    ledger_url: str,
    instrument: str | None,
    held: tuple[int, ...],
) -> None:
    desk = _desk(ledger_backend)
    assert desk.request(_order(instrument=instrument), NOON_US).status == Status.OK
    for wait_us, after in zip((0, HOUR_US, DAY_US, 2 * DAY_US), held, strict=True):
        desk.listen(NOON_US + wait_us)
        assert _held(desk) == (after, 0)
    _sound(ledger_url)


@pytest.mark.parametrize(
    ("instrument", "held", "state"),
    [
        (None, (80, 0), "paid"),
        ("sandbox-decline", (100, 0), "declined"),
        ("sandbox-duplicate", (80, 0), "paid"),
        ("sandbox-delay", (80, 20), "approved"),
        ("sandbox-less", (80, 0), "paid"),
        ("sandbox-charge-back", (80, 0), "paid"),
    ],
)
def test_a_withdrawal_ends_as_the_sandbox_was_told(
    ledger_backend: LedgerBackend,
    ledger_url: str,
    instrument: str | None,
    held: tuple[float, float],
    state: str,
) -> None:
    desk, order = _desk(ledger_backend), _order("withdrawal", instrument)
    assert desk.request(order, NOON_US).status == Status.OK
    desk.listen(NOON_US)
    assert (_held(desk), _state(desk)) == ((80, 20), "requested")
    assert desk.release(order, NOON_US).status == Status.OK
    desk.listen(NOON_US)
    assert (_held(desk), _state(desk)) == (held, state)
    _sound(ledger_url)


def test_a_lost_notice_is_found_by_asking(ledger_backend: LedgerBackend, ledger_url: str) -> None:
    desk = _desk(ledger_backend)
    desk.request(_order(instrument="sandbox-lost"), NOON_US)
    assert desk.listen(NOON_US + DAY_US) == []
    assert _held(desk) == (100, 0)

    polled = _poll(desk, ledger_url, NOON_US + DAY_US)

    assert [heard.notice.step for heard in polled.done] == [Step.APPROVED]
    assert _held(desk) == (120, 0)
    assert _poll(desk, ledger_url, NOON_US + DAY_US) == Polled()
    _sound(ledger_url)


def test_a_poll_says_what_still_waits_and_what_was_charged_back_unheard(
    ledger_backend: LedgerBackend, ledger_url: str
) -> None:
    provider = SandboxProvider()
    desk = _desk(ledger_backend, provider)
    desk.request(_order(instrument="sandbox-delay"), NOON_US)
    desk.request(_order(instrument="sandbox-charge-back", payment_id="p2"), NOON_US)
    desk.listen(NOON_US)
    assert _poll(desk, ledger_url, NOON_US + 1).waiting == 1
    provider.notices(NOON_US + DAY_US)  # sent, and nobody was there
    polled = _poll(desk, ledger_url, NOON_US + DAY_US, ended_from_us=NOON_US)
    assert {h.notice.step for h in polled.done} == {Step.APPROVED, Step.CHARGED_BACK}
    assert (_state(desk), _state(desk, "p2")) == ("approved", "charged_back")
    assert _held(desk) == (120, 0)


class _DeafProvider(SandboxProvider):
    """Dies before it has taken a payment, once."""

    is_deaf = True

    def begin(self, order: Order, at_us: int) -> None:
        if self.is_deaf:
            self.is_deaf = False
            raise RetryableError("the line is cut")
        super().begin(order, at_us)


@pytest.mark.parametrize("kind", ["deposit", "withdrawal"])
def test_a_payment_the_provider_never_heard_of_is_begun_again(
    ledger_backend: LedgerBackend, ledger_url: str, kind: str
) -> None:
    desk, order = _desk(ledger_backend, _DeafProvider()), _order(kind)
    if kind == "withdrawal":
        assert desk.request(order, NOON_US).status == Status.OK
    begin = desk.request if kind == "deposit" else desk.release
    with pytest.raises(RetryableError):
        begin(order, NOON_US)
    assert _poll(desk, ledger_url, NOON_US + 1).begun == 1
    desk.listen(NOON_US + 1)
    assert _held(desk) == ((120, 0) if kind == "deposit" else (80, 0))


def test_a_deposit_that_was_left_is_not_begun_by_asking_for_it_again() -> None:
    desk = _desk(BooksBackend(), _DeafProvider())
    with pytest.raises(RetryableError):
        desk.request(_order(), NOON_US)
    desk.cancel(_order(), NOON_US)
    assert desk.request(_order(), NOON_US).is_replay
    assert desk.provider.state("p1", NOON_US) is None
    with pytest.raises(RetryableError):
        PaymentDesk(desk.ledger, _DeafProvider()).request(_order(payment_id="p2"), NOON_US)
    assert desk.request(_order(payment_id="p2"), NOON_US).is_replay
    assert desk.provider.state("p2", NOON_US) is not None


def test_threads_that_hear_one_notice_and_ask_for_one_balance_move_it_once(
    ledger_backend: LedgerBackend, ledger_url: str
) -> None:
    desk = _desk(ledger_backend)
    desk.request(_order(), NOON_US)
    [notice] = desk.provider.notices(NOON_US)
    outs = [_order("withdrawal", payment_id=f"w{n}", amount=units(50, "EUR")) for n in range(8)]

    with ThreadPoolExecutor(8) as crowd:
        heard = list(crowd.map(lambda _: desk.hear(notice, NOON_US), range(16)))
        asked = list(crowd.map(lambda out: desk.request(out, NOON_US), outs))

    assert sum(one.is_news for [one] in heard) == 1
    assert [result.status for result in asked].count(Status.OK) == 2
    assert _held(desk) == (20, 100)
    _sound(ledger_url)


def test_money_approved_after_the_player_left_is_shown_to_people(
    ledger_backend: LedgerBackend, ledger_url: str
) -> None:
    desk, order = _desk(ledger_backend), _order(instrument="sandbox-delay")
    desk.request(order, NOON_US)
    assert desk.cancel(order, NOON_US + 1).status == Status.OK
    [heard] = desk.listen(NOON_US + HOUR_US)
    assert (heard.is_news, heard.result.status) == (False, Status.STATE)
    [shown] = _poll(desk, ledger_url, NOON_US + HOUR_US, ended_from_us=NOON_US).disagreeing
    assert shown.notice.step == Step.APPROVED
    assert _held(desk) == (100, 0)


def test_a_released_withdrawal_cannot_be_taken_back_but_a_waiting_one_can() -> None:
    desk, order = _desk(BooksBackend()), _order("withdrawal")
    desk.request(order, NOON_US)
    assert desk.cancel(order, NOON_US).status == Status.OK
    other = _order("withdrawal", payment_id="p2")
    desk.request(other, NOON_US)
    desk.release(other, NOON_US)
    assert desk.cancel(other, NOON_US).status == Status.STATE
    third = _order("withdrawal", payment_id="p3")
    desk.request(third, NOON_US)
    assert desk.decline(third, NOON_US, "fraud_rule").status == Status.OK


def test_the_operator_cannot_decline_what_the_provider_may_be_paying_out() -> None:
    desk, order = _desk(BooksBackend()), _order("withdrawal")
    desk.request(order, NOON_US)
    desk.release(order, NOON_US)

    assert desk.decline(order, NOON_US, "fraud_rule").status == Status.STATE

    [heard] = desk.listen(NOON_US)
    assert (heard.is_news, heard.notice.step) == (True, Step.PAID)
    assert _held(desk) == (80, 0)


def test_a_poll_begins_nothing_that_has_ended_since_it_looked() -> None:
    desk, order = _desk(BooksBackend()), _order("withdrawal")
    desk.request(order, NOON_US)
    desk.ledger.post_one(_approval(order))
    waiting = Table(desk.ledger.backend).row(Payment, "anna", "p1")
    declined = Notice(
        payment_id="p1", player="anna", kind=Kind.WITHDRAWAL, step=Step.DECLINED,
        amount=order.amount, currency="EUR", decided_us=NOON_US,
    )  # fmt: skip
    desk.hear(declined, NOON_US)

    assert poll(desk, [waiting], NOON_US).begun == 0

    assert desk.provider.state("p1", NOON_US) is None
    assert _held(desk) == (100, 0)


def _approval(order: Order) -> Call:
    """A release whose process died before it told the provider."""
    action = Action(
        "withdrawal_approved", "p1", order.amount, bet_ref="p1", scope=order.player, context={}
    )
    return Call("sandbox", order.player, order.currency, (action,), NOON_US)


def test_the_sandbox_keeps_its_payments_in_its_file(tmp_path: Path) -> None:
    path = tmp_path / "sandbox.sqlite"
    with closing(SandboxProvider(path)) as provider:
        provider.begin(_order(), NOON_US)
        provider.begin(_order(), NOON_US + 5)
    with closing(SandboxProvider(path)) as provider:
        assert len(provider.state("p1", NOON_US) or ()) == 1
        assert provider.state("p1", NOON_US - 1) == []
        assert provider.state("p2", NOON_US) is None
        assert len(provider.notices(NOON_US)) == 1
        assert provider.notices(NOON_US) == []


@pytest.mark.parametrize(("place", "name"), [*enumerate(SCRIPTS, start=1)])
def test_an_amounts_last_digits_choose_as_the_instrument_does(place: int, name: str) -> None:
    asked = _order(amount=units(f"12.{place:02}", "EUR"))
    assert script_of(asked) == script_of(_order(instrument=name))
    assert script_of(_order(amount=units(f"9{place:02}", "JPY"), currency="JPY")) == SCRIPTS[name]


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(sorted(SCRIPTS)), st.integers(0, 2**32), st.integers(1, 4))
def test_notices_in_any_order_and_number_end_where_the_true_story_ends(
    instrument: str, seed: int, copies: int
) -> None:
    straight, shuffled = _desk(BooksBackend()), _desk(BooksBackend())
    for desk in (straight, shuffled):
        desk.request(_order(instrument=instrument), NOON_US)
    late = NOON_US + 9 * DAY_US
    straight.catch_up("p1", late)
    story: Sequence[Notice] = shuffled.provider.state("p1", late) or ()
    sent = list(story) * copies
    Random(seed).shuffle(sent)
    for notice in sent:
        shuffled.hear(notice, late)
    assert (_held(shuffled), _state(shuffled)) == (_held(straight), _state(straight))


def test_a_guard_that_refuses_everything_keeps_a_payout_waiting_and_takes_nothing() -> None:
    def never(_books: Books, _call: Call, _action: Action) -> Found:
        return Found("never", "nothing goes", refuses=True)

    backend = BooksBackend()
    desk = _desk(backend)
    strict = PaymentDesk(Ledger(backend, (CheckGuard(never),)), desk.provider)
    assert strict.request(_order(), NOON_US).status == Status.RULE
    out = _order("withdrawal", payment_id="out")
    assert strict.request(out, NOON_US).status == Status.OK
    assert strict.release(out, NOON_US).status == Status.RULE  # held by law
    assert strict.cancel(out, NOON_US).status == Status.RULE  # nor is it played with
    assert (_held(strict), strict.provider.state("out", NOON_US)) == ((80, 20), None)
    assert desk.release(out, NOON_US).status == Status.OK
    [heard] = strict.listen(NOON_US)
    assert heard.result.detail == "never: nothing goes"
    assert _held(strict) == (80, 0)
