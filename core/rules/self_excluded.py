"""A player who excluded himself, here or in a national register, is told to nobody as valuable."""

from core.rg_state import HoldKind
from core.rule import GateRequest, Knowledge, Outcome, Rule


def excluded(_request: GateRequest, known: Knowledge) -> str | None:
    """Name the exclusions in force; that their minimum time has passed does not end them."""
    if known.state is None or known.known_at is None:
        return None
    held = known.state.in_force(known.known_at)
    kinds = [k for k in held if k in {HoldKind.SELF_EXCLUDED, HoldKind.REGISTER_EXCLUDED}]
    return ", ".join(kinds) or None


SELF_EXCLUDED = Rule(
    name="self_excluded",
    outcome=Outcome.SELF_EXCLUDED,
    law="UKGC LCCP SR 3.5.3 and 3.5.5; SE Spelpaus, DK ROFUS, DE OASIS: no direct marketing",
    reason="an exclusion is in force until the player's own confirmed return",
    check=excluded,
)
