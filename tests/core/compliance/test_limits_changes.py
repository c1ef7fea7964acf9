"""Laws of changing a limit: lower is at once, higher never before its time, in every pack."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.compliance.limits_in_force import amount_at, limit_at
from core.compliance.load import packs
from core.compliance.requests.account import Login
from core.compliance.requests.limits import LimitAsked, LimitConfirmed, LimitContacted
from core.compliance.standing import Limit, PendingLimit
from tests.core.compliance.limit_world import CENT, EXAMPLES, NIGHTS, instant, local
from tests.core.compliance.play_world import MINUTE_US, World

HOUR_US = 60 * MINUTE_US
Wait = Callable[[str, int, str], int]
Asked = tuple[int, str, int | None]


def _hours(count: int) -> Wait:
    return lambda _zone, at_us, _period: at_us + count * HOUR_US


def _week_on_the_wall(zone: str, at_us: int, _period: str) -> int:
    later = local(zone, at_us).replace(tzinfo=None) + timedelta(days=7)
    return instant(zone, later)


def _three_business_days(zone: str, at_us: int, _period: str) -> int:
    later, left = local(zone, at_us).replace(tzinfo=None), 3
    while left:
        later += timedelta(days=1)
        left -= later.isoweekday() <= 5 and later.date() not in packs()["ES"].holidays
    return instant(zone, later)


def _frame_end(zone: str, at_us: int, period: str) -> int:
    midnight = local(zone, at_us).replace(tzinfo=None, hour=0, minute=0, second=0, microsecond=0)
    if period == "day":
        return instant(zone, midnight + timedelta(days=1))
    if period == "week":
        return instant(zone, midnight + timedelta(days=8 - midnight.isoweekday()))
    return instant(zone, (midnight.replace(day=1) + timedelta(days=32)).replace(day=1))


def _swedish(zone: str, at_us: int, period: str) -> int:
    waited = at_us + 72 * HOUR_US
    return waited if period == "day" else max(waited, _frame_end(zone, at_us, period))


WAITS: dict[str, Wait] = {
    "GB": _hours(24), "DK": _hours(24), "DE": _week_on_the_wall, "NL": _week_on_the_wall,
    "SE": _swedish, "ES": _three_business_days,
}  # fmt: skip
SWITCHED = {"MT": ("MT-LIM-2", _hours(24)), "ON": ("ON-LIM-2", _hours(24))}

WISHES = st.lists(
    st.tuples(
        st.integers(-60, 60 * 24 * 4), st.sampled_from(("day", "week")),
        st.one_of(st.none(), st.integers(0, 900)),
    ),
    max_size=14,
)  # fmt: skip
"""Minutes after the last (the clock may go back), of which limit, the amount or none."""


@dataclass
class Written:
    """What stands of one limit, by the words of the law alone."""

    now: int | None
    wish: tuple[int | None, int] | None = None
    history: list[tuple[int, int | None]] = field(default_factory=list)

    def at(self, at_us: int) -> int | None:
        return self.wish[0] if self.wish and at_us >= self.wish[1] else self.now

    def ask(self, amount: int | None, at_us: int, stands_us: int) -> None:
        self.now = self.at(at_us)
        if self.wish and at_us >= self.wish[1]:
            self.wish = None
        if self.now is None or (amount is not None and amount <= self.now):
            self.now, self.wish = amount, None
        else:
            self.wish = (amount, stands_us)


def _changes(pack: str, wait: Wait, night: datetime, wishes: list[Asked], *on: str) -> None:
    world = World(pack, *on)
    zone = world.judge.pack.timezone
    start = 500 * CENT
    limits = tuple(
        Limit(limit="deposit", period=p, amount=start, set_us=0) for p in ("day", "week")
    )
    kept = tuple(one for one in world.standing.limits if one.limit != "deposit")
    world.standing = msgspec.structs.replace(world.standing, limits=(*kept, *limits))
    written = {period: Written(start) for period in ("day", "week")}
    at_us = instant(zone, night)
    for minutes, period, cents in wishes:
        at_us += minutes * MINUTE_US
        judged_us = max(at_us, world.standing.seen_us)
        amount = None if cents is None else cents * CENT
        world.ask(LimitAsked(at_us=at_us, limit="deposit", period=period, amount=amount))
        written[period].ask(amount, judged_us, wait(zone, judged_us, period))

        for name, expected in written.items():
            probes = [judged_us, judged_us + 30 * 24 * HOUR_US]
            if expected.wish:
                probes += [expected.wish[1] + off for off in (-1, 0, 1)]
            for probe in (at for at in probes if at >= judged_us):
                met = limit_at(world.standing, "deposit", name, probe)
                stands = expected.at(probe)
                assert met == stands, (name, probe - judged_us)


@settings(max_examples=EXAMPLES)
@given(night=st.sampled_from(NIGHTS), wishes=WISHES)
@pytest.mark.parametrize("pack", sorted(WAITS))
def test_a_limit_stands_as_the_words_of_the_law_have_it(
    pack: str, night: datetime, wishes: list[Asked]
) -> None:
    if pack == "ES":  # the end of a limit there gives back the law's own
        wishes = [(minutes, period, cents or 0) for minutes, period, cents in wishes]

    _changes(pack, WAITS[pack], night, wishes)


@settings(max_examples=EXAMPLES)
@given(night=st.sampled_from(NIGHTS), wishes=WISHES)
@pytest.mark.parametrize("pack", sorted(SWITCHED))
def test_so_does_one_whose_waiting_time_was_switched_on(
    pack: str, night: datetime, wishes: list[Asked]
) -> None:
    rule, wait = SWITCHED[pack]

    _changes(pack, wait, night, wishes, rule)


@settings(max_examples=EXAMPLES)
@given(
    night=st.sampled_from(NIGHTS), asked=st.integers(501, 900),
    confirmed=st.lists(st.integers(0, 60 * 40), max_size=6),
)  # fmt: skip
def test_an_unconfirmed_raise_never_stands_and_none_is_confirmed_before_its_time(
    night: datetime, asked: int, confirmed: list[int]
) -> None:
    world = World("GB", "GB-DL-4-CONFIRM")
    at_us = instant("Europe/London", night)
    day = Limit(limit="deposit", period="day", amount=500 * CENT, set_us=0)
    world.standing = msgspec.structs.replace(world.standing, limits=(day,))
    world.ask(LimitAsked(at_us=at_us, limit="deposit", period="day", amount=asked * CENT))
    stands_us = None
    for minutes in sorted(confirmed):
        now_us = at_us + minutes * MINUTE_US
        verdict = world.ask(LimitConfirmed(at_us=now_us, limit="deposit", period="day"))
        assert verdict.is_allowed == (minutes >= 24 * 60 and stands_us is None)
        if verdict.is_allowed:
            stands_us = now_us

        met = limit_at(world.standing, "deposit", "day", now_us)
        assert met == (asked if stands_us is not None else 500) * CENT
    if stands_us is None:
        assert limit_at(world.standing, "deposit", "day", at_us + 10**16) == 500 * CENT


def test_a_wish_is_read_as_its_instant_has_it_before_at_and_after() -> None:
    wish = PendingLimit(amount=900, asked_us=0, effective_us=1_000, rule="R")
    limit = Limit(limit="deposit", period="day", amount=500, set_us=0, pending=wish)

    assert [amount_at(limit, at_us) for at_us in (999, 1_000, 1_001)] == [500, 900, 900]


@pytest.mark.parametrize("needs", ["needs_confirmation", "needs_contact"])
def test_a_wish_that_waits_for_somebody_does_not_stand_by_time(needs: str) -> None:
    wish = PendingLimit(amount=900, asked_us=0, effective_us=0, rule="R", **{needs: True})
    limit = Limit(limit="deposit", period="day", amount=500, set_us=0, pending=wish)

    assert amount_at(limit, 10**18) == 500


def test_a_word_before_the_time_changes_nothing_though_no_rule_refuses_it() -> None:
    at_us = instant("Europe/London", NIGHTS[0])
    wish = PendingLimit(
        amount=900, asked_us=0, effective_us=at_us, rule="R", needs_confirmation=True
    )
    day = Limit(limit="deposit", period="day", amount=500, set_us=0, pending=wish)
    world = World("GB", limits=(day,))
    met = []
    for early in (1, 0):
        said = LimitConfirmed(at_us=at_us - early, limit="deposit", period="day")
        assert world.ask(said).is_allowed
        met.append(limit_at(world.standing, "deposit", "day", at_us))

    assert met == [500, 900]


def test_a_login_takes_a_raise_in_and_writes_it_down_once() -> None:
    world = World("DK", limits=(Limit(limit="deposit", period="day", amount=500, set_us=0),))
    at_us = instant("Europe/Copenhagen", NIGHTS[0])
    world.ask(LimitAsked(at_us=at_us, limit="deposit", period="day", amount=900))

    events = [
        [f.event for f in world.ask(Login(at_us=at_us + hours * HOUR_US)).findings]
        for hours in (23, 24, 25)
    ]

    assert [said.count("LIMIT_INCREASED") for said in events] == [0, 1, 0]
    held = world.standing.limit_of("deposit", "day")
    assert held is not None
    assert (held.amount, held.pending, held.set_us) == (900, None, at_us + 24 * HOUR_US)


def test_raises_are_remembered_and_a_lowering_too() -> None:
    world = World("MT", limits=(Limit(limit="deposit", period="day", amount=500, set_us=0),))
    at_us = instant("Europe/Malta", NIGHTS[0])
    for step, amount in enumerate((600, 700, 650)):
        asked = LimitAsked(at_us=at_us + step, limit="deposit", period="day", amount=amount)
        world.ask(asked)

    held = world.standing.limit_of("deposit", "day")

    assert held is not None
    assert (held.raised_us, held.lowered_us) == ((at_us, at_us + 1), at_us + 2)


def test_a_talk_about_a_limit_nobody_waits_for_changes_nothing() -> None:
    world = World("NL")
    before = world.standing.limits
    at_us = instant("Europe/Amsterdam", NIGHTS[0])
    said = LimitContacted(
        at_us=at_us, limit="deposit", period="month", staff_id="anna", content="told of CRUKS"
    )  # fmt: skip

    verdict = world.ask(said)

    assert [finding.event for finding in verdict.findings] == ["CONTACT_MADE"]
    assert world.standing.limits == before
