"""A bet or win undone."""

from collections.abc import Iterator

from core.events.fact import Fact
from core.events.families.game import BetRolledBack
from core.ledger.calls import Status
from core.ledger.teller import Teller, Told
from core.ledger.told_bonus import progress


def facts(told: Told) -> Iterator[Fact]:
    """Yield what was undone; the rollback of something unknown moved nothing."""
    body = told.body
    if body.status == Status.OK:
        sign = -1 if body.undone == "win" else 1
        yield BetRolledBack(
            **told.play(sign), reference_activity_id=body.bet_ref, undone=body.undone
        )
        yield from progress(told)


ROLLBACK = Teller("rollback", facts)
