"""A visit has limits of time and spend the player chose before play. Way: judge -> here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal

from core.compliance.calendar import SECOND_US
from core.compliance.check import Case, Check, Parameters, refusal
from core.compliance.ending import Reached, ended, refused
from core.compliance.finding import Finding
from core.compliance.pack import PackRule
from core.compliance.requests.account import Activity, PlayAsked
from core.compliance.requests.money import Stake
from core.compliance.standing import Play
from core.compliance.visits import may_finish, visit_of


class SessionLimits(Parameters, frozen=True, kw_only=True):
    """What must be chosen; `spend` is stakes less wins (net), or stakes alone."""

    needs: tuple[Literal["time", "spend"], ...] = ("time", "spend")
    spend: Literal["net", "stakes"] = "net"


def _judge(case: Case, rule: PackRule, parameters: SessionLimits) -> Iterable[Finding]:
    request, visit = case.request, visit_of(case)
    if isinstance(request, PlayAsked):
        yield from _asked(rule, request, visit, parameters)
    elif isinstance(request, Stake):
        yield from _staked(case, rule, visit or Play(), parameters)
    elif visit is not None:
        for reached in _reached(case, visit, parameters):
            yield from ended(case, rule, visit, reached)


def _asked(
    rule: PackRule, request: PlayAsked, visit: Play | None, parameters: SessionLimits
) -> Iterator[Finding]:  # fmt: skip
    chosen = {
        "time": (request.session_s, None if visit is None else visit.limit_s),
        "spend": (request.session_spend, None if visit is None else visit.spend_most),
    }
    for name in parameters.needs:
        new, old = chosen[name]
        if (new is None and old is None) or (new is not None and new <= 0):
            yield refusal(rule, "PLAY_REFUSED", "SESSION_LIMIT_MISSING", limit=name)
        elif new is not None and old is not None and new > old:
            yield refusal(rule, "PLAY_REFUSED", "SESSION_LIMIT_FIXED", limit=name)


def _staked(
    case: Case, rule: PackRule, visit: Play, parameters: SessionLimits
) -> Iterator[Finding]:
    chosen = {"time": visit.limit_s, "spend": visit.spend_most}
    missing = [name for name in parameters.needs if chosen[name] is None]
    is_finishing = may_finish(case)
    if missing and not is_finishing:
        yield refusal(rule, "STAKE_REFUSED", "SESSION_LIMIT_MISSING", limit=missing[0])
    if not is_finishing:
        for reached in _reached(case, visit, parameters):
            yield refused(rule, reached)
    request, most = case.request, visit.spend_most
    if isinstance(request, Stake) and most is not None and not request.is_prepaid:
        used = _spent(visit, parameters)
        if used < most < used + request.amount:
            yield refusal(
                rule, "STAKE_REFUSED", "SPEND_LIMIT", used=case.text(used),
                requested=case.text(request.amount), limit=case.text(most),
                remaining=case.text(most - used), room_units=most - used,
            )  # fmt: skip
        elif is_finishing and used >= most:
            yield refusal(rule, "STAKE_REFUSED", "SPEND_LIMIT", used=case.text(used))


def _reached(case: Case, visit: Play, parameters: SessionLimits) -> Iterator[Reached]:
    """Yield what is used up; spend has no instant at which it was, so its round runs from now."""
    if visit.limit_s is not None and visit.started_us is not None:
        end_us = visit.started_us + visit.limit_s * SECOND_US
        if case.at_us >= end_us:
            said = {
                "binding_limit": "time:session", "limit": visit.limit_s,
                "used": (case.at_us - visit.started_us) // SECOND_US,
            }  # fmt: skip
            yield Reached("LIMIT_TIME", "TIME_LIMIT", end_us, said)
    if visit.spend_most is not None and _spent(visit, parameters) >= visit.spend_most:
        said = {
            "binding_limit": "spend:session", "limit": case.text(visit.spend_most),
            "used": case.text(_spent(visit, parameters)),
        }  # fmt: skip
        yield Reached("LIMIT_SPEND", "SPEND_LIMIT", visit.played_us or case.at_us, said)


def _spent(visit: Play, parameters: SessionLimits) -> int:
    return visit.stakes - (visit.wins if parameters.spend == "net" else 0)


CHECK = Check(
    "session_limits", (Activity, PlayAsked, Stake), SessionLimits, _judge,
    says="Before play the player chooses how long and for how much he plays; without it no game "
    "starts, within the visit it is only tightened, and reached it ends the visit.",
)  # fmt: skip
