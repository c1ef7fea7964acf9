"""What a rule says of a request. Way: checks -> here -> verdict -> reply, log, duties."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Effect(StrEnum):
    """What follows, most severe first."""

    REFUSE = "refuse"
    HOLD = "hold"  # a withdrawal waits, for a basis in law
    PEND = "pend"  # the wish stands later
    END_SESSION = "end_session"
    BREAK = "break"
    PAY_OUT = "pay_out"
    DUTY = "duty"  # somebody must do something, by a time
    NOTIFY = "notify"
    RECORD = "record"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one rule found.

    `event` is its name in the log, such as DEPOSIT_REFUSED. `inputs` is what it saw, for the log:
    amounts as decimal text, instants as local ISO 8601. `until_us` is when the effect ends by
    itself. `duty` names what is to be done, with `due_us` null for no deadline. `reason` is the
    closed code the asker is told. `mark` names a mark of the standing that is set to this instant.
    `if_decision` names the decisions it is true of, () for all: that a limit was reached is so only
    if no other rule has refused. `excuses` names a rule whose duty is met, as this one knows:
    it is not raised again.
    """

    rule: str
    effect: Effect
    event: str
    reason: str
    inputs: Mapping[str, Any] = field(default_factory=dict)
    until_us: int | None = None
    duty: str = ""
    due_us: int | None = None
    mark: str = ""
    if_decision: tuple[str, ...] = ()
    excuses: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was decided of a request, by which pack; findings most severe first.

    `pack` is `<id>@<version>`, `pack_hash` names its very content.
    """

    decision: str
    findings: tuple[Finding, ...]
    pack: str
    pack_hash: str

    @property
    def is_allowed(self) -> bool:
        """Whether the wish may be carried out now."""
        return self.decision == "allow"

    @property
    def binding(self) -> Finding | None:
        """The finding that decided, null where nothing was refused, held or put off."""
        return self.findings[0] if self.findings and self.decision != "allow" else None


DECIDES = {Effect.REFUSE: "refuse", Effect.HOLD: "hold", Effect.PEND: "pend"}
SEVERITY = {effect: place for place, effect in enumerate(Effect)}


def decision_of(findings: tuple[Finding, ...]) -> str:
    """Return what findings, most severe first, amount to."""
    return DECIDES.get(findings[0].effect, "allow") if findings else "allow"
