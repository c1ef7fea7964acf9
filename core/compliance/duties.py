"""What is due about a player, and what a deed answers. Way: standing -> here -> checks, fold.

One deed answers every open duty of its kind that was detected before it; the strictest of them says
whether it came in time, and the deadline itself still is. Instants are UTC microseconds.
"""

from __future__ import annotations

from core.compliance.check import Case
from core.compliance.pack import PackRule
from core.compliance.requests.protection import DutyDone
from core.compliance.standing import OpenDuty, Standing

CLEARED = "cleared"
"""The result by which a person ends what a rule has set on a player."""


def done_by(standing: Standing, done: DutyDone) -> tuple[OpenDuty, ...]:
    """Return the duties that a deed answers, the one due first in front."""
    found = [
        duty
        for duty in standing.duties
        if duty.kind == done.duty_kind and duty.since_us <= done.at_us
    ]
    return tuple(sorted(found, key=_due))


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


def is_cleared(case: Case, rule: PackRule) -> bool:
    """Say whether a person, not a machine, has done a rule's duty and ended what the rule set."""
    request = case.request
    if not isinstance(request, DutyDone) or request.duty_kind != rule.action.duty:
        return False
    return request.result == CLEARED and request.actor == "staff" and bool(request.staff_id)


def kept(duties: tuple[OpenDuty, ...], most: int) -> tuple[OpenDuty, ...]:
    """Return the duties a standing keeps: of too many those due first."""
    return duties if len(duties) <= most else tuple(sorted(duties, key=_due)[:most])


def _due(duty: OpenDuty) -> tuple[bool, int, int]:
    return duty.due_us is None, duty.due_us or 0, duty.since_us
