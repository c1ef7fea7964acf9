"""Laws of sums and limits, whatever is asked in whatever order, late or failing, on any night."""

from datetime import datetime

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.compliance.check import Case
from core.compliance.load import packs
from core.compliance.request import any_request
from core.compliance.requests import money
from core.compliance.standing import Limit
from core.compliance.used import sums_at, used_of
from tests.core.compliance.limit_world import (
    CENT,
    EXAMPLES,
    NIGHTS,
    STEPS,
    Naive,
    Step,
    sums_now,
    told,
)
from tests.core.compliance.play_world import World

FRAMES = ("day", "week", "month")
LIMITS = st.lists(
    st.tuples(
        st.sampled_from(("deposit", "net_deposit", "loss", "stake")), st.sampled_from(FRAMES),
        st.integers(0, 30_000),
    ),
    max_size=5, unique_by=lambda one: one[:2],
)  # fmt: skip
USES: dict[str, dict[str, tuple[str, ...]]] = {
    "GB": {"deposit": ("deposit", "net_deposit"), "stake": ("loss", "stake")},
    "DE": {"deposit": ("deposit",), "stake": ("loss", "stake")},
}
"""The limits a pack enforces, by what is asked."""


def _world(pack: str, limits: list[tuple[str, str, int]]) -> tuple[World, Naive]:
    world = World(pack)
    wide = {(one.limit, one.period): one for one in world.standing.limits}
    own = {
        (limit, period): Limit(limit=limit, period=period, amount=cents * CENT, set_us=0)
        for limit, period, cents in limits
    }
    world.standing = msgspec.structs.replace(
        world.standing, limits=tuple({**wide, **own}.values()), opened_us=0
    )
    return world, Naive(world.judge.pack.timezone)


@settings(max_examples=EXAMPLES)
@given(limits=LIMITS, night=st.sampled_from(NIGHTS), steps=STEPS)
@pytest.mark.parametrize("pack", ["GB", "DE"])
def test_what_is_granted_never_uses_more_than_a_limit_in_force(
    pack: str, limits: list[tuple[str, str, int]], night: datetime, steps: list[Step]
) -> None:
    world, naive = _world(pack, limits)

    for request, verdict, at_us in told(world, naive, night, steps):
        used_by = USES[pack].get(request.kind, ())
        for limit, period, cents in limits:
            if verdict.is_allowed and limit in used_by:
                sums = naive.sums(period, at_us)
                used = {
                    "deposit": sums["deposits"],
                    "net_deposit": sums["deposits"] - sums["withdrawals"],
                    "stake": sums["stakes"],
                    "loss": sums["stakes"] - sums["wins"],
                }[limit]
                assert used <= cents * CENT, (limit, period, used)


@settings(max_examples=EXAMPLES)
@given(limits=LIMITS, night=st.sampled_from(NIGHTS), steps=STEPS)
@pytest.mark.parametrize("pack", ["GB", "NJ"])
def test_sums_are_what_the_list_of_all_requests_adds_up_to(
    pack: str, limits: list[tuple[str, str, int]], night: datetime, steps: list[Step]
) -> None:
    world, naive = _world(pack, limits)

    for _, _, at_us in told(world, naive, night, steps):
        for frame in FRAMES:
            kept = sums_now(world, frame, at_us)

            met = {name: getattr(kept, name) for name in naive.sums(frame, at_us)}
            assert met == naive.sums(frame, at_us), frame

    accrued = world.standing.accrued_deposits, world.standing.accrued_withdrawals
    assert accrued == (naive.net_since(-1, net=False), _paid_out(naive))
    assert world.standing.accrued_stakes == sum(amount for amount, _ in naive.stakes.values())


def _paid_out(naive: Naive) -> int:
    return sum(amount for amount, _, is_paid in naive.payouts.values() if is_paid)


@settings(max_examples=EXAMPLES)
@given(night=st.sampled_from(NIGHTS), steps=STEPS)
def test_net_and_gross_agree_where_nothing_was_paid_out(night: datetime, steps: list[Step]) -> None:
    world, naive = _world("GB", [])
    paying_in = [step for step in steps if not step[0].startswith("withdrawal")]

    for _, _, at_us in told(world, naive, night, paying_in):
        for frame in FRAMES:
            sums = sums_now(world, frame, at_us)

            assert used_of("net_deposit", sums) == used_of("deposit", sums)


@settings(max_examples=EXAMPLES)
@given(night=st.sampled_from(NIGHTS), steps=STEPS, back=st.integers(0, 40 * 24 * 60))
def test_word_that_comes_with_an_older_date_makes_no_more_room(
    night: datetime, steps: list[Step], back: int
) -> None:
    world, naive = _world("GB", [])
    for _ in told(world, naive, night, steps):
        pass
    before, now_us = world.standing, world.standing.seen_us
    for said in (
        {"kind": "withdrawal_paid", "payment_id": "late"},
        {"kind": "stake_settled", "round_id": "late"},
        {"kind": "deposit_settled", "payment_id": "late"},
    ):
        used = []
        for at_us in (now_us, now_us - back * 60_000_000):
            word = {**said, "at_us": at_us, "amount": 50 * CENT, "currency": "GBP"}
            _, after = world.judge.decide(_request(word), before)
            probe = Case(_request(word), after, packs()["GB"])
            used.append([_used(probe, frame) for frame in FRAMES])

        assert all(late >= timely for late, timely in zip(used[1], used[0], strict=True))


def _used(case: Case, frame: str) -> tuple[int, ...]:
    return tuple(
        used_of(limit, sums_at(case, frame))
        for limit in ("deposit", "net_deposit", "stake", "loss")
    )


def _request(word: dict[str, object]) -> money.Deposit:
    asked: money.Deposit = msgspec.convert(word, any_request())
    return asked


@settings(max_examples=EXAMPLES)
@given(night=st.sampled_from(NIGHTS), steps=STEPS, back=st.integers(1, 40 * 24 * 60))
def test_a_clock_that_goes_back_grants_nothing_new(
    night: datetime, steps: list[Step], back: int
) -> None:
    world, naive = _world("GB", [("deposit", "day", 100), ("stake", "week", 100)])
    for _ in told(world, naive, night, steps):
        pass
    now_us = world.standing.seen_us
    for kind in ("deposit", "stake"):
        word = {"kind": kind, "amount": 60 * CENT, "currency": "GBP", "payment_id": "x"}
        asked = [_request({**word, "at_us": at}) for at in (now_us, now_us - back * 60_000_000)]

        decided = [world.judge.decide(one, world.standing) for one in asked]

        assert decided[0][0].decision == decided[1][0].decision
        assert decided[0][1].sums == decided[1][1].sums
