"""Laws of breaks and exclusions, in every pack: no hold ends before its time, by whatever order."""

import os
import timeit
from datetime import datetime, timedelta

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.compliance.calendar import DAY_US, HOUR_US, Zone
from core.compliance.finding import Effect
from core.compliance.folds.holds import KEPT, RUNNING
from core.compliance.held import in_force, longest, suppresses_marketing
from core.compliance.judge import Judge
from core.compliance.load import packs
from core.compliance.quiet_registers import quiet_registers
from core.compliance.request import Request
from core.compliance.requests.account import DayPassed, Login, Registration
from core.compliance.requests.holds import (
    BlockSet,
    ExclusionAsked,
    LiftAsked,
    LiftDecided,
    PanicPressed,
    RegisterAnswered,
    ReturnConfirmed,
    TimeOutAsked,
    UndoAsked,
)
from core.compliance.requests.limits import LimitAsked
from core.compliance.requests.money import (
    BonusGrant,
    Deposit,
    Stake,
    Withdrawal,
    WithdrawalPaid,
    WithdrawalReversal,
)
from core.compliance.requests.offers import Marketing
from core.compliance.standing import Hold, Limit, RegisterState, Standing, is_in_force
from tests.core.compliance.hold_world import (
    PACKS,
    TERMS,
    HoldWorld,
    bars,
    judge_of,
    new_standing,
    registers_of,
)

EXAMPLES = int(os.environ.get("EVENHAND_EXAMPLES", "250"))
START = 1_792_483_200_000_000  # 20 October 2026: clocks change soon after, on both sides of the sea
KINDS = ("time_out", "operator_exclusion", "register_exclusion", "panic", "suspension", "block")
ENDS = ("clock", "act", "lift", "register", "registration", "staff")
STEPS = st.one_of(
    st.sampled_from((0, 1, HOUR_US, 24 * HOUR_US, 7 * DAY_US, 31 * DAY_US, 200 * DAY_US)),
    st.integers(-3 * DAY_US, 400 * DAY_US),
)
ASKS = st.one_of(
    st.tuples(st.just("time_out"), st.sampled_from(TERMS)),
    st.tuples(st.just("exclude"), st.one_of(st.none(), st.sampled_from(TERMS))),
    st.tuples(st.sampled_from(("panic", "undo", "return", "lift", "grant", "deny")), st.none()),
    st.tuples(st.sampled_from(("listed", "clear", "silent", "login", "day")), st.none()),
    st.tuples(st.sampled_from(("register", "unblock")), st.none()),
)


AGAIN_WHILE_DECIDED: list[tuple[tuple[str, str | None], int, int]] = [
    (("exclude", "P1M"), 0, 0), (("lift", None), 0, 0), (("exclude", "P6M"), 0, 0),
    (("grant", None), 0, 7 * DAY_US),
]  # fmt: skip
"""Who excludes himself again before it is decided on is let back from the first alone."""
EXTENDED: list[tuple[tuple[str, str | None], int, int]] = [
    (("exclude", "P6M"), 0, 31 * DAY_US), (("exclude", "P6M"), 0, 200 * DAY_US),
    (("return", None), 0, 0),
]  # fmt: skip
"""Six months more begin where the six months end."""


def _local(text: str) -> datetime:
    """Return a time on a wall clock, of no zone yet."""
    return datetime.fromisoformat(text)


def _request(world: HoldWorld, kind: str, term: str | None, at_us: int) -> Request:
    registers = registers_of(world.pack_id) or ("none",)
    statuses = {"listed": "listed", "clear": "clear", "silent": "unavailable"}
    if kind in statuses:
        return RegisterAnswered(at_us=at_us, register=registers[0], status=statuses[kind])
    made: dict[str, Request] = {
        "time_out": TimeOutAsked(at_us=at_us, term=term or "PT1H"),
        "exclude": ExclusionAsked(at_us=at_us, term=term),
        "panic": PanicPressed(at_us=at_us),
        "undo": UndoAsked(at_us=at_us, hold=""),
        "return": ReturnConfirmed(at_us=at_us),
        "lift": LiftAsked(at_us=at_us, reason="please"),
        "grant": LiftDecided(at_us=at_us, is_granted=True),
        "deny": LiftDecided(at_us=at_us, is_granted=False),
        "login": Login(at_us=at_us),
        "day": DayPassed(at_us=at_us),
        "register": Registration(at_us=at_us, born_on="1980-01-01"),
        "unblock": BlockSet(at_us=at_us, is_on=False),
    }
    return made[kind]


