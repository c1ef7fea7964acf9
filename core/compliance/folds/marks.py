"""When something first or last happened to a player. Way: verdict -> here -> standing.marks.

Three kinds of marks: those a finding names, the first of its kind (first_play), and the newest
(active, the last thing the player himself did; what the house gives him is not his doing). There
are no more of them than rules and names here.
"""

from __future__ import annotations

from collections.abc import Mapping

from core.compliance.check import Case
from core.compliance.finding import Verdict
from core.compliance.fold import Fold
from core.compliance.request import Request
from core.compliance.requests.account import LimitsDeclined, Login, PlayAsked, Verified
from core.compliance.requests.holds import ExclusionAsked, PanicPressed, TimeOutAsked
from core.compliance.requests.limits import LimitAsked, LimitConfirmed
from core.compliance.requests.money import (
    BonusGrant,
    Deposit,
    Stake,
    Withdrawal,
    WithdrawalReversal,
)
from core.compliance.standing import Standing, with_changes

FIRST: Mapping[type[Request], str] = {
    BonusGrant: "first_bonus",
    Deposit: "first_deposit",
    Stake: "first_play",
}
NEWEST: Mapping[type[Request], str] = {LimitsDeclined: "limits_declined", Verified: "verified"}
OF_THE_PLAYER = frozenset(
    {
        Deposit, ExclusionAsked, LimitAsked, LimitConfirmed, Login, PanicPressed, PlayAsked, Stake,
        TimeOutAsked, Withdrawal, WithdrawalReversal,
    }
)  # fmt: skip


def _apply(case: Case, verdict: Verdict, standing: Standing) -> Standing:
    new = {finding.mark: case.at_us for finding in verdict.findings if finding.mark}
    if verdict.is_allowed:
        kind, marks = type(case.request), standing.marks
        first, newest = FIRST.get(kind), NEWEST.get(kind)
        if first is not None and first not in marks:
            new[first] = case.at_us
        if newest is not None:
            new[newest] = case.at_us
        if kind in OF_THE_PLAYER and case.request.actor == "player":
            new["active"] = case.at_us
    return with_changes(standing, marks={**standing.marks, **new}) if new else standing


FOLD = Fold("marks", (Request,), ("marks",), _apply)
