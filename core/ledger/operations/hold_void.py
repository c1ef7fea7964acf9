"""A hold is given up: all of it comes back."""

from core.ledger.calls import Result
from core.ledger.holds import end_hold, pending_hold, want_hold
from core.ledger.operation import Operation
from core.ledger.posting import Posting


def void(posting: Posting) -> Result:
    """Bring the money back, whether or not the hold's end has come."""
    end_hold(posting, pending_hold(posting), "voided")
    return posting.finish()


HOLD_VOID = Operation(name="hold_void", carry_out=void, wants=want_hold)
