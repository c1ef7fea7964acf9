"""The time a player gave himself is over: the round is completed, the next does not start.

Way: judge -> here, play fold. Time runs while a visit runs, whether he plays or not. A visit that a
rule has ended needs a new login before a game starts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from core.compliance.calendar import SECOND_US
from core.compliance.check import Case, Check, Parameters, refusal
from core.compliance.ending import Reached, ended, refused
from core.compliance.finding import Finding
from core.compliance.limits_in_force import amount_at
from core.compliance.measure import exceeds
from core.compliance.pack import PackRule
from core.compliance.requests.account import Activity, PlayAsked
from core.compliance.requests.money import Stake
from core.compliance.standing import Limit
from core.compliance.used import sums_at
from core.compliance.visits import may_finish, visit_of

OF_TIME = frozenset({"time", "session"})


class TimeLimit(Parameters, frozen=True, kw_only=True):
    """Nothing to set: the limits are the player's."""


def _judge(case: Case, rule: PackRule, _parameters: TimeLimit) -> Iterable[Finding]:
    if may_finish(case):
        return
    visit = visit_of(case)
    if visit is None and case.standing.play.ended_by and isinstance(case.request, Stake):
        by = case.standing.play.ended_by
        yield refusal(rule, "STAKE_REFUSED", "SESSION_ENDED", ended_by=by)
    reached = max(_reached(case, rule), key=lambda one: one.until_us or 0, default=None)
    if reached is None:
        return
    if not isinstance(case.request, Activity):
        yield refused(rule, reached)
    elif visit is not None:
        yield from ended(case, rule, visit, reached)


def _reached(case: Case, rule: PackRule) -> Iterator[Reached]:
    for limit in case.standing.limits:
        if limit.limit not in OF_TIME or limit.scope != "account":
            continue
        most_s = amount_at(limit, case.at_us)
        if most_s is None:
            continue
        is_visit = limit.limit == "session" or limit.period == "session"
        used_us, start_us, end_us = _visit_used(case) if is_visit else _frame_used(case, limit)
        if exceeds(used_us, most_s * SECOND_US, rule.measure.comparator):
            said = {
                "binding_limit": f"time:{'session' if is_visit else limit.period}",
                "used": used_us // SECOND_US, "limit": most_s,
                "window_start": None if start_us is None else case.local(start_us),
                "window_end": None if end_us is None else case.local(end_us),
            }  # fmt: skip
            since_us = case.at_us - (used_us - most_s * SECOND_US)
            yield Reached("LIMIT_TIME", "TIME_LIMIT", since_us, said, end_us)


def _visit_used(case: Case) -> tuple[int, int | None, int | None]:
    visit = visit_of(case)
    if visit is None or visit.started_us is None:
        return 0, None, None
    return case.at_us - visit.started_us, visit.started_us, None


def _frame_used(case: Case, limit: Limit) -> tuple[int, int, int]:
    """Return the time used in a frame, with what has run since time was last counted."""
    sums, visit = sums_at(case, limit.period), visit_of(case)
    used_us = sums.play_us
    if visit is not None and visit.counted_us is not None:
        used_us += case.at_us - max(visit.counted_us, sums.start_us)
    return used_us, sums.start_us, sums.end_us


CHECK = Check(
    "time_limit", (Activity, PlayAsked, Stake), TimeLimit, _judge,
    says="Once the player's time for a visit, day, week or month is used up, the round that runs "
    "and what was paid before may be completed, no game starts, and the visit ends.",
)  # fmt: skip
