"""What a player agreed to be sent, as it stands now. Way: verdict -> here -> standing.consents."""

from __future__ import annotations

from core.compliance.check import Case
from core.compliance.finding import Verdict
from core.compliance.fold import Fold
from core.compliance.requests.account import ConsentsGiven
from core.compliance.standing import Standing, with_changes


def _apply(case: Case, _verdict: Verdict, standing: Standing) -> Standing:
    request = case.request
    if not isinstance(request, ConsentsGiven):
        return standing
    given = tuple(sorted(set(request.consents)))
    return with_changes(standing, consents=given, consents_version=request.version)


FOLD = Fold("consents", (ConsentsGiven,), ("consents", "consents_version"), _apply)
