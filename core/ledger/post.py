"""Calls against books: the whole logic of the ledger, without a database.

    adapter -> Call -> ledger (locks, loads books) -> here -> operations -> books -> ledger writes

For each call all actions are done or none. An action whose id is known answers as it did, or is
refused if its content differs. The outcome depends on books and calls alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import msgspec

from core.discover import declarations
from core.ledger import operations
from core.ledger.books import Books, Wanted
from core.ledger.calls import KEPT, Action, Call, Outcome, Refused, Result, Status
from core.ledger.guard import REFUSABLE, Found, Guard, Opinion
from core.ledger.operation import Operation
from core.ledger.posting import Posting, outgoing
from core.ledger.row import Key
from core.ledger.rows import Account, Fund, Movement, Wallet
from core.typed_json import reader_of

IDS_PER_ACTION = 6


@cache
def known_operations() -> Mapping[str, Operation]:
    """Return every declared operation by name."""
    return {operation.name: operation for operation in declarations(operations, Operation)}


def wanted_of(calls: Iterable[Call], guards: Sequence[Guard] = ()) -> Wanted:
    """Return the rows the calls may need, but for the accounts of the house."""
    wanted = Wanted()
    for call in calls:
        wanted.players.add(call.player)
        wanted.accounts.add((call.player, call.currency))
        for action in call.actions:
            for key in _known_as(call, action):
                wanted.add(Movement, *key)
            for wants in (_operation(action).wants, *(guard.wants for guard in guards)):
                wants(call, action, wanted)
    return wanted


def ids_needed(calls: Iterable[Call]) -> int:
    """Return how many fresh ids the calls use at most."""
    return sum(IDS_PER_ACTION * (1 + len(call.actions)) for call in calls)


@dataclass(frozen=True, slots=True)
class Desk:
    """Posts calls to books, past the guards."""

    books: Books
    guards: Sequence[Guard] = ()

    def post(self, call: Call) -> Outcome:
        """Carry out a call; what is refused leaves no trace but what downstream and guards keep."""
        mark, results = self.books.mark(), list[Result]()
        finding: str | None = None
        for action in call.actions:
            opinions: list[Opinion] = []
            try:
                self._check_player(call)
                result, said = self._done(call, action, opinions)
                finding = finding or said
            except Refused as refused:
                self.books.undo(mark)
                result = Result(status=refused.status, detail=refused.detail)
                if refused.status is Status.RULE:
                    finding = refused.detail
                    self._tell_refusal(call, action, refused)
            for opinion in opinions:
                opinion.write(self.books, result)
            results.append(result)
            if result.status not in KEPT:
                break
        return Outcome(tuple(results), self.books.balances(call.player, call.currency), finding)

    def _check_player(self, call: Call) -> None:
        if self.books.get(Wallet, call.player) is None:
            raise Refused(Status.PLAYER_UNKNOWN, call.player)
        if self.books.get(Account, call.player, call.currency, Fund.REAL) is None:
            raise Refused(Status.CURRENCY_UNKNOWN, call.currency)

    def _done(
        self, call: Call, action: Action, opinions: list[Opinion]
    ) -> tuple[Result, str | None]:
        """Carry an action out, past the guards, whose opinions are added to those given."""
        for key in _known_as(call, action):
            known = self.books.get(Movement, *key)
            if known is not None:
                return _again(call, action, known), None
        for guard in self.guards:
            opinion = guard.look(self.books, call, action)
            if opinion is not None:
                opinions.append(opinion)
        said = [found for opinion in opinions for found in opinion.found]
        refusing = next((found for found in said if found.refuses), None)
        if refusing is not None and action.operation in REFUSABLE:
            raise Refused(Status.RULE, _words(refusing))
        finding = "; ".join(map(_words, said)) or None
        return _operation(action).carry_out(Posting(self.books, call, action, finding)), finding

    def _tell_refusal(self, call: Call, action: Action, refused: Refused) -> None:
        said = {"status": refused.status, "detail": refused.detail}
        self.books.put(outgoing(self.books.new_id(), call, action, "refused", said))


def _operation(action: Action) -> Operation:
    return known_operations()[action.operation]


def _known_as(call: Call, action: Action) -> Sequence[Key]:
    """Return the keys the action's id may be known by, its own first."""
    own = (call.provider, action.operation, action.scope, action.transaction_id)
    shared = call.policy.ids_shared_by
    if action.operation not in shared:
        return (own,)
    others = (name for name in shared if name != action.operation)
    return (own, *((own[0], name, *own[2:]) for name in others))


def _again(call: Call, action: Action, known: Movement) -> Result:
    """Answer an id that was met before."""
    if call.policy.known_by_id_alone:
        is_same = (known.player, known.currency) == (call.player, call.currency)
    else:
        is_same = known.operation == action.operation
        is_same = is_same and known.fingerprint == call.fingerprint(action)
    if not is_same:
        raise Refused(Status.CONFLICT, action.transaction_id)
    kept = reader_of(Result).decode(known.result)
    return msgspec.structs.replace(kept, is_replay=True)


def _words(found: Found) -> str:
    return f"{found.rule}: {found.detail}"
