"""A bonus has been played through: its money becomes real, up to its bound (see bonuses.py)."""

from core.ledger.bonuses import end_bonus, named_active, seen_version, want_bonus
from core.ledger.calls import Refused, Result, Status
from core.ledger.operation import Operation
from core.ledger.posting import Posting


def complete(posting: Posting) -> Result:
    """Release the money if nothing was staked since the context's `seen_version` was seen."""
    bonus = named_active(posting)
    if bonus.wagered < bonus.wagering_required:
        missing = bonus.wagering_required - bonus.wagered
        raise Refused(Status.STATE, f"bonus {bonus.bonus_id} lacks {missing} of wagering")
    if posting.action.context.get("seen_version") != seen_version(posting):
        raise Refused(Status.STATE, f"bonus {bonus.bonus_id} has been played with since")
    posting.details |= end_bonus(posting, bonus, "completed", is_released=True)
    return posting.finish(amount=posting.details["released"])


BONUS_COMPLETED = Operation("bonus_completed", complete, want_bonus)
