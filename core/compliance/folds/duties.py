"""What is to be done about a player, until it is done. Way: verdict -> here -> standing.duties.

The log and the table of duties hold all of them for ever; a standing keeps the open ones, so that a
rule can say that one was done too late.
"""

from __future__ import annotations

from core.compliance.check import Case
from core.compliance.duties import done_by, kept, overdue
from core.compliance.finding import Verdict
from core.compliance.fold import Fold
from core.compliance.request import Request
from core.compliance.requests.account import DayPassed
from core.compliance.requests.protection import DutyDone
from core.compliance.standing import OpenDuty, Standing, with_changes

DUTIES_MOST = 32


def _apply(case: Case, verdict: Verdict, standing: Standing) -> Standing:
    duties = standing.duties
    if duties and isinstance(case.request, DutyDone):
        done = done_by(standing, case.request)
        duties = tuple(duty for duty in duties if duty not in done)
    elif duties and isinstance(case.request, DayPassed):
        late = overdue(case)
        duties = tuple(
            with_changes(duty, is_told=True) if duty in late else duty for duty in duties
        )
    new = _opened(case, verdict)
    if not new and duties is standing.duties:
        return standing
    return with_changes(standing, duties=kept((*duties, *new), DUTIES_MOST))


def _opened(case: Case, verdict: Verdict) -> tuple[OpenDuty, ...]:
    since_us = min(case.request.at_us, case.at_us)
    return tuple(
        OpenDuty(kind=finding.duty, rule=finding.rule, since_us=since_us, due_us=finding.due_us)
        for finding in verdict.findings
        if finding.duty
    )


FOLD = Fold("duties", (Request,), ("duties",), _apply)
