"""The judge: every rule in force is asked, the most severe finding decides. Way: desk -> here.

Pure: the same request, standing and pack give the same verdict and the same next standing, on any
machine and at any time. All rules are asked even after one has refused, so that the log shows all
that was wrong; of several refusals the one that leaves least room binds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any

import msgspec

from core.compliance import checks, folds
from core.compliance.check import Case, Check, Parameters
from core.compliance.finding import SEVERITY, Effect, Finding, Verdict, decision_of
from core.compliance.fold import Fold
from core.compliance.pack import Pack, PackRule, content_hash
from core.compliance.request import Request
from core.compliance.requests.money import Withdrawal
from core.compliance.standing import Standing
from core.discover import declarations
from core.errors import DeclarationError

STOPS = frozenset({Effect.REFUSE, Effect.HOLD, Effect.PEND})


@cache
def known_checks() -> Mapping[str, Check]:
    """Return every declared check by name."""
    return {check.name: check for check in declarations(checks, Check)}


@cache
def known_folds() -> tuple[Fold, ...]:
    """Return every declared fold, in order of names.

    Raises:
        DeclarationError: two own one field of the standing.
    """
    found = tuple(sorted(declarations(folds, Fold), key=lambda fold: fold.name))
    owned = [name for fold in found for name in fold.owns]
    if len(set(owned)) < len(owned):
        raise DeclarationError(f"folds own {sorted(owned)}", expected="each field once")
    return found


@cache
def _folds_of(kind: type[Request]) -> tuple[Fold, ...]:
    return tuple(fold for fold in known_folds() if issubclass(kind, fold.on))


@dataclass(frozen=True, slots=True)
class BoundRule:
    """A rule of a pack with its check and its parameters read."""

    rule: PackRule
    check: Check
    parameters: Any

    def find(self, case: Case) -> Iterable[Finding]:
        """Return what the rule says of a case."""
        found = self.check.judge(case, self.rule, self.parameters)
        if isinstance(case.request, Withdrawal) and not self.check.may_hold_withdrawals:
            return [finding for finding in found if finding.effect not in STOPS]
        return found


def bound(rule: PackRule) -> BoundRule:
    """Find a rule's check and read its parameters.

    Raises:
        DeclarationError: there is no such check, or its parameters are not what it takes.
    """
    check = known_checks().get(rule.check)
    if check is None:
        raise DeclarationError(
            f"{rule.id}: no check {rule.check!r}", expected=f"one of {', '.join(known_checks())}"
        )
    try:
        parameters: Parameters = msgspec.convert(rule.with_, check.parameters, strict=True)
    except msgspec.ValidationError as error:
        raise DeclarationError(
            f"{rule.id}: {error}", expected=f"what {check.name} takes"
        ) from error
    return BoundRule(rule, check, parameters)


@dataclass(slots=True)
class Judge:
    """Judges under one pack; `switched_on` are rules the operator has confirmed for himself."""

    pack: Pack
    switched_on: frozenset[str] = frozenset()
    _of_days: dict[date, Mapping[type[Request], tuple[BoundRule, ...]]] = field(
        default_factory=dict
    )
    _hash: str = ""

    def verdict(self, request: Request, standing: Standing) -> tuple[Verdict, Case]:
        """Ask every rule; a standing of another pack is refused.

        Raises:
            DeclarationError: the player belongs to another jurisdiction.
        """
        if standing.jurisdiction != self.pack.pack:
            raise DeclarationError(
                f"a player of {standing.jurisdiction} before {self.pack.pack}",
                expected="the pack of his own jurisdiction",
            )
        case = Case(request, standing, self.pack)
        rules = self._on(case.today).get(type(request), ())
        found = [finding for rule in rules for finding in rule.find(case)]
        found.sort(key=lambda finding: (SEVERITY[finding.effect], _room(finding)))
        decision = decision_of(tuple(found))
        findings = _said(found, decision)
        version = f"{self.pack.pack}@{self.pack.version(case.today)}"
        return Verdict(decision, findings, version, self.hash), case

    def decide(self, request: Request, standing: Standing) -> tuple[Verdict, Standing]:
        """Return the verdict and the standing after it."""
        verdict, case = self.verdict(request, standing)
        return verdict, after(case, verdict)

    @property
    def hash(self) -> str:
        """What names the pack's very content and the rules switched on."""
        if not self._hash:
            on = ",".join(sorted(self.switched_on))
            self._hash = content_hash(self.pack) + (f"+{on}" if on else "")
        return self._hash

    def _on(self, day: date) -> Mapping[type[Request], tuple[BoundRule, ...]]:
        if day not in self._of_days:
            rules = [r for r in self.pack.in_force(day, switched_on=self.switched_on) if r.check]
            by_type: dict[type[Request], list[BoundRule]] = {}
            for rule in map(bound, rules):
                for kind in rule.check.on:
                    by_type.setdefault(kind, []).append(rule)
            self._of_days[day] = {kind: tuple(found) for kind, found in by_type.items()}
        return self._of_days[day]


def after(case: Case, verdict: Verdict) -> Standing:
    """Return the standing once a request was judged, and carried out if it was granted."""
    standing = case.standing
    for fold in _folds_of(type(case.request)):
        standing = fold.apply(case, verdict, standing)
    return msgspec.structs.replace(standing, seen_us=case.at_us)


def _said(found: list[Finding], decision: str) -> tuple[Finding, ...]:
    """Return what holds of a decision: without duties another rule knows to be met."""
    excused = {finding.excuses for finding in found if finding.excuses}
    return tuple(
        finding for finding in found
        if (not finding.if_decision or decision in finding.if_decision)
        and not (finding.rule in excused and finding.effect is Effect.DUTY)
    )  # fmt: skip


def _room(finding: Finding) -> int:
    """Return how much room a refusal leaves, where it says so: the least binds."""
    room = finding.inputs.get("room_units")
    return room if isinstance(room, int) else -1
