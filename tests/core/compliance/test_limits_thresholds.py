"""Thresholds: windows that roll are exact, caps hold, failures in a row are found."""

from datetime import datetime

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.compliance.calendar import DAY_US, exact_us
from core.compliance.check import Case
from core.compliance.folds.payments import KEPT_US
from core.compliance.judge import Judge
from core.compliance.load import packs
from core.compliance.measure import Measure, Window
from core.compliance.requests import money
from core.compliance.requests.account import Login
from core.compliance.requests.protection import AffordabilityShown
from core.compliance.used import deposited
from tests.core.compliance.limit_world import (
    CENT,
    EXAMPLES,
    NIGHTS,
    STEPS,
    Naive,
    Step,
    frame_key,
    instant,
    told,
)
from tests.core.compliance.play_world import MINUTE_US, World

WINDOWS = {"PT24H": DAY_US, "P7D": 7 * DAY_US, "P30D": 30 * DAY_US}


@settings(max_examples=EXAMPLES)
@given(night=st.sampled_from(NIGHTS), steps=STEPS, net=st.booleans())
@pytest.mark.parametrize("length", sorted(WINDOWS))
def test_a_window_that_rolls_holds_what_came_after_its_start_and_nothing_else(
    length: str, night: datetime, steps: list[Step], *, net: bool
) -> None:
    world = World("GB")
    naive = Naive(world.judge.pack.timezone)
    measure = Measure(of="deposits", net=net, window=Window(type="rolling", length=length))

    for request, _, at_us in told(world, naive, night, steps):
        case = Case(request, world.standing, world.judge.pack)

        met = deposited(case, measure)

        assert met == (naive.net_since(at_us - WINDOWS[length], net=net), at_us - WINDOWS[length])


@pytest.mark.parametrize(("off", "counts"), [(-1, True), (0, False), (1, False)])
def test_a_deposit_leaves_at_the_very_instant_its_window_is_over(off: int, *, counts: bool) -> None:
    world = World("GB")
    at_us = instant("Europe/London", NIGHTS[0])
    world.ask(money.Deposit(at_us=at_us, payment_id="a", amount=CENT, currency="GBP"))
    probe = money.Deposit(at_us=at_us + DAY_US + off, payment_id="b", amount=1, currency="GBP")
    measure = Measure(of="deposits", window=Window(type="rolling", length="PT24H"))

    before, _ = deposited(Case(probe, world.standing, world.judge.pack), measure)

    assert before == (CENT if counts else 0)


@settings(max_examples=EXAMPLES)
@given(
    night=st.sampled_from(NIGHTS), born=st.sampled_from(("1990-01-01", "2004-01-01", None)),
    steps=st.lists(
        st.tuples(
            st.sampled_from(("deposit", "deposit", "withdrawal", "paid", "fail")),
            st.integers(-60, 60 * 48), st.integers(1, 40_000), st.integers(0, 9),
        ),
        max_size=30,
    ),
)  # fmt: skip
def test_no_way_of_paying_in_and_out_gets_beyond_the_cap_of_an_age(
    night: datetime, born: str | None, steps: list[Step]
) -> None:
    world = World("NL", born_on=born, opened_us=0)
    zone, naive = world.judge.pack.timezone, Naive(world.judge.pack.timezone)
    most = (700 if born == "1990-01-01" else 300) * 100 * CENT
    names = {"paid": "withdrawal_paid", "fail": "deposit_failed"}
    asked = [(names.get(step[0], step[0]), step[1], step[2], step[3]) for step in steps]

    for request, verdict, at_us in told(world, naive, night, asked):
        if isinstance(request, money.Deposit) and verdict.is_allowed:
            key = frame_key(zone, "month", at_us)
            net = sum(
                amount for amount, when, _ in naive.deposits.values()
                if frame_key(zone, "month", when) == key
            ) - sum(
                amount for amount, when, paid in naive.payouts.values()
                if paid and frame_key(zone, "month", when) == key
            )  # fmt: skip
            assert net <= most


def test_evidence_put_in_place_of_older_evidence_says_only_what_it_says() -> None:
    world = World("NL")
    at_us = instant("Europe/Amsterdam", NIGHTS[0])
    income, until_us = 2_000 * 100 * CENT, at_us + DAY_US
    world.ask(AffordabilityShown(at_us=at_us, net_income_month=income, until_us=until_us))

    world.ask(AffordabilityShown(at_us=at_us + 1))

    assert world.standing.values == {"affordable_from_us": at_us + 1}


