"""Payments one by one: what cannot come from our own ledger, and what is forgotten."""

from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from core.compliance.calendar import DAY_US
from core.compliance.names import is_key, name_key, normalised
from core.compliance.requests import money
from core.compliance.requests.protection import LegalHoldSet
from core.compliance.standing import Limit
from tests.core.compliance.limit_world import CENT, NIGHTS, instant, sums_now
from tests.core.compliance.play_world import World

AT_US = instant("Europe/London", NIGHTS[4])


def _deposit(name: str, cents: int, at_us: int = AT_US, **said: Any) -> money.Deposit:
    return money.Deposit(
        at_us=at_us, payment_id=name, amount=cents * CENT, currency="GBP", **said
    )  # fmt: skip


def _settled(name: str, cents: int, at_us: int = AT_US) -> money.DepositSettled:
    return money.DepositSettled(at_us=at_us, payment_id=name, amount=cents * CENT, currency="GBP")


def test_a_deposit_fails_once_and_money_nobody_asked_for_counts() -> None:
    world = World("GB")
    failed = money.DepositFailed(at_us=AT_US, payment_id="a")
    for request in (_deposit("a", 100), failed, failed, _settled("stray", 20), _settled("a", 5)):
        world.ask(request)

    assert sums_now(world, "day", AT_US).deposits == 25 * CENT
    assert world.standing.accrued_deposits == 25 * CENT


def test_what_has_arrived_no_longer_fails_and_arrives_once() -> None:
    world = World("GB")
    failed = money.DepositFailed(at_us=AT_US, payment_id="a")
    for request in (_deposit("a", 100), _settled("a", 90), failed, _settled("a", 70)):
        world.ask(request)

    assert sums_now(world, "week", AT_US).deposits == 90 * CENT
    assert [paid.amount for paid in world.standing.payments] == [90 * CENT]


def test_a_payout_that_came_back_was_never_paid() -> None:
    world = World("GB")
    of: dict[str, Any] = {"at_us": AT_US, "payment_id": "w", "amount": 40, "currency": "GBP"}
    for kind in (money.Withdrawal, money.WithdrawalPaid, money.WithdrawalPaid):
        world.ask(kind(**of))
    assert sums_now(world, "day", AT_US).withdrawals == 40

    world.ask(money.WithdrawalDeclined(**of))

    assert sums_now(world, "day", AT_US).withdrawals == 0
    assert (world.standing.accrued_withdrawals, world.standing.payments) == (0, ())


def test_money_of_another_currency_is_not_added_to_ours() -> None:
    world = World("GB")

    world.ask(money.StakeSettled(at_us=AT_US, amount=500, currency="EUR"))

    assert sums_now(world, "day", AT_US).wins == 0


def test_payments_older_than_thirteen_months_are_forgotten_but_for_their_sum() -> None:
    world = World("GB")
    for name, settles in (("old", True), ("waits", False)):
        world.ask(_deposit(name, 100))
        if settles:
            world.ask(_settled(name, 100))

    world.ask(_deposit("new", 5, AT_US + 397 * DAY_US))

    assert [paid.payment_id for paid in world.standing.payments] == ["waits", "new"]
    assert world.standing.accrued_deposits == 205 * CENT


def test_a_refused_deposit_is_no_payment() -> None:
    day = Limit(limit="deposit", period="day", amount=CENT, set_us=0)
    world = World("GB", limits=(day,))

    world.ask(_deposit("a", 2))

    assert world.standing.payments == ()


def test_a_stake_reads_no_payments() -> None:
    world = World("GB")
    world.standing = msgspec.structs.replace(world.standing, paid=msgspec.Raw(b"unreadable"))

    verdict = world.ask(
        money.Stake(at_us=AT_US, amount=CENT, currency="GBP", round_id="r", game_type="roulette")
    )

    assert verdict.is_allowed


def test_a_legal_hold_stands_with_its_basis_until_it_is_taken_back() -> None:
    world = World("GB")
    met = []
    for is_on in (True, False):
        world.ask(LegalHoldSet(at_us=AT_US, basis="POCA 2002 s. 335", is_on=is_on))
        met.append(world.standing.legal_hold)

    assert met == ["POCA 2002 s. 335", ""]


WORDS = st.lists(
    st.text(alphabet="abcxyzäöüßéøł", min_size=1, max_size=8), min_size=1, max_size=4
)  # fmt: skip


@given(words=WORDS, order=st.randoms(use_true_random=False))
def test_order_and_case_make_no_other_name_and_a_key_is_its_own_key(
    words: list[str], order: Any
) -> None:
    other = list(words)
    order.shuffle(other)

    key = name_key(" ".join(words))

    assert key == name_key(", ".join(other).title()) == name_key(key)
    assert is_key(key)


@given(words=WORDS, more=st.text(alphabet="bcdfgk", min_size=1, max_size=5))
def test_another_name_is_another_key(words: list[str], more: str) -> None:
    assert name_key(" ".join(words)) != name_key(" ".join([*words, more]))
    assert name_key("Max Muster", b"secret") != name_key("Max Muster")


def test_banks_spellings_of_one_name_come_to_one_form() -> None:
    spellings = ("Jürgen Groß", "JUERGEN GROSS", "Jurgen Gross", "Gross, Jürgen", "Dr. Jürgen Groß")

    assert {normalised(spelling) for spelling in spellings} == {"gross jurgen"}
