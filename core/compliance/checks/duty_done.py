"""What was due is done in time, late, or not at all. Way: judge -> here -> log.

It looks at the duties of every rule; what it finds bears the id of the rule whose duty it was. When
a kind of duty was last done is the mark `<kind>_done`.
"""

from __future__ import annotations

from collections.abc import Iterable

from core.compliance.calendar import SECOND_US
from core.compliance.check import Case, Check, Parameters
from core.compliance.duties import done_by, overdue
from core.compliance.finding import Effect, Finding
from core.compliance.pack import PackRule
from core.compliance.requests.account import DayPassed
from core.compliance.requests.protection import DutyDone
from core.compliance.standing import OpenDuty

MINUTE_US = 60 * SECOND_US


class DutyLook(Parameters, frozen=True, kw_only=True):
    """Nothing to set: each duty knows when it is due."""


def _judge(case: Case, _rule: PackRule, _parameters: DutyLook) -> Iterable[Finding]:
    request = case.request
    if isinstance(request, DutyDone):
        strictest = next(iter(done_by(case.standing, request)), None)
        if strictest is not None:
            yield _done(case, strictest, request)
    elif isinstance(request, DayPassed):
        for duty in overdue(case):
            said = _times(case, duty, case.at_us)
            yield Finding(duty.rule, Effect.RECORD, "DUTY_OVERDUE", "DUTY_OVERDUE", said)


def _done(case: Case, duty: OpenDuty, done: DutyDone) -> Finding:
    acted_us = done.at_us
    is_late = duty.due_us is not None and acted_us > duty.due_us
    event = "BREACH" if is_late else "DUTY_DONE"
    said = {
        **_times(case, duty, acted_us), "acted_at": case.local(acted_us), "result": done.result,
        "content": done.content,
    }  # fmt: skip
    return Finding(
        duty.rule, Effect.RECORD, event, event if is_late else "", said, mark=f"{duty.kind}_done"
    )


def _times(case: Case, duty: OpenDuty, until_us: int) -> dict[str, str | int | None]:
    """Return the figures of a duty: minutes since detection, begun minutes past the deadline."""
    late_us = 0 if duty.due_us is None else max(0, until_us - duty.due_us)
    return {
        "kind": duty.kind,
        "detected_at": case.local(duty.since_us),
        "due_at": None if duty.due_us is None else case.local(duty.due_us),
        "minutes": (until_us - duty.since_us) // MINUTE_US,
        "late_min": -(-late_us // MINUTE_US),
    }


CHECK = Check(
    "duty_done", (DayPassed, DutyDone), DutyLook, _judge,
    says="A duty done after its deadline is a breach, with its minutes; one not done by the end of "
    "a day is overdue.",
)  # fmt: skip
