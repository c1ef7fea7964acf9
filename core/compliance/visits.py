"""Visits and game cycles as the rules read them. Way: standing -> here -> checks, folds.

A visit begins with a login, or with the first stake where nobody tells of logins. It is over when
it is closed, or when nothing at all was heard of it for half an hour; the silence is no part of it.
Time is counted from one word of a visit to the next (`stretch`).

A stake starts a game cycle unless the cycle it names runs already. Whether it calls itself a start
does not matter, but for cycles without a name.
"""

from __future__ import annotations

from typing import Any

from core.compliance.calendar import SECOND_US
from core.compliance.check import Case
from core.compliance.request import Request
from core.compliance.requests.account import (
    Activity,
    Login,
    Logout,
    MessageAcknowledged,
    PlayAsked,
)
from core.compliance.requests.money import Stake
from core.compliance.standing import Play

SILENCE_US = 30 * 60 * SECOND_US
HEARD: tuple[type[Request], ...] = (Activity, Login, Logout, MessageAcknowledged, PlayAsked, Stake)
"""The requests up to which the time of a visit is counted."""


def is_running(play: Play, at_us: int) -> bool:
    """Say whether a visit runs at an instant."""
    if play.started_us is None or play.counted_us is None:
        return False
    return at_us - play.counted_us <= SILENCE_US


def visit_of(case: Case) -> Play | None:
    """Return the visit a case falls into, null if none runs."""
    play = case.standing.play
    return play if is_running(play, case.at_us) else None


def stretch(case: Case) -> tuple[int, int] | None:
    """Return the stretch of time a request adds to the running visit, null if to none.

    Whoever sums time by frames cuts it at their bounds.
    """
    play = visit_of(case) if isinstance(case.request, HEARD) else None
    if play is None or play.counted_us is None:
        return None
    return play.counted_us, case.at_us


def is_further(play: Play, stake: Stake) -> bool:
    """Say whether a stake goes into a game cycle that runs."""
    if not stake.round_id and stake.starts_game:
        return False
    found = play.round_of(stake.round_id)
    return found is not None and found.is_open


def is_start(case: Case) -> bool:
    """Say whether a request is a stake that starts a game cycle."""
    request = case.request
    return isinstance(request, Stake) and not is_further(case.standing.play, request)


def may_finish(case: Case) -> bool:
    """Say whether a stake belongs to what a player reaching a limit may still complete.

    That is a game cycle that runs, and what was paid for before, such as a tournament.
    """
    request = case.request
    if not isinstance(request, Stake):
        return False
    return request.is_prepaid or is_further(case.standing.play, request)


def figures(case: Case, visit: Play) -> dict[str, Any]:
    """Return what a player is told of his visit: time, stakes, wins and what is left of them."""
    started_us = case.at_us if visit.started_us is None else visit.started_us
    return {
        "elapsed_s": (case.at_us - started_us) // SECOND_US,
        "stakes": case.text(visit.stakes),
        "wins": case.text(visit.wins),
        "net": case.text(visit.wins - visit.stakes),
    }
