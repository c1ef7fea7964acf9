"""Who the player is, as far as confirmed. Way: verdict -> here -> standing.born_on and its kin."""

from __future__ import annotations

from datetime import date

from core.compliance.check import Case
from core.compliance.finding import Verdict
from core.compliance.fold import Fold
from core.compliance.requests.account import Registration, Verified
from core.compliance.standing import Standing, with_changes


def _apply(case: Case, verdict: Verdict, standing: Standing) -> Standing:
    request = case.request
    if isinstance(request, Registration):
        if not verdict.is_allowed:
            return standing
        born_on = _day(request.born_on) or standing.born_on
        return with_changes(standing, born_on=born_on, opened_us=standing.opened_us or case.at_us)
    if isinstance(request, Verified):
        return with_changes(
            standing, verified=request.level, born_on=_day(request.born_on) or standing.born_on,
            name_key=request.name_key or standing.name_key,
        )  # fmt: skip
    return standing


def _day(text: str | None) -> str | None:
    """Return a day as it was given, null where it is none: an age is known or unknown."""
    try:
        return None if text is None else date.fromisoformat(text).isoformat()
    except ValueError:
        return None


FOLD = Fold(
    "identity", (Registration, Verified), ("born_on", "name_key", "verified", "opened_us"), _apply
)
