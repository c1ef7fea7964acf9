"""Laws of play: caps, pace, breaks and time hold whatever a player does, in any order."""

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from core.compliance.calendar import SECOND_US, Zone
from core.compliance.requests.account import Activity, Login, Logout
from core.compliance.requests.money import Stake, StakeSettled, StakeVoided
from core.compliance.standing import Limit
from tests.core.compliance.play_world import EURO, MINUTE_US, NOON_US, World, wide_limits

ROUNDS = st.sampled_from(["a", "b", "c", "d"])
SOME = settings(max_examples=60, deadline=None)


@dataclass(frozen=True)
class Move:
    what: str
    round_id: str
    cents: int
    is_start: bool
    gap_us: int


def moves(*whats: str, gap: st.SearchStrategy[int]) -> st.SearchStrategy[list[Move]]:
    move = st.builds(
        Move, what=st.sampled_from(whats), round_id=ROUNDS, cents=st.integers(1, 300),
        is_start=st.booleans(), gap_us=gap,
    )  # fmt: skip
    return st.lists(move, max_size=40)


def stake(world: World, move: Move, at_us: int, game_type: str = "slots") -> Stake:
    return Stake(
        at_us=at_us, amount=move.cents * EURO // 100, currency=world.currency,
        game_type=game_type, round_id=move.round_id, starts_game=move.is_start,
    )  # fmt: skip


def settled(world: World, move: Move, at_us: int, game_type: str = "slots") -> StakeSettled:
    return StakeSettled(
        at_us=at_us, amount=0, currency=world.currency, game_type=game_type,
        round_id=move.round_id, ends_round=True,
    )  # fmt: skip


