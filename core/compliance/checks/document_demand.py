"""No new condition for a withdrawal that could have been set before. Way: judge -> here."""

from __future__ import annotations

from collections.abc import Iterable

from core.compliance.check import Case, Check, Parameters, refusal
from core.compliance.finding import Effect, Finding
from core.compliance.pack import PackRule
from core.compliance.requests.protection import DocumentDemanded


class DocumentDemand(Parameters, frozen=True, kw_only=True):
    """Nothing to set."""


def _judge(case: Case, rule: PackRule, _parameters: DocumentDemand) -> Iterable[Finding]:
    request = case.request
    if not isinstance(request, DocumentDemanded):
        return
    said = {"payment_id": request.payment_id}
    if request.could_have_been_asked_before:
        yield refusal(rule, "DEMAND_REFUSED", "ASK_BEFORE_WITHDRAWAL", **said)
    else:
        yield Finding(rule.id, Effect.RECORD, "DOCUMENT_DEMANDED", "", said)


CHECK = Check(
    "document_demand", (DocumentDemanded,), DocumentDemand, _judge,
    says="Staff may not make a withdrawal wait for a document it could have asked for before.",
)  # fmt: skip
