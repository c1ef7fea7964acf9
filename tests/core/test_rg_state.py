from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.events.fact import Fact
from core.events.families.player import (
    PlayerBlocked,
    PlayerClosed,
    PlayerExclusionEnded,
    PlayerProtected,
    PlayerReleased,
    PlayerSelfExcluded,
    PlayerTimedOut,
    PlayerUnblocked,
    PlayerVerified,
)
from core.rg_state import FOREVER, HoldKind, RgFact, RgState, fold, reduce_state

START = datetime(2026, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def at(day: float, fact: Fact) -> RgFact:
    return RgFact(START + day * DAY, fact)


days = st.integers(0, 60)
facts = st.one_of(
    st.builds(PlayerSelfExcluded, scope=st.sampled_from(["operator", "register"])),
    st.builds(PlayerExclusionEnded, scope=st.sampled_from(["operator", "register"])),
    st.builds(PlayerProtected, rule=st.just("R")),
    st.builds(PlayerReleased, rule=st.just("R")),
    st.builds(PlayerTimedOut, until_at=days.map(lambda day: START + day * DAY)),
    st.builds(
        PlayerBlocked,
        reason=st.just("operator"),
        until_at=st.none() | days.map(lambda day: START + day * DAY),
    ),
    st.just(PlayerUnblocked(reason="checked")),
    st.just(PlayerClosed(reason="moved")),
)
histories = st.lists(st.builds(at, days, facts), max_size=12)


def test_a_player_of_whom_nothing_is_held_is_open() -> None:
    assert fold([at(0, PlayerVerified(level="full"))]) == RgState()
    assert RgState().name(START) == "open"


def test_expiry_alone_never_ends_a_self_exclusion() -> None:
    state = fold([at(0, PlayerSelfExcluded(scope="operator", until_at=START + 180 * DAY))])

    assert state.name(START + 4000 * DAY) == "self_excluded"


def test_the_players_own_return_ends_an_exclusion_of_the_same_scope_only() -> None:
    excluded = [at(0, PlayerSelfExcluded(scope=scope)) for scope in ("operator", "register")]

    state = fold([*excluded, at(9, PlayerExclusionEnded(scope="operator"))])

    assert state.in_force(START + 10 * DAY) == (HoldKind.REGISTER_EXCLUDED,)


def test_a_late_end_of_an_earlier_exclusion_does_not_lift_a_later_one() -> None:
    state = fold(
        [
            at(10, PlayerSelfExcluded(scope="operator")),
            at(5, PlayerExclusionEnded(scope="operator")),
        ]
    )

    assert state.name(START + 11 * DAY) == "self_excluded"


def test_an_end_at_the_very_instant_of_an_exclusion_does_not_lift_it() -> None:
    state = fold(
        [at(1, PlayerSelfExcluded(scope="operator")), at(1, PlayerExclusionEnded(scope="operator"))]
    )

    assert state.name(START + 2 * DAY) == "self_excluded"


def test_a_time_out_ends_at_its_instant_and_not_by_an_exclusions_end() -> None:
    state = fold(
        [
            at(0, PlayerTimedOut(until_at=START + 7 * DAY)),
            at(1, PlayerExclusionEnded(scope="operator")),
        ]
    )

    assert state.name(START + 7 * DAY - timedelta(microseconds=1)) == "timed_out"
    assert state.name(START + 7 * DAY) == "open"


def test_a_shorter_break_does_not_shorten_a_longer_one() -> None:
    breaks = [at(0, PlayerTimedOut(until_at=START + days * DAY)) for days in (30, 1)]

    assert fold(breaks).name(START + 20 * DAY) == "timed_out"


@pytest.mark.parametrize(("until_day", "name"), [(None, "blocked"), (3, "open")])
def test_a_block_ends_when_it_says_or_when_lifted(until_day: int | None, name: str) -> None:
    until_at = None if until_day is None else START + until_day * DAY
    state = fold([at(0, PlayerBlocked(reason="kyc", until_at=until_at))])

    assert state.name(START + 4 * DAY) == name
    lifted = reduce_state(state, at(1, PlayerUnblocked(reason="checked")))
    assert lifted.name(START + 2 * DAY) == "open"


def test_a_hold_without_an_end_lasts_for_good() -> None:
    state = fold([at(0, PlayerClosed(reason="moved"))])

    assert state.holds[HoldKind.CLOSED].until_at == FOREVER
    assert state.name(FOREVER - DAY) == "closed"


@given(histories, st.randoms(use_true_random=False), days)
def test_neither_order_nor_repetition_changes_what_is_held(history, random, day) -> None:  # type: ignore[no-untyped-def]
    shuffled = [*history, *history[:3]]
    random.shuffle(shuffled)

    assert fold(shuffled).holds == fold(history).holds
    assert fold(shuffled).in_force(START + day * DAY) == fold(history).in_force(START + day * DAY)


@given(histories, days)
def test_learning_of_an_exclusion_never_frees_anyone(history: list[RgFact], day: int) -> None:
    before = fold(history).in_force(START + 61 * DAY)

    after = fold([*history, at(day, PlayerSelfExcluded(scope="operator"))])

    assert set(before) <= set(after.in_force(START + 61 * DAY))
