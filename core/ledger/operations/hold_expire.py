"""A hold nobody decided in time: all of it comes back."""

from core.ledger.calls import Refused, Result, Status
from core.ledger.holds import end_hold, pending_hold, want_hold
from core.ledger.operation import Operation
from core.ledger.posting import Posting


def expire(posting: Posting) -> Result:
    """Bring the money back once the hold's end has come."""
    held = pending_hold(posting)
    if posting.call.at_us < held.expires_us:
        raise Refused(Status.STATE, f"hold {held.hold_id} is not over")
    end_hold(posting, held, "expired")
    return posting.finish()


HOLD_EXPIRE = Operation(name="hold_expire", carry_out=expire, wants=want_hold)