@settings(max_examples=EXAMPLES, deadline=None)
@given(
    st.sampled_from(PACKS),
    st.lists(st.tuples(ASKS, STEPS, STEPS), min_size=1, max_size=14),
)
@example("GB", [(("exclude", "P6M"), 0, 400 * DAY_US), (("return", None), 0, 0)])
@example(
    "MT", [(("exclude", None), 0, 0), (("lift", None), 0, 0), (("grant", None), 0, 7 * DAY_US)]
)
@example("MT", AGAIN_WHILE_DECIDED)
@example("GB", EXTENDED)
@example("DK", [(("exclude", None), 0, 366 * DAY_US), (("register", None), 0, 0)])
@example("DE", [(("panic", None), 0, 24 * HOUR_US - 1), (("undo", None), 0, 0)])
def test_no_break_is_over_before_its_time_nor_by_anything_but_its_own_end(
    pack_id: str, asked: list[tuple[tuple[str, str | None], int, int]]
) -> None:
    world, at_us = HoldWorld(pack_id), START
    for (kind, term), before_us, after_us in asked:
        at_us = max(START, at_us + before_us)
        verdict = world.ask(_request(world, kind, term, at_us))
        if kind == "lift" and any(one.event == "LIFT_REQUESTED" for one in verdict.findings):
            world.lift_taken_up()
        at_us = max(START, at_us + after_us)
        barred = world.is_barred(at_us)

        assert barred == (not world.may_play()), (world.promises, world.standing.holds)
        assert len(world.standing.holds) <= KEPT + RUNNING * len(KINDS)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(PACKS), st.lists(st.tuples(ASKS, STEPS), max_size=10))
def test_what_is_refused_changes_no_hold(
    pack_id: str, asked: list[tuple[tuple[str, str | None], int]]
) -> None:
    world, at_us = HoldWorld(pack_id), START
    for (kind, term), step in asked:
        at_us = max(START, at_us + step)
        before = in_force(world.standing, max(at_us, world.seen_us))
        verdict = world.ask(_request(world, kind, term, at_us))
        if not verdict.is_allowed:
            assert in_force(world.standing, world.seen_us) == before


def _holds() -> st.SearchStrategy[Hold]:
    return st.builds(
        Hold, kind=st.sampled_from(KINDS), since_us=st.just(START), rule=st.sampled_from(("", "X")),
        until_us=st.one_of(st.none(), st.integers(START + 1, START + 400 * DAY_US)),
        ends_by=st.sampled_from(ENDS), register=st.sampled_from(("", "gamstop", "oasis", "rgiaj")),
        lift_asked_us=st.one_of(st.none(), st.just(START)),
    )  # fmt: skip


def _register_states() -> st.SearchStrategy[RegisterState]:
    statuses = ("listed", "clear", "unavailable", "missing", "busy", "free", "here", "left", "?")
    return st.builds(
        RegisterState, status=st.sampled_from(statuses), at_us=st.integers(0, START + DAY_US),
        used=st.one_of(st.none(), st.integers(0, 10**12)), since_us=st.just(START),
        limit=st.one_of(st.none(), st.integers(0, 10**9)),
        good_status=st.sampled_from(("", "clear")),
    )  # fmt: skip


@st.composite
def _standings(draw: st.DrawFn, pack_id: str) -> Standing:
    """A player in any state of breaks, registers, limits and marks."""
    registers = {
        name: draw(_register_states()) for name in packs()[pack_id].registers if draw(st.booleans())
    }
    marks = draw(
        st.dictionaries(
            st.sampled_from(("strong_indicator", "intensive", "dormant", "active", "first_play")),
            st.just(START), max_size=3,
        )
    )  # fmt: skip
    limits = tuple(
        Limit(limit=limit, period="day", amount=draw(st.integers(0, 10)), set_us=START)
        for limit in ("deposit", "loss", "stake", "time")
        if draw(st.booleans())
    )
    return new_standing(
        pack_id, holds=tuple(draw(st.lists(_holds(), max_size=4))), registers=registers,
        marks=marks, limits=limits, verified=draw(st.sampled_from(("", "full"))), seen_us=START,
        born_on=draw(st.sampled_from((None, "1980-01-01", "2015-01-01"))),
    )  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.data(), st.sampled_from(PACKS), st.integers(0, 800 * DAY_US))
def test_a_withdrawal_is_never_stopped_whatever_the_state(
    data: st.DataObject, pack_id: str, later_us: int
) -> None:
    standing, at_us = data.draw(_standings(pack_id)), START + later_us
    asked = Withdrawal(at_us=at_us, payment_id="w", amount=10**7, currency=standing.currency)
    paid = WithdrawalPaid(at_us=at_us, payment_id="w", amount=10**7, currency=standing.currency)

    verdict, after = judge_of(pack_id).decide(asked, standing)
    done, _ = judge_of(pack_id).decide(paid, after)

    assert verdict.decision == "allow", verdict.binding
    assert done.decision == "allow"
    assert "WITHDRAWAL_PAID" in [one.event for one in done.findings]


