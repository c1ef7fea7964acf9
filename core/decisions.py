"""The gate: all rules are asked, the most severe finding wins. Way: core.rules -> here -> serving.

Every rule is evaluated even after one has applied, so the record shows all that was wrong.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core import rules
from core.discover import declarations
from core.errors import DeclarationError
from core.rule import Finding, GateRequest, Knowledge, Outcome, Rule

PRECEDENCE = {outcome: place for place, outcome in enumerate(Outcome)}


@dataclass(frozen=True, slots=True)
class Decision:
    """What the gate decided and why; findings in order of precedence."""

    outcome: Outcome
    findings: tuple[Finding, ...]
    rg_version: int | None

    @property
    def is_suppressed(self) -> bool:
        """Say whether value scores must stay in the house."""
        return self.outcome is not Outcome.ALLOWED


def all_rules() -> tuple[Rule, ...]:
    """Return the rules of core/rules in order of precedence.

    Raises:
        DeclarationError: two rules bear one name, or a rule would allow.
    """
    found = sorted(
        declarations(rules, Rule), key=lambda rule: (PRECEDENCE[rule.outcome], rule.name)
    )
    for rule in found:
        if rule.outcome is Outcome.ALLOWED:
            raise DeclarationError(f"rule {rule.name} allows", expected="a rule that suppresses")
    if len({rule.name for rule in found}) != len(found):
        raise DeclarationError("two rules bear one name", expected="one name, one rule")
    return tuple(found)


def decide(request: GateRequest, known: Knowledge, gate: Sequence[Rule]) -> Decision:
    """Ask every rule; without any rule nothing is allowed, for then nobody has looked."""
    findings = [found for rule in gate if (found := rule.find(request, known)) is not None]
    findings.sort(key=lambda finding: PRECEDENCE[finding.outcome])
    allowed = Outcome.ALLOWED if gate else Outcome.UNKNOWN_STATE
    outcome = findings[0].outcome if findings else allowed
    version = None if known.state is None else known.state.version
    return Decision(outcome, tuple(findings), version)
