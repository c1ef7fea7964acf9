"""Harm outranks value: who is likely to come to harm is not handed on as a prospect."""

from core.rule import GateRequest, Knowledge, Outcome, Rule


def likely_harmed(request: GateRequest, _known: Knowledge) -> str | None:
    """Compare the calibrated harm probability with the threshold; no score is no leave."""
    probability = request.harm_probability
    if probability is None:
        return "no harm score"
    if probability < request.harm_threshold:  # false for a NaN too, which then applies
        return None
    return f"harm probability {probability:.3f}, threshold {request.harm_threshold:.3f}"


HARM_AT_RISK = Rule(
    name="harm_at_risk",
    outcome=Outcome.HARM_AT_RISK,
    law="UKGC LCCP SR 3.4.3 (10): no marketing at strong indicators; EU AI Act Art. 5(1)(b)",
    reason="the player is at risk of harm",
    check=likely_harmed,
)