@settings(max_examples=150, deadline=None)
@given(st.data(), st.sampled_from(PACKS), st.integers(0, 800 * DAY_US))
def test_nothing_is_sent_to_a_player_on_a_break_or_excluded(
    data: st.DataObject, pack_id: str, later_us: int
) -> None:
    standing, at_us = data.draw(_standings(pack_id)), START + later_us
    standing = msgspec.structs.replace(
        standing, registers=quiet_registers(packs()[pack_id]), born_on="1980-01-01",
        consents=("casino:email",),
    )  # fmt: skip
    message = Marketing(at_us=at_us, campaign_id="c", channel="email")
    on_hold = any(is_in_force(one, at_us) for one in standing.holds)

    verdict, _ = Judge(packs()[pack_id]).decide(message, standing)

    assert (suppresses_marketing(standing, at_us) is not None) == on_hold
    if on_hold:
        assert verdict.decision == "refuse"
        assert all(one.reason == "suppressed" for one in verdict.findings if "hold" in one.inputs)


@settings(max_examples=100, deadline=None)
@given(
    st.data(), st.sampled_from(PACKS), st.integers(0, 400 * DAY_US), st.integers(1, 400 * DAY_US)
)
def test_a_clock_that_goes_back_frees_nobody(
    data: st.DataObject, pack_id: str, later_us: int, back_us: int
) -> None:
    standing, at_us = data.draw(_standings(pack_id)), START + later_us
    now = msgspec.structs.replace(standing, seen_us=at_us)
    stake = Stake(at_us=at_us, amount=1_000_000, currency=standing.currency)
    judge = judge_of(pack_id)

    honest, _ = judge.verdict(stake, now)
    early, _ = judge.verdict(msgspec.structs.replace(stake, at_us=at_us - back_us), now)

    assert early.decision == honest.decision
    assert early.findings == honest.findings


@pytest.mark.parametrize("pack_id", PACKS)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("by_rule", ["", "X"])
def test_every_kind_of_hold_stops_play_in_every_pack(pack_id: str, kind: str, by_rule: str) -> None:
    register = next(iter(registers_of(pack_id)), "") if kind == "register_exclusion" else ""
    offered = {
        rule.with_.get("kind") for rule in packs()[pack_id].rules if rule.check == "hold"
    } | ({"register_exclusion"} if register else set())
    rule = by_rule if kind in offered else ""
    hold = Hold(kind=kind, since_us=START, rule=rule, ends_by="act", register=register)
    standing = new_standing(pack_id, holds=(hold,))
    stake = Stake(at_us=START, amount=1_000_000, currency=standing.currency)

    verdict, _ = Judge(packs()[pack_id]).verdict(stake, standing)

    assert bars(verdict)


@pytest.mark.parametrize("pack_id", PACKS)
def test_every_pack_lets_a_player_take_a_break_and_exclude_himself(pack_id: str) -> None:
    for asked in (
        TimeOutAsked(at_us=START, term="P1W"), ExclusionAsked(at_us=START, term="P6M"),
        ExclusionAsked(at_us=START), PanicPressed(at_us=START),
    ):  # fmt: skip
        world = HoldWorld(pack_id)
        verdict = world.ask(asked)
        if verdict.is_allowed:
            assert world.is_barred(START)
            assert world.ask(UndoAsked(at_us=START, hold="")).decision == "refuse"
        else:  # a term that is not offered, with what is
            (refusal,) = [one for one in verdict.findings if one.effect is Effect.REFUSE]
            assert (refusal.event, refusal.reason) == ("BREAK_REFUSED", "TERM_NOT_OFFERED")
            assert refusal.inputs["offered"]


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(PACKS), st.text(max_size=12))
@example("NJ", "P99999Y")
@example("NJ", "PT0S")
@example("DE", "P1B")
@example("SE", "-P1D")
@example("NL", "PT999999999999999H")
def test_a_length_that_is_none_is_refused_in_words(pack_id: str, term: str) -> None:
    world = HoldWorld(pack_id)
    verdict = world.ask(TimeOutAsked(at_us=START, term=term))

    if verdict.is_allowed:
        assert world.is_barred(START)
    else:
        assert verdict.binding is not None
        assert verdict.binding.reason == "TERM_NOT_OFFERED"


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(PACKS),
    st.datetimes(_local("2026-01-01T00:00"), _local("2032-12-31T00:00")),
    st.integers(1, 30),
)
@example("GB", _local("2026-10-24T01:30"), 1)
@example("NJ", _local("2026-03-07T02:30"), 1)
@example("DE", _local("2028-02-28T12:00"), 1)
def test_days_of_a_break_run_on_the_wall_clock_and_hours_are_exact(
    pack_id: str, local: datetime, days: int
) -> None:
    zone: Zone = packs()[pack_id].zone
    at_us = zone.instant(local)
    hold = Hold(kind="time_out", since_us=at_us, rule="X", until_us=zone.later(at_us, f"P{days}D"))
    wanted = zone.local(at_us).replace(tzinfo=None) + timedelta(days=days)

    met = zone.local(hold.until_us or 0).replace(tzinfo=None)
    is_there = zone.local(zone.instant(wanted)).replace(tzinfo=None) == wanted

    assert met == wanted or not is_there
    assert zone.later(at_us, f"PT{24 * days}H") == at_us + days * DAY_US
    assert is_in_force(hold, (hold.until_us or 0) - 1)
    assert not is_in_force(hold, hold.until_us or 0)


