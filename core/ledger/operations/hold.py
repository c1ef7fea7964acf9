"""Real money is set aside for a stake to come, such as a sports bet, until it is decided."""

from core.ledger.calls import Refused, Result, Status
from core.ledger.holds import place_hold, want_hold
from core.ledger.operation import Operation
from core.ledger.posting import Posting
from core.money import INT64_MAX


def hold(posting: Posting) -> Result:
    """Reserve the amount until the instant `expires_us` of the context."""
    expires_us = posting.action.context.get("expires_us")
    if not isinstance(expires_us, int) or expires_us > INT64_MAX:
        raise Refused(Status.REFUSED, "a hold needs an instant expires_us in its context")
    place_hold(posting, expires_us)
    return posting.finish()


HOLD = Operation(name="hold", carry_out=hold, wants=want_hold)
