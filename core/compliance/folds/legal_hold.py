"""The basis in law on which withdrawals wait. Way: request -> here -> standing.legal_hold."""

from __future__ import annotations

from typing import Any

from core.compliance.check import Case
from core.compliance.finding import Verdict
from core.compliance.fold import Fold
from core.compliance.requests.protection import LegalHoldSet
from core.compliance.standing import Standing, with_changes


def _apply(case: Case, _verdict: Verdict, standing: Standing) -> Standing:
    said: Any = case.request
    return with_changes(standing, legal_hold=said.basis if said.is_on else "")


FOLD = Fold("legal_hold", (LegalHoldSet,), ("legal_hold",), _apply)
