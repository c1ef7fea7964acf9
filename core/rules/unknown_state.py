"""A player of whom the rg state says nothing counts as protected."""

from core.rule import GateRequest, Knowledge, Outcome, Rule


def unknown(_request: GateRequest, known: Knowledge) -> str | None:
    """Say why there is no state: no store, a broken store, or no such player in it."""
    if known.state is not None and known.known_at is not None:
        return None
    return known.fault or "no such player in the rg state"


UNKNOWN_STATE = Rule(
    name="unknown_state",
    outcome=Outcome.UNKNOWN_STATE,
    law="house rule: the gate fails closed",
    reason="nobody can say that the player may be marketed to",
    check=unknown,
)
