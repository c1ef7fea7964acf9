"""A player on a break is left in peace until the break is over."""

from core.rg_state import HoldKind
from core.rule import GateRequest, Knowledge, Outcome, Rule


def on_a_break(_request: GateRequest, known: Knowledge) -> str | None:
    """Name the break's end.

    "Over" is judged at the instant the rg state knows up to: a break whose end lies beyond may have
    been prolonged by a fact not yet seen.
    """
    if known.state is None or known.known_at is None:
        return None
    if HoldKind.TIMED_OUT not in known.state.in_force(known.known_at):
        return None
    return f"until {known.state.holds[HoldKind.TIMED_OUT].until_at:%Y-%m-%dT%H:%M:%SZ}"


TIMED_OUT = Rule(
    name="timed_out",
    outcome=Outcome.TIMED_OUT,
    law="UKGC LCCP SR 3.3.4; New Jersey: no gaming e-mail during a suspension of 72 hours or more",
    reason="the player took a break",
    check=on_a_break,
)
