"""What a rule of the gate is. Way: core.rg_state -> rules in core/rules -> core.decisions.

A rule is a pure function of a request and what is known of the player; it returns a finding when it
keeps value scores in the house, and None when it has nothing to say. It never releases anything.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core.rg_state import RgState


class Outcome(StrEnum):
    """What the gate says of a request, most severe first; every outcome but the last suppresses."""

    SELF_EXCLUDED = "self_excluded"
    UNKNOWN_STATE = "unknown_state"
    STALE_STATE = "stale_state"
    TIMED_OUT = "timed_out"
    BLOCKED_OR_CLOSED = "blocked_or_closed"
    HARM_AT_RISK = "harm_at_risk"
    ALLOWED = "allowed"


@dataclass(frozen=True, slots=True)
class GateRequest:
    """A wish to tell somebody what a player is worth.

    `features_as_of` is the newest instant any feature used holds at; `harm_probability` the
    calibrated score of the harm model, None where there is none.
    """

    player_id: str
    features_as_of: datetime
    harm_probability: float | None
    harm_threshold: float


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What the rg state store answered: the state, how far it knows, or why it could not say.

    `state` is None for a player nobody knows. A fault beside `known_at` says why the state may lack
    something all the same.
    """

    state: RgState | None = None
    known_at: datetime | None = None
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that applied, with what it saw, for the risk desk's eyes only."""

    rule: str
    outcome: Outcome
    law: str
    detail: str


Check = Callable[[GateRequest, Knowledge], str | None]


@dataclass(frozen=True, slots=True)
class Rule:
    """A declared rule: `check` returns what it saw, or None when it does not apply."""

    name: str
    outcome: Outcome
    law: str
    reason: str
    check: Check

    def find(self, request: GateRequest, known: Knowledge) -> Finding | None:
        """Return the finding, or None."""
        detail = self.check(request, known)
        if detail is None:
            return None
        return Finding(self.name, self.outcome, self.law, f"{self.reason} ({detail})")
