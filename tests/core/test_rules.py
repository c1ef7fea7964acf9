import math
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core import rules
from core.decisions import PRECEDENCE, all_rules, decide
from core.discover import modules_in
from core.rg_state import FOREVER, Hold, HoldKind, RgState
from core.rule import GateRequest, Knowledge, Outcome, Rule

AS_OF = datetime(2026, 3, 1, tzinfo=UTC)
DAY = timedelta(days=1)
GATE = all_rules()
OPEN = Knowledge(RgState(), AS_OF)


def request(harm: float | None = 0.01, threshold: float = 0.2) -> GateRequest:
    return GateRequest("p", AS_OF, harm, threshold)


def held(kind: HoldKind, until_at: datetime = FOREVER) -> Knowledge:
    return Knowledge(RgState({kind: Hold(AS_OF - DAY, until_at)}, 1), AS_OF)


CASES = [
    (held(HoldKind.SELF_EXCLUDED, AS_OF - DAY), request(), Outcome.SELF_EXCLUDED),
    (held(HoldKind.REGISTER_EXCLUDED), request(), Outcome.SELF_EXCLUDED),
    (held(HoldKind.TIMED_OUT, AS_OF + DAY), request(), Outcome.TIMED_OUT),
    (held(HoldKind.TIMED_OUT, AS_OF), request(), Outcome.ALLOWED),
    (held(HoldKind.PROTECTED), request(), Outcome.HARM_AT_RISK),
    (held(HoldKind.PROTECTED, AS_OF - DAY), request(), Outcome.HARM_AT_RISK),
    (held(HoldKind.BLOCKED), request(), Outcome.BLOCKED_OR_CLOSED),
    (held(HoldKind.BLOCKED, AS_OF), request(), Outcome.ALLOWED),
    (held(HoldKind.CLOSED), request(), Outcome.BLOCKED_OR_CLOSED),
    (Knowledge(None, AS_OF), request(), Outcome.UNKNOWN_STATE),
    (Knowledge(fault="broken"), request(), Outcome.UNKNOWN_STATE),
    (Knowledge(RgState(), None), request(), Outcome.UNKNOWN_STATE),
    (Knowledge(RgState(), AS_OF - DAY), request(), Outcome.STALE_STATE),
    (OPEN, request(harm=0.2), Outcome.HARM_AT_RISK),
    (OPEN, request(harm=None), Outcome.HARM_AT_RISK),
    (OPEN, request(harm=math.nan), Outcome.HARM_AT_RISK),
    (OPEN, request(threshold=math.nan), Outcome.HARM_AT_RISK),
    (OPEN, request(harm=0.19), Outcome.ALLOWED),
    (Knowledge(RgState(), AS_OF + DAY), request(), Outcome.ALLOWED),
]


@pytest.mark.parametrize(("known", "asked", "outcome"), CASES)
def test_the_gate_answers_as_the_law_asks(
    known: Knowledge, asked: GateRequest, outcome: Outcome
) -> None:
    assert decide(asked, known, GATE).outcome is outcome


def test_every_rule_file_declares_the_rule_it_is_named_after() -> None:
    names = {Path(str(module.__file__)).stem for module in modules_in(rules)}

    assert names == {rule.name for rule in GATE}


@pytest.mark.parametrize("rule", GATE, ids=lambda rule: rule.name)
def test_every_rule_can_apply_and_says_what_it_stands_on(rule: Rule) -> None:
    findings = [found for known, asked, _ in CASES if (found := rule.find(asked, known))]

    assert findings
    assert all(found.law and found.detail and found.rule == rule.name for found in findings)


@pytest.mark.parametrize("rule", GATE, ids=lambda rule: rule.name)
def test_no_rule_applies_to_an_open_player_at_low_risk(rule: Rule) -> None:
    assert rule.find(request(), OPEN) is None


def test_every_outcome_but_the_last_suppresses_and_has_its_rule() -> None:
    assert {rule.outcome for rule in GATE} == set(Outcome) - {Outcome.ALLOWED}
    assert max(PRECEDENCE, key=PRECEDENCE.__getitem__) is Outcome.ALLOWED


def test_the_most_severe_wins_and_all_are_recorded() -> None:
    state = RgState({kind: Hold(AS_OF - DAY, FOREVER) for kind in HoldKind}, 5)

    decision = decide(request(harm=0.9), Knowledge(state, AS_OF - DAY), GATE)

    assert decision.outcome is Outcome.SELF_EXCLUDED
    assert [finding.rule for finding in decision.findings] == [
        "self_excluded",
        "stale_state",
        "timed_out",
        "blocked_or_closed",
        "harm_at_risk",
        "strong_sign",
    ]
    assert decision.rg_version == 5


def test_a_gate_without_rules_lets_nothing_through() -> None:
    assert decide(request(), OPEN, ()).is_suppressed
