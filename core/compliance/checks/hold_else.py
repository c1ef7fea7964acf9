"""A hold that no rule of the pack speaks of binds all the same. Way: packs -> here -> verdict.

Staff's block is one; so is a break the player took although the pack has none of its kind, or a
listing in a register the pack does not name.
"""

from __future__ import annotations

from collections.abc import Iterator

from core.compliance.barring import BARRED, bars, reason_of
from core.compliance.check import Case, Check, Parameters
from core.compliance.finding import Effect, Finding
from core.compliance.held import in_force, longest
from core.compliance.pack import PackRule


def judge(case: Case, rule: PackRule, _parameters: Parameters) -> Iterator[Finding]:
    """Refuse what the rule's action aims at while such a hold is in force."""
    if not case.standing.holds:
        return
    held = longest([hold for hold in in_force(case.standing, case.at_us) if not hold.rule])
    bar, event = BARRED[type(case.request)]
    if held is not None and bars(rule, bar):
        inputs = {"hold": held.kind, "since": case.local(held.since_us), "ends_by": held.ends_by}
        reason = reason_of(bar, held.kind.upper())
        yield Finding(rule.id, Effect.REFUSE, event, reason, inputs, until_us=held.until_us)


HOLD_ELSE = Check(
    name="hold_else",
    on=tuple(BARRED),
    parameters=Parameters,
    judge=judge,
    says=(
        "A block by staff, or any hold no other rule of the pack speaks of, keeps a player from "
        "what the rule names until it is over."
    ),
)
