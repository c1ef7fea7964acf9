"""The packs stand before the money. Way: core.ledger.post -> here -> judge, in one transaction.

A player's standing is read under his wallet's lock, every rule of his pack is asked, and what it
says is written with the money or, if it refuses, without it. A player without a standing may not
stake or pay in: nobody can say what his law allows. Nothing here stops a win, a rollback or a
payout; a withdrawal waits only for a basis in law, and only before it is released.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from core.compliance.check import Case
from core.compliance.finding import Verdict
from core.compliance.judge import Judge, after
from core.compliance.money_requests import request_of
from core.compliance.records import put_records
from core.compliance.requests.money import Deposit, Stake
from core.compliance.standing_rows import read_standing, want_standing
from core.ledger.books import Books, Wanted
from core.ledger.calls import Action, Call, Result, Status
from core.ledger.guard import Found, Opinion

_LATER = frozenset({"withdrawal_approved"})


@dataclass(frozen=True, slots=True)
class PackGuard:
    """Asks the pack of each player's jurisdiction, by its id."""

    judges: Mapping[str, Judge]

    def wants(self, call: Call, _action: Action, wanted: Wanted) -> None:
        """Want the player's standing."""
        want_standing(wanted, call.player)

    def look(self, books: Books, call: Call, action: Action) -> Opinion | None:
        """Return what the rules say of an action, null where it is none of their business."""
        if action.operation in _LATER:
            return self._release(books, call)
        request = request_of(books, call, action)
        if request is None:
            return None
        standing = read_standing(books, call.player)
        judge = None if standing is None else self.judges.get(standing.jurisdiction)
        money = isinstance(request, Deposit | Stake)
        if standing is None or judge is None:
            return _unknown("no standing under a pack that is in use") if money else None
        if money and standing.currency != call.currency:
            return _unknown(f"limits are measured in {standing.currency} alone")
        verdict, case = judge.verdict(request, standing)
        return Opinion(_found(verdict), _Writing(case, verdict, call))

    @staticmethod
    def _release(books: Books, call: Call) -> Opinion | None:
        """Let a withdrawal go to the provider unless a legal hold is set."""
        standing = read_standing(books, call.player)
        if standing is None or not standing.legal_hold:
            return None
        return Opinion((Found("legal_hold", standing.legal_hold, refuses=True),))


@dataclass(frozen=True, slots=True)
class _Writing:
    """Writes what a verdict leaves behind once it is known whether the action was done.

    What was granted and then failed or was refused by another guard has not happened; nothing is
    written.
    """

    case: Case
    verdict: Verdict
    call: Call

    def __call__(self, books: Books, result: Result) -> None:
        is_refused = self.verdict.decision == "refuse"
        if result.status is not (Status.RULE if is_refused else Status.OK):
            return
        case = self.case
        if is_refused:  # what came before in the call was undone
            standing = read_standing(books, self.call.player) or case.standing
            case = Case(case.request, standing, case.pack)
        put_records(books, case, self.verdict, after(case, self.verdict), self.call)


def _found(verdict: Verdict) -> tuple[Found, ...]:
    """Return the findings in words; only the binding one refuses."""
    refuses = verdict.decision == "refuse"
    return tuple(
        Found(finding.rule, finding.reason or finding.event, refuses=refuses and place == 0)
        for place, finding in enumerate(verdict.findings)
    )


def _unknown(why: str) -> Opinion:
    return Opinion((Found("standing", why, refuses=True),))
