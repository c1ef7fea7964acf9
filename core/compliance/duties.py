"""What is due about a player, done in time or late. Way: standing -> here -> checks, duties fold.

A check whose findings open duties looks at `DutyDone` and `DayPassed`, too, and yields what
`looked_at` says; the deadline itself is still in time.
"""

from __future__ import annotations

from collections.abc import Iterator

from core.compliance.calendar import SECOND_US
from core.compliance.check import Case
from core.compliance.finding import Effect, Finding
from core.compliance.pack import PackRule
from core.compliance.requests.account import DayPassed
from core.compliance.requests.protection import DutyDone
from core.compliance.standing import OpenDuty, Standing

CLEARED = "cleared"
"""The result by which a person ends what a rule has set on a player."""


def done_by(standing: Standing, done: DutyDone) -> OpenDuty | None:
    """Return the duty that is done: of its kind the one due first, null if none is open."""
    found = [duty for duty in standing.duties if duty.kind == done.duty_kind]
    return min(found, key=lambda duty: (duty.due_us is None, duty.due_us or 0), default=None)


def overdue(case: Case) -> tuple[OpenDuty, ...]:
    """Return the open duties whose time is over and of whom that was not yet said."""
    return tuple(
        duty
        for duty in case.standing.duties
        if duty.due_us is not None and duty.due_us < case.at_us and not duty.is_told
    )


def is_open(standing: Standing, kind: str, rule: PackRule) -> bool:
    """Say whether a rule's duty of a kind is open already."""
    return any(duty.kind == kind and duty.rule == rule.id for duty in standing.duties)


def is_cleared(case: Case) -> bool:
    """Say whether a person, not a machine, has ended something by what he did."""
    request = case.request
    is_person = request.actor == "staff" and bool(request.staff_id)
    return isinstance(request, DutyDone) and request.result == CLEARED and is_person


def looked_at(case: Case, rule: PackRule) -> Iterator[Finding]:
    """Yield whether a rule's duty was done in time, or is overdue."""
    if isinstance(case.request, DutyDone):
        done = done_by(case.standing, case.request)
        if done is not None and done.rule == rule.id:
            yield _done(case, rule, done, case.request.result)
    elif isinstance(case.request, DayPassed):
        for duty in overdue(case):
            if duty.rule == rule.id:
                said = _times(case, duty, case.at_us)
                yield Finding(rule.id, Effect.RECORD, "DUTY_OVERDUE", "DUTY_OVERDUE", said)


def _done(case: Case, rule: PackRule, duty: OpenDuty, result: str) -> Finding:
    acted_us = max(case.request.at_us, duty.since_us)
    is_late = duty.due_us is not None and acted_us > duty.due_us
    event = "BREACH" if is_late else "DUTY_DONE"
    said = {**_times(case, duty, acted_us), "acted_at": case.local(acted_us), "result": result}
    return Finding(rule.id, Effect.RECORD, event, event, said)


def _times(case: Case, duty: OpenDuty, until_us: int) -> dict[str, str | int | None]:
    return {
        "duty": duty.kind,
        "detected_at": case.local(duty.since_us),
        "due": None if duty.due_us is None else case.local(duty.due_us),
        "minutes": (until_us - duty.since_us) // (60 * SECOND_US),
    }
