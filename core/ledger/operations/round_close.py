"""A round nobody closed is closed, where the provider's protocol has it so; no money moves."""

from core.ledger.calls import Refused, Result, Status
from core.ledger.operation import Operation
from core.ledger.posting import Posting
from core.ledger.rounds import close_round, round_of, want_round


def close(posting: Posting) -> Result:
    """Close the round; its bets stay as they are, and a late win is still credited."""
    held = round_of(posting)
    if held is None or held.state != "open":
        raise Refused(Status.STATE, f"round {posting.action.round_id} is not open")
    close_round(posting, held)
    return posting.finish(amount=0)


ROUND_CLOSE = Operation(name="round_close", carry_out=close, wants=want_round)
