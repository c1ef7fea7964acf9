"""What a player was shown to afford. Way: standing.values -> here -> threshold checks.

net_income_month        verified net income a month, in ledger units
affordable_from_us      since when evidence is on file
affordable_until_us     until when it is good; not there: no end was given
"""

from __future__ import annotations

from core.compliance.standing import Standing

INCOME = "net_income_month"
FROM = "affordable_from_us"
UNTIL = "affordable_until_us"


def is_on_file(standing: Standing, at_us: int) -> bool:
    """Say whether evidence of affordability is on file and still good."""
    from_us, until_us = standing.values.get(FROM), standing.values.get(UNTIL)
    if from_us is None or at_us < from_us:
        return False
    return until_us is None or at_us < until_us


def income_of(standing: Standing, at_us: int) -> int | None:
    """Return the verified net income a month, null where none is on file and good."""
    return standing.values.get(INCOME) if is_on_file(standing, at_us) else None