def test_breaks_taken_over_and_over_keep_a_standing_small() -> None:
    world, at_us = HoldWorld("NJ"), START
    for number in range(300):
        at_us += HOUR_US
        world.ask(TimeOutAsked(at_us=at_us, term=f"PT{number % 5 + 1}H"))
        world.ask(TimeOutAsked(at_us=at_us, term=f"P{number + 1}D"))

        assert world.is_barred(at_us)

    assert len(world.standing.holds) <= KEPT + RUNNING


def test_holds_without_an_end_bind_longer_than_those_with_one() -> None:
    clock = Hold(kind="time_out", since_us=START, rule="X", until_us=START + 10**18)
    act = Hold(kind="time_out", since_us=START, rule="X", until_us=START + 5, ends_by="act")
    endless = Hold(kind="time_out", since_us=START, rule="X", ends_by="act")

    assert longest([endless, clock, act]) == endless
    assert longest([clock, act]) == act


def test_a_block_ends_by_staff_alone_and_ends_nothing_else() -> None:
    world = HoldWorld("GB")
    world.ask(BlockSet(at_us=START, reason="fraud review"))
    world.ask(TimeOutAsked(at_us=START, term="P1W"))
    world.ask(BlockSet(at_us=START + 1, is_on=False))

    kinds = [one.kind for one in in_force(world.standing, START + 1)]

    assert kinds == ["time_out"]


@pytest.mark.parametrize("kind", ["deposit", "bonus", "reversal", "limit", "login"])
def test_what_a_hold_bars_is_what_its_rule_names(kind: str) -> None:
    requests: dict[str, Request] = {
        "deposit": Deposit(at_us=START, payment_id="d", amount=1_000_000, currency="USD"),
        "bonus": BonusGrant(at_us=START, amount=1_000_000, currency="USD", bonus_id="b"),
        "reversal": WithdrawalReversal(at_us=START, payment_id="w", amount=1, currency="USD"),
        "limit": LimitAsked(at_us=START, limit="deposit", period="day", amount=1),
        "login": Login(at_us=START),
    }
    world = HoldWorld("NJ")
    world.ask(TimeOutAsked(at_us=START, term="P1D"))

    assert bars(world.ask(requests[kind])) == (kind != "login")


def test_a_stake_of_a_player_on_no_break_is_judged_in_microseconds() -> None:
    rules = {
        "hold", "hold_else", "register", "register_silence", "central_limit_set", "activity_file",
        "activity_wait",
    }  # fmt: skip
    pack = packs()["DE"]
    mine = msgspec.structs.replace(
        pack, rules=tuple(rule for rule in pack.rules if rule.check in rules)
    )
    judge = Judge(mine)
    standing = msgspec.structs.replace(new_standing("DE"), seen_us=START)
    stake = Stake(at_us=START, amount=1_000_000, currency="EUR", game_type="slot")
    judge.verdict(stake, standing)

    each_us = (
        min(timeit.repeat(lambda: judge.verdict(stake, standing), number=500, repeat=5)) * 2_000
    )
    bare = Judge(msgspec.structs.replace(pack, rules=()))
    bare.verdict(stake, standing)
    bare_us = (
        min(timeit.repeat(lambda: bare.verdict(stake, standing), number=500, repeat=5)) * 2_000
    )
    print(f"holds and registers: {each_us - bare_us:.1f} us of a stake ({len(mine.rules)} rules)")  # noqa: T201 - a figure

    assert each_us - bare_us < 200
