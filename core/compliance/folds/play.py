"""The visit and the game cycles in it, after a request. Way: verdict -> here -> standing.play."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from core.compliance.calendar import SECOND_US
from core.compliance.check import Case
from core.compliance.finding import Effect, Verdict
from core.compliance.fold import Fold
from core.compliance.request import Request
from core.compliance.requests.account import (
    Activity,
    Login,
    Logout,
    MessageAcknowledged,
    PlayAsked,
    RealityCheckAsked,
)
from core.compliance.requests.money import (
    Deposit,
    DepositSettled,
    Stake,
    StakeSettled,
    StakeVoided,
)
from core.compliance.standing import Play, Round, Standing, with_changes, with_key
from core.compliance.visits import is_further, is_running

ROUNDS_MOST = 16
STARTS_MOST = 16
PACE_REACH_US = 60 * SECOND_US
"""No pace of any pack reaches further back: older starts may be forgotten."""


def begun(play: Play, at_us: int, session_id: str = "") -> Play:
    """Return a visit that begins now; what outlives visits is kept."""
    return Play(
        session_id=session_id, started_us=at_us, active_us=at_us, counted_us=at_us,
        rounds=play.rounds, starts_us=play.starts_us, played_us=play.played_us,
        reality_s=play.reality_s,
    )  # fmt: skip


def closed(play: Play, ended_by: str) -> Play:
    """Return what is kept once a visit is over."""
    return Play(
        ended_by=ended_by, rounds=play.rounds, starts_us=play.starts_us, played_us=play.played_us,
        reality_s=play.reality_s,
    )  # fmt: skip


def _login(play: Play, case: Case, verdict: Verdict) -> Play:
    request: Any = case.request
    if not verdict.is_allowed:
        return play
    if is_running(play, case.at_us):
        return with_changes(
            play, session_id=request.session_id, active_us=case.at_us, counted_us=case.at_us
        )
    return begun(play, case.at_us, request.session_id)


def _logout(play: Play, case: Case, _verdict: Verdict) -> Play:
    request: Any = case.request
    is_other = request.session_id and play.session_id and request.session_id != play.session_id
    return play if is_other else closed(play, play.ended_by)


def _present(play: Play, case: Case, verdict: Verdict, *, is_active: bool = True) -> Play:
    """Count the time up to now; a visit that was silent too long begins anew."""
    if is_running(play, case.at_us):
        active_us = case.at_us if is_active else play.active_us
        return with_changes(play, counted_us=case.at_us, active_us=active_us)
    is_over = play.started_us is None and isinstance(case.request, Activity | MessageAcknowledged)
    if is_over or not verdict.is_allowed:
        return play
    return begun(play, case.at_us, play.session_id)


def _activity(play: Play, case: Case, verdict: Verdict) -> Play:
    request: Any = case.request
    return _present(play, case, verdict, is_active=request.is_active)


def _play_asked(play: Play, case: Case, verdict: Verdict) -> Play:
    """Take the limits of the visit; one that stands is never loosened within it."""
    request: Any = case.request
    play = _present(play, case, verdict)
    if not verdict.is_allowed:
        return play
    return with_changes(
        play, limit_s=_least(play.limit_s, request.session_s),
        spend_most=_least(play.spend_most, request.session_spend),
    )  # fmt: skip


def _acknowledged(play: Play, case: Case, verdict: Verdict) -> Play:
    request: Any = case.request
    play = _present(play, case, verdict)
    if request.rule not in play.shown_us:
        return play
    return with_changes(play, answered_us=with_key(play.answered_us, request.rule, case.at_us))


def _reality(play: Play, case: Case, verdict: Verdict) -> Play:
    request: Any = case.request
    return with_changes(play, reality_s=request.every_s) if verdict.is_allowed else play


def _stake(play: Play, case: Case, verdict: Verdict) -> Play:
    request: Any = case.request
    starts = not is_further(play, request)
    play = _present(play, case, verdict)
    if not verdict.is_allowed:
        return play
    rounds = _with_stake(play.rounds, request, starts=starts)
    changes: dict[str, Any] = {"starts_us": _started(play, case)} if starts else {}
    return with_changes(
        play, stakes=play.stakes + request.amount, rounds=rounds, played_us=case.at_us, **changes
    )


def _with_stake(rounds: tuple[Round, ...], request: Any, *, starts: bool) -> tuple[Round, ...]:
    """Add a stake to its cycle; the cycles touched longest ago are forgotten, ended ones first."""
    staked, others = 0, []
    for one in rounds:
        if one.round_id == request.round_id:
            staked = one.staked
        else:
            others.append(one)
    if not request.round_id and starts:
        staked = 0
    if len(others) >= ROUNDS_MOST:
        others.remove(next((one for one in others if not one.is_open), others[0]))
    return (*others, Round(round_id=request.round_id, staked=staked + request.amount))


def _started(play: Play, case: Case) -> dict[str, int]:
    request: Any = case.request
    starts = with_key(play.starts_us, request.game_type, case.at_us)
    if len(starts) > STARTS_MOST:
        after_us = case.at_us - PACE_REACH_US
        starts = {name: at_us for name, at_us in starts.items() if at_us >= after_us}
    return starts


def _settled(play: Play, case: Case, _verdict: Verdict) -> Play:
    request: Any = case.request
    wins = play.wins + request.amount if is_running(play, case.at_us) else play.wins
    rounds = play.rounds
    if request.ends_round:
        rounds = tuple(
            with_changes(one, is_open=False) if one.round_id == request.round_id else one
            for one in rounds
        )
    return with_changes(play, wins=wins, rounds=rounds)


def _voided(play: Play, case: Case, _verdict: Verdict) -> Play:
    """Take what never was out of the cycle, and out of the visit it was staked in."""
    request: Any = case.request
    rounds = tuple(
        with_changes(one, staked=max(0, one.staked - request.amount))
        if one.round_id == request.round_id else one
        for one in play.rounds
    )  # fmt: skip
    play = with_changes(play, rounds=rounds)
    if play.started_us is None or request.staked_us < play.started_us:
        return play
    return with_changes(
        play, stakes=max(0, play.stakes - request.amount), wins=max(0, play.wins - request.won)
    )


def _deposited(play: Play, case: Case, _verdict: Verdict) -> Play:
    request: Any = case.request
    if not is_running(play, case.at_us):
        return play
    return with_changes(play, deposits=play.deposits + request.amount)


def _did_something(play: Play, case: Case, _verdict: Verdict) -> Play:
    return with_changes(play, active_us=case.at_us) if play.started_us is not None else play


_CHANGES: dict[type, Callable[[Play, Case, Verdict], Play]] = {
    Activity: _activity,
    Deposit: _did_something,
    DepositSettled: _deposited,
    Login: _login,
    Logout: _logout,
    MessageAcknowledged: _acknowledged,
    PlayAsked: _play_asked,
    RealityCheckAsked: _reality,
    Stake: _stake,
    StakeSettled: _settled,
    StakeVoided: _voided,
}


def _apply(case: Case, verdict: Verdict, standing: Standing) -> Standing:
    change = _CHANGES.get(type(case.request))
    play = standing.play if change is None else change(standing.play, case, verdict)
    for finding in verdict.findings:
        if finding.effect is Effect.NOTIFY:
            play = with_changes(play, shown_us=with_key(play.shown_us, finding.rule, case.at_us))
        elif finding.effect is Effect.END_SESSION:
            play = closed(play, finding.rule)
    return standing if play is standing.play else with_changes(standing, play=play)


def _least(one: int | None, other: int | None) -> int | None:
    known = [value for value in (one, other) if value is not None]
    return min(known, default=None)


FOLD = Fold("play", (Request,), ("play",), _apply)