def test_the_basis_of_due_diligence_is_the_packs_and_accrued_looks_at_the_whole_relationship() -> (
    None
):
    pack = packs()["MT"]
    rule = next(rule for rule in pack.rules if rule.id == "MT-AML-1")
    window = Window(type="accrued")
    accrued = msgspec.structs.replace(
        rule, measure=msgspec.structs.replace(rule.measure, window=window)
    )
    rules = tuple(accrued if one is rule else one for one in pack.rules)
    world = World("MT")
    world.judge = Judge(msgspec.structs.replace(pack, rules=rules))
    said = []
    for day, amount in (("2025-10-01", 900), ("2026-03-01", 800), ("2026-05-01", 350)):
        at_us = instant("Europe/Malta", datetime.fromisoformat(f"{day}T10:00"))
        asked = money.Deposit(
            at_us=at_us, payment_id=day, amount=amount * 100 * CENT, currency="EUR"
        )
        said += [finding for finding in world.ask(asked).findings if finding.rule == "MT-AML-1"]

    assert [(one.event, one.inputs["sum"], one.inputs["basis"]) for one in said] == [
        ("CDD_REQUIRED", "2050.00", "accrued")
    ]


@settings(max_examples=EXAMPLES)
@given(
    tries=st.lists(
        st.tuples(st.booleans(), st.integers(0, 6 * 60)), min_size=1, max_size=25
    )
)  # fmt: skip
def test_deposits_are_blocked_after_five_failures_in_a_row_within_ten_minutes_and_only_then(
    tries: list[tuple[bool, int]],
) -> None:
    world = World("NJ")
    at_us = instant("America/New_York", NIGHTS[4])
    row: list[int] = []
    blocked_us: int | None = None
    for number, (arrives, seconds) in enumerate(tries):
        at_us += seconds * 1_000_000
        name = f"d{number}"
        asked = money.Deposit(at_us=at_us, payment_id=name, amount=CENT, currency="USD")
        is_blocked = blocked_us is not None and at_us < blocked_us + DAY_US
        assert world.ask(asked).is_allowed is not is_blocked
        if is_blocked:
            continue
        if arrives:
            row = []
            world.ask(
                money.DepositSettled(at_us=at_us, payment_id=name, amount=CENT, currency="USD")
            )
        else:
            row.append(at_us)
            verdict = world.ask(money.DepositFailed(at_us=at_us, payment_id=name))
            if len(row) >= 5 and row[-1] - row[-5] < 10 * MINUTE_US:
                blocked_us = at_us
            found = [finding.event for finding in verdict.findings]
            assert ("DEPOSITS_BLOCKED" in found) is (blocked_us == at_us)


@settings(max_examples=EXAMPLES)
@given(losses=st.lists(st.integers(-300, 900), min_size=4, max_size=9), weeks_off=st.integers(0, 2))
def test_intensive_play_is_three_weeks_running_and_no_other_three(
    losses: list[int], weeks_off: int
) -> None:
    world = World("ES")
    zone = "Europe/Madrid"
    start = datetime.fromisoformat("2026-10-05T12:00")
    first_us = instant(zone, start)
    by_week: dict[int, int] = {}
    for number, loss in enumerate(losses):
        week = number if number < 3 else number + weeks_off
        by_week[week] = loss
        at_us = first_us + week * 7 * DAY_US
        marked = world.standing.marks.get("intensive")
        world.ask(_login(at_us))
        run = [by_week.get(week - back, 0) for back in (1, 2, 3)]
        if week >= 3 and all(amount >= 600 for amount in run):
            assert world.standing.marks.get("intensive") == at_us
        else:
            assert world.standing.marks.get("intensive") == marked
        name = f"r{number}"
        wager, won = max(loss, 0), max(-loss, 0)
        stake = money.Stake(
            at_us=at_us + 1, amount=wager * 100 * CENT, currency="EUR", round_id=name
        )
        world.standing = msgspec.structs.replace(
            world.standing, play=msgspec.structs.replace(world.standing.play, limit_s=86_400,
                                                         spend_most=10**15)
        )  # fmt: skip
        assert world.ask(stake).is_allowed
        world.ask(
            money.StakeSettled(
                at_us=at_us + 2, amount=won * 100 * CENT, currency="EUR", round_id=name
            )
        )


def _login(at_us: int) -> Login:
    return Login(at_us=at_us, session_id=str(at_us))


def test_rolling_windows_in_the_packs_are_no_longer_than_payments_are_kept() -> None:
    lengths = [
        exact_us(rule.measure.window.length)
        for pack in packs().values() for rule in pack.rules
        if rule.measure.window.length and rule.measure.of == "deposits"
    ]  # fmt: skip

    assert max(lengths) < KEPT_US
