"""A bonus is given up by the player or taken back by the operator: its money goes to the house."""

from core.ledger.bonuses import end_bonus, named_active, want_bonus
from core.ledger.calls import Refused, Result, Status
from core.ledger.operation import Operation
from core.ledger.posting import Posting


def forfeit(posting: Posting) -> Result:
    """Take the money back; the context's `reason` says who ended it."""
    reason = posting.action.context.get("reason", "player")
    if reason not in {"player", "operator"}:
        raise Refused(Status.REFUSED, "a bonus is forfeited by the player or the operator")
    posting.details |= end_bonus(posting, named_active(posting), "forfeited", is_released=False)
    posting.details["reason"] = reason
    return posting.finish()


BONUS_FORFEITED = Operation("bonus_forfeited", forfeit, want_bonus)
