"""A limit stands."""

from collections.abc import Iterator
from typing import Any

from core.events.fact import Fact
from core.events.families.limit import LimitSet
from core.ledger.teller import Teller, Told
from core.ledger.told_limit import amount_minor, limit_fields, money_fields, seconds


def facts(told: Told) -> Iterator[Fact]:
    """Yield the limit, and whether it is new, lower or higher than the one before."""
    named = limit_fields(told)
    if named is not None:
        yield LimitSet(
            **named, **money_fields(told), change=_change(told),
            amount_minor=amount_minor(told, "amount"),
            previous_minor=amount_minor(told, "previous"), limit_s=seconds(told),
        )  # fmt: skip


def _change(told: Told) -> Any:
    previous, amount = told.body.details.get("previous"), told.body.details.get("amount")
    if amount is None:
        return "removal"
    if previous is None:
        return "new"
    return "decrease" if int(amount) <= int(previous) else "increase"


LIMIT_SET = Teller("limit_set", facts)
