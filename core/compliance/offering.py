"""How an offer is kept from a player without saying why. Way: offer checks -> here -> findings.

The sender of a message and the giver of a bonus learn that they must not; the true reason stands in
the log alone.
"""

from __future__ import annotations

from typing import Any

from core.compliance.barring import NEUTRAL
from core.compliance.check import Case
from core.compliance.finding import Effect, Finding
from core.compliance.pack import PackRule
from core.compliance.requests.money import BonusGrant
from core.compliance.requests.offers import Marketing


def kept_back(case: Case, rule: PackRule, why: str, **inputs: Any) -> Finding:
    """Return the refusal of a message or a bonus; `why` and `inputs` are for the log."""
    request = case.request
    if isinstance(request, Marketing):
        event = "MKT_SUPPRESSED"
        said = {"campaign_id": request.campaign_id, "channel": request.channel}
    else:
        event = "BONUS_REFUSED"
        said = {"bonus_id": request.bonus_id} if isinstance(request, BonusGrant) else {}
    return Finding(rule.id, Effect.REFUSE, event, NEUTRAL, {"reason": why, **said, **inputs})
