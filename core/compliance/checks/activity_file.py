"""Nobody starts here while he plays elsewhere. Way: packs -> here -> verdict.

The file of activity is asked before the first game of a visit, and told of it. Silence of the file
is another rule's.
"""

from __future__ import annotations

from collections.abc import Iterator

from core.compliance.check import Case, Check, Parameters
from core.compliance.finding import Effect, Finding
from core.compliance.pack import PackRule
from core.compliance.requests.account import PlayAsked
from core.compliance.requests.holds import RegisterAnswered
from core.compliance.requests.money import Stake


class ActivityRule(Parameters, frozen=True, kw_only=True):
    """The register that keeps the file."""

    register: str


def judge(case: Case, rule: PackRule, parameters: ActivityRule) -> Iterator[Finding]:
    """Write down what the file said, or refuse a start while it says busy."""
    request = case.request
    if isinstance(request, RegisterAnswered):
        if request.register == parameters.register and request.status != "unavailable":
            inputs = {
                "register": request.register, "query_id": request.query_id,
                "status": request.status,
            }  # fmt: skip
            yield Finding(rule.id, Effect.RECORD, "ACTIVITY_QUERY", "", inputs)
        return
    state = case.standing.registers.get(parameters.register)
    if state is None or state.status != "busy" or not _starts(case):
        return
    inputs = {"register": parameters.register, "query_id": state.query_id}
    yield Finding(rule.id, Effect.REFUSE, "ACTIVITY_BUSY", "PLAYS_ELSEWHERE", inputs)


def _starts(case: Case) -> bool:
    return not isinstance(case.request, Stake) or case.request.starts_game


ACTIVITY_FILE = Check(
    name="activity_file",
    on=(RegisterAnswered, PlayAsked, Stake),
    parameters=ActivityRule,
    judge=judge,
    says="Who is active at another operator does not start a game here.",
)
