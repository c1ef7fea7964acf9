"""Who is logged in and does nothing is logged out. Way: judge -> here, play fold."""

from __future__ import annotations

from collections.abc import Iterable

from core.compliance.calendar import exact_us
from core.compliance.check import Case, Check, Parameters
from core.compliance.finding import Effect, Finding
from core.compliance.measure import exceeds
from core.compliance.pack import PackRule
from core.compliance.requests.account import Activity
from core.compliance.visits import visit_of


class Idle(Parameters, frozen=True, kw_only=True):
    """How long nothing may happen, an ISO 8601 term."""

    after: str


def _judge(case: Case, rule: PackRule, parameters: Idle) -> Iterable[Finding]:
    request, visit = case.request, visit_of(case)
    if not isinstance(request, Activity) or request.is_active or visit is None:
        return
    last_us = visit.active_us
    if last_us is None:
        return
    if exceeds(case.at_us - last_us, exact_us(parameters.after), rule.measure.comparator):
        said = {"last_activity": case.local(last_us), "after": parameters.after}
        yield Finding(rule.id, Effect.END_SESSION, "IDLE_LOGOUT", "IDLE", said)


CHECK = Check(
    "idle", (Activity,), Idle, _judge,
    says="A visit in which the player did nothing for too long is ended.",
)  # fmt: skip
