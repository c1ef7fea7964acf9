"""Figures about a player that somebody verified. Way: request -> here -> standing.values."""

from __future__ import annotations

from typing import Any

from core.compliance.affordable import FROM, INCOME, UNTIL
from core.compliance.check import Case
from core.compliance.finding import Verdict
from core.compliance.fold import Fold
from core.compliance.requests.protection import AffordabilityShown
from core.compliance.standing import Standing, with_changes


def _apply(case: Case, _verdict: Verdict, standing: Standing) -> Standing:
    """Put new evidence in place of the old; what it does not say is no longer known."""
    said: Any = case.request
    values = {k: v for k, v in standing.values.items() if k not in (INCOME, FROM, UNTIL)}
    values[FROM] = case.at_us
    if said.net_income_month is not None:
        values[INCOME] = said.net_income_month
    if said.until_us is not None:
        values[UNTIL] = said.until_us
    return with_changes(standing, values=values)


FOLD = Fold("values", (AffordabilityShown,), ("values",), _apply)
