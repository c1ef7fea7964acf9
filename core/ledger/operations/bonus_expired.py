"""A bonus was not played through in time: its money goes back to the house."""

from core.ledger.bonuses import end_bonus, named_active, want_bonus
from core.ledger.calls import Refused, Result, Status
from core.ledger.operation import Operation
from core.ledger.posting import Posting


def expire(posting: Posting) -> Result:
    """Take the money back; what was wagered in time is left to be completed."""
    bonus = named_active(posting)
    if posting.call.at_us < bonus.expires_us:
        raise Refused(Status.STATE, f"bonus {bonus.bonus_id} is not over")
    if bonus.wagered >= bonus.wagering_required:
        raise Refused(Status.STATE, f"bonus {bonus.bonus_id} is wagered: complete it")
    posting.details |= end_bonus(posting, bonus, "expired", is_released=False)
    return posting.finish()


BONUS_EXPIRED = Operation("bonus_expired", expire, want_bonus)
