"""A player with a strong sign of harm is left in peace until a person has released him."""

from core.rg_state import HoldKind
from core.rule import GateRequest, Knowledge, Outcome, Rule


def protected(_request: GateRequest, known: Knowledge) -> str | None:
    """Name the protection in force; nothing but a person's release ends it."""
    if known.state is None or known.known_at is None:
        return None
    if HoldKind.PROTECTED not in known.state.in_force(known.known_at):
        return None
    return f"since {known.state.holds[HoldKind.PROTECTED].since_at:%Y-%m-%dT%H:%M:%SZ}"


STRONG_SIGN = Rule(
    name="strong_sign",
    outcome=Outcome.HARM_AT_RISK,
    law="UKGC LCCP SR 3.4.3: no marketing, no bonus where a strong indicator is found",
    reason="a strong sign of harm waits for a person's review",
    check=protected,
)
