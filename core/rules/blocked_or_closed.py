"""A blocked or closed account has no offers made to it."""

from core.rg_state import HoldKind
from core.rule import GateRequest, Knowledge, Outcome, Rule


def shut(_request: GateRequest, known: Knowledge) -> str | None:
    """Name the block or closure in force."""
    if known.state is None or known.known_at is None:
        return None
    held = known.state.in_force(known.known_at)
    return ", ".join(k for k in held if k in {HoldKind.BLOCKED, HoldKind.CLOSED}) or None


BLOCKED_OR_CLOSED = Rule(
    name="blocked_or_closed",
    outcome=Outcome.BLOCKED_OR_CLOSED,
    law="operator's terms; a block for fraud, KYC or AML must not show through an offer",
    reason="the account is not open",
    check=shut,
)
