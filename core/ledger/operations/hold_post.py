"""A hold is taken for play, all of it or a part; the rest comes back."""

from core.ledger.calls import Refused, Result, Status
from core.ledger.holds import end_hold, pending_hold, want_hold
from core.ledger.operation import Operation
from core.ledger.posting import Posting


def post(posting: Posting) -> Result:
    """Take the amount from the hold while it lasts."""
    held, amount = pending_hold(posting), posting.action.amount
    if posting.call.at_us >= held.expires_us:
        raise Refused(Status.STATE, f"hold {held.hold_id} is over")
    if not 0 < amount <= held.amount:
        raise Refused(Status.REFUSED, f"a post takes more than 0 and at most {held.amount}")
    end_hold(posting, held, "posted", taken=amount)
    return posting.finish()


HOLD_POST = Operation(name="hold_post", carry_out=post, wants=want_hold)
