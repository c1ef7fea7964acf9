"""The compliance desk: requests that move no money. Way: account, CRM, registers, staff -> here.

    request -> lock the player's wallet, read his standing -> judge -> standing, log, duties, outbox

One transaction for each; asked again with the same request id it answers the same and does nothing.
Requests that move money go to the ledger, whose guard asks the same judges.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import msgspec

from core.compliance.finding import Effect, Finding, Verdict
from core.compliance.judge import Judge, after
from core.compliance.records import PROVIDER, put_records
from core.compliance.request import Request
from core.compliance.requests.protection import DutyDone
from core.compliance.standing import Standing
from core.compliance.standing_rows import put_standing, read_standing, want_standing
from core.errors import EventError, NotReadyError
from core.ledger.backend import LedgerBackend
from core.ledger.books import Books, Wanted
from core.ledger.calls import Call, RetryableError
from core.ledger.rows import Answer, Wallet
from core.ledger.rule_rows import Duty

_TRIES = 3
_IDS = 256
"""More than a verdict can leave behind."""


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """A verdict as it is kept and said again: decision, binding rule and all findings."""

    decision: str
    pack: str
    pack_hash: str
    findings: tuple[dict[str, Any], ...]

    @property
    def rule(self) -> str:
        """The rule that decided, "" where the wish was granted."""
        return str(self.findings[0]["rule"]) if self.findings and self.decision != "allow" else ""


@dataclass(frozen=True, slots=True)
class ComplianceDesk:
    """Answers for the players of a ledger, under the packs in use."""

    backend: LedgerBackend
    judges: Mapping[str, Judge]

    def enrol(self, standing: Standing) -> None:
        """Give a player with a wallet a standing; one he has already is left alone.

        Raises:
            NotReadyError: he has no wallet, or his jurisdiction's pack is not in use.
            RetryableError: the database cannot be written now.
        """
        if standing.jurisdiction not in self.judges:
            raise NotReadyError(
                f"no pack {standing.jurisdiction} in use",
                expected=f"one of {', '.join(sorted(self.judges))}",
            )

        def write(books: Books) -> None:
            if books.get(Wallet, standing.player) is None:
                raise NotReadyError(
                    f"no wallet of player {standing.player}", hint="evenhand wallet open"
                )
            if read_standing(books, standing.player) is None:
                put_standing(books, standing)

        self._carried_out(self._wanted(standing.player), write)

    def ask(self, player: str, request: Request, trace_id: str = "") -> Reply:
        """Judge a request and keep what follows.

        Raises:
            NotReadyError: the player has no standing, or no pack in use is his.
            EventError: the request id was used for another request.
            RetryableError: nothing is known to have been done; ask again with the same id.
        """
        hashed = sha256(f"{player}\n{request.request_id}".encode()).hexdigest()
        wanted = self._wanted(player)
        if isinstance(request, DutyDone):
            wanted.of_players.add(Duty)
        if request.request_id:
            wanted.add(Answer, PROVIDER, hashed)
        replies: list[Reply] = []

        def write(books: Books) -> None:
            known = books.get(Answer, PROVIDER, hashed) if request.request_id else None
            if known is not None:
                replies.append(self._again(known, request))
                return
            replies.append(self._answer(books, player, request, trace_id))
            if request.request_id:
                kept = {"reply": replies[-1], "request": request}
                books.put(
                    Answer(
                        provider=PROVIDER, request_hash=hashed, status=200,
                        body=msgspec.json.encode(kept).decode(), at_us=request.at_us,
                    )
                )  # fmt: skip

        self._carried_out(wanted, write)
        return replies[-1]

    def standing(self, player: str) -> Standing | None:
        """Return a player's standing as it is, null if he has none."""
        with self.backend.transaction() as transaction:
            return read_standing(transaction.load(self._wanted(player), 0), player)

    def _answer(self, books: Books, player: str, request: Request, trace_id: str) -> Reply:
        standing = read_standing(books, player)
        judge = None if standing is None else self.judges.get(standing.jurisdiction)
        if standing is None or judge is None:
            raise NotReadyError(f"player {player} has no standing under a pack in use")
        verdict, case = judge.verdict(request, standing)
        call = Call(PROVIDER, player, standing.currency, (), case.at_us, trace_id)
        put_records(books, case, verdict, after(case, verdict), call)
        return _reply(verdict)

    @staticmethod
    def _again(known: Answer, request: Request) -> Reply:
        kept = msgspec.json.decode(known.body)
        if _content(kept["request"]) != _content(msgspec.to_builtins(request)):
            raise EventError(
                f"request id {request.request_id} was used for another request",
                hint="give every request an id of its own",
            )
        return msgspec.convert(kept["reply"], Reply)

    @staticmethod
    def _wanted(player: str) -> Wanted:
        wanted = Wanted({player})
        want_standing(wanted, player)
        return wanted

    def _carried_out(self, wanted: Wanted, write: Callable[[Books], None]) -> None:
        """Load, change and write in one transaction; whoever was overtaken tries again."""
        for tried in range(_TRIES):
            try:
                with self.backend.transaction() as transaction:
                    books = transaction.load(wanted, _IDS)
                    books.expect(wanted)
                    write(books)
                    transaction.write(books.changes())
            except RetryableError:
                if tried == _TRIES - 1:
                    raise
            else:
                return


def _content(request: dict[str, Any]) -> dict[str, Any]:
    """Return what must be equal when a request comes again: all but the instant it came."""
    return {name: value for name, value in request.items() if name != "at_us"}


def _reply(verdict: Verdict) -> Reply:
    return Reply(
        decision=verdict.decision, pack=verdict.pack, pack_hash=verdict.pack_hash,
        findings=tuple(map(_said, verdict.findings)),
    )  # fmt: skip


def _said(finding: Finding) -> dict[str, Any]:
    return {
        "rule": finding.rule, "effect": Effect(finding.effect), "event": finding.event,
        "reason": finding.reason, "inputs": dict(finding.inputs), "until_us": finding.until_us,
        "duty": finding.duty, "due_us": finding.due_us,
    }  # fmt: skip
