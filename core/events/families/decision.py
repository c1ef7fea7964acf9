"""What the house decided. Way: serving, risk desk -> here -> audit, later labels."""

from __future__ import annotations

from typing import ClassVar, Literal

from core.events.fact import Fact


class Scored(Fact, frozen=True, kw_only=True):
    """A model gave a player a score."""

    family: ClassVar[str] = "decision"
    decision_id: str
    model: str
    model_version: str
    score: float


class Gated(Fact, frozen=True, kw_only=True):
    """A rule kept an answer in the house."""

    family: ClassVar[str] = "decision"
    decision_id: str
    rule: str


class AlertRaised(Fact, frozen=True, kw_only=True):
    """A rule or a model band asked for a person's eyes."""

    family: ClassVar[str] = "decision"
    alert_id: str
    desk: Literal["rg", "fraud", "aml"]
    rule: str


class CaseDecided(Fact, frozen=True, kw_only=True):
    """A person closed a case."""

    family: ClassVar[str] = "decision"
    case_id: str
    desk: Literal["rg", "fraud", "aml"]
    outcome: Literal["confirmed", "unfounded", "inconclusive"]


class RuleApplied(Fact, frozen=True, kw_only=True):
    """A rule of a jurisdiction's pack said something of what a player wished or did.

    `effect` and `decision` are those of `core.compliance.finding`; `event` is the name in the log,
    `pack` the pack and version. What the rule saw stays in the log.
    """

    family: ClassVar[str] = "decision"
    request: str
    rule: str
    effect: str
    event: str
    decision: str
    pack: str
    reason: str = ""
    duty: str = ""