@SOME
@given(
    born=st.sampled_from(["1990-01-01", "2005-01-01", "2001-11-10", "2001-11-11"]), data=st.data()
)
def test_no_split_into_stakes_takes_a_cycle_above_its_cap(born: str, data: st.DataObject) -> None:
    world = World("GB", born_on=born)
    cap = {"1990-01-01": 5, "2001-11-10": 5}.get(born, 2) * EURO
    staked: dict[str, int] = defaultdict(int)
    at_us = NOON_US

    for move in data.draw(moves("stake", "stake", "settle", "void", gap=st.integers(0, 9 * 10**6))):
        at_us += move.gap_us
        if move.what == "stake":
            asked = stake(world, move, at_us)
            is_allowed = world.ask(asked).is_allowed
            assert is_allowed == (staked[move.round_id] + asked.amount <= cap)
            staked[move.round_id] += asked.amount if is_allowed else 0
        elif move.what == "settle":
            world.ask(settled(world, move, at_us))
        elif staked[move.round_id]:
            back = min(staked[move.round_id], move.cents * EURO // 100)
            world.ask(
                StakeVoided(
                    at_us=at_us, amount=back, currency=world.currency, round_id=move.round_id,
                    staked_us=at_us,
                )
            )  # fmt: skip
            staked[move.round_id] -= back
        assert all(total <= cap for total in staked.values())


@SOME
@given(data=st.data())
def test_no_start_comes_too_early_even_if_the_clock_goes_back(data: st.DataObject) -> None:
    world = World("GB", "GB-GAME-1")
    least = {"slots": 2_500_000, "table": 5_000_000}
    last: dict[str, int] = {}
    open_rounds: set[str] = set()
    at_us, seen_us = NOON_US, 0
    gap = st.one_of(
        st.integers(-10_000_000, 6_000_000),
        st.sampled_from([2_500_000, 2_499_999, 5_000_000, 4_999_999]),
    )

    for number, move in enumerate(data.draw(moves("slots", "table", "settle", gap=gap))):
        at_us += move.gap_us
        seen_us = max(seen_us, at_us)
        if move.what == "settle":
            world.ask(settled(world, move, at_us))
            open_rounds.discard(move.round_id)
            continue
        is_further = move.round_id in open_rounds
        is_allowed = world.ask(
            Stake(
                at_us=at_us, amount=1, currency="GBP", game_type=move.what,
                round_id=move.round_id, request_id=str(number),
            )
        ).is_allowed  # fmt: skip
        early = not is_further and seen_us - last.get(move.what, -(10**18)) < least[move.what]
        assert is_allowed == (not early)
        if is_allowed:
            open_rounds.add(move.round_id)
            if not is_further:
                last[move.what] = seen_us


@SOME
@given(gaps=st.lists(st.integers(5, 12 * 60), min_size=20, max_size=120))
def test_nobody_plays_an_hour_without_a_pause_of_five_minutes(gaps: list[int]) -> None:
    world, at_us, starts = World("DE"), NOON_US, []

    for number, gap_s in enumerate(gaps):
        at_us += gap_s * SECOND_US
        asked = Stake(
            at_us=at_us, amount=EURO // 2, currency="EUR", game_type="slots", round_id=str(number)
        )
        if world.ask(asked).is_allowed:
            starts.append(at_us)

    first = starts[0]
    for before, start in pairwise(starts):
        if start - before >= 5 * MINUTE_US:
            first = start
        assert start - first < 60 * MINUTE_US


class NaiveTime:
    """The time of visits by the minute, counted without the code it judges."""

    def __init__(self) -> None:
        self.heard_us: int | None = None
        self.spans: list[tuple[int, int]] = []

    def hear(self, at_us: int, *, begins: bool, ends: bool = False) -> None:
        if self.heard_us is not None and at_us - self.heard_us <= 30 * MINUTE_US:
            self.spans.append((self.heard_us, at_us))
            self.heard_us = None if ends else at_us
        elif ends:
            self.heard_us = None
        elif begins or self.heard_us is not None:
            self.heard_us = at_us

    def used_us(self, at_us: int) -> int:
        zone = Zone("America/New_York")
        day = zone.local(at_us).date()
        start_us, end_us = zone.day_start(day), zone.day_start(day + timedelta(days=1))
        spans = list(self.spans)
        if self.heard_us is not None and at_us - self.heard_us <= 30 * MINUTE_US:
            spans.append((self.heard_us, at_us))
        return sum(max(0, min(b, end_us) - max(a, start_us)) for a, b in spans)


@settings(max_examples=200, deadline=None)
@given(
    start=st.sampled_from(
        [(2026, 11, 10, 23, 45), (2026, 10, 31, 23, 45), (2027, 3, 13, 23, 45), (2026, 6, 1, 9, 0)]
    ),
    data=st.data(),
)
def test_no_game_starts_once_the_days_time_is_used_up(
    start: tuple[int, int, int, int, int], data: st.DataObject
) -> None:  # fmt: skip
    limit_s = data.draw(st.sampled_from([600, 3600]))
    mine = Limit(limit="time", period="day", amount=limit_s, set_us=0)
    others = tuple(one for one in wide_limits() if one.limit != "time")
    world, naive = World("NJ", limits=(*others, mine)), NaiveTime()
    at_us = Zone("America/New_York").instant(datetime(*start))  # noqa: DTZ001 - given its zone there
    minutes = st.sampled_from([0, 5, 10, 15, 20, 25, 29, 30, 31, 35])
    gap = st.builds(lambda whole, part: whole * MINUTE_US + part, minutes, st.integers(0, 1))

    for number, move in enumerate(data.draw(moves("stake", "login", "tick", "logout", gap=gap))):
        at_us += move.gap_us
        if move.what == "stake":
            asked = Stake(
                at_us=at_us, amount=1, currency="USD", game_type="table", round_id=str(number)
            )
            has_time = naive.used_us(at_us) < limit_s * SECOND_US
            needs_login = bool(world.standing.play.ended_by)
            is_allowed = world.ask(asked).is_allowed
            assert is_allowed == (has_time and not needs_login)
            naive.hear(at_us, begins=is_allowed)
            world.ask(settled(world, replace(move, round_id=str(number)), at_us, "table"))
        elif move.what == "logout":
            world.ask(Logout(at_us=at_us))
            naive.hear(at_us, begins=False, ends=True)
        else:
            asked_other = Login(at_us=at_us) if move.what == "login" else Activity(at_us=at_us)
            ended = world.ask(asked_other)
            begins = move.what == "login"
            was_running = naive.heard_us is not None
            if begins or was_running:
                naive.hear(at_us, begins=begins)
            if any(finding.effect == "end_session" for finding in ended.findings):
                naive.heard_us = None
