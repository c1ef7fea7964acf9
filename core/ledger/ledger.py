"""The ledger's front door. Way: wallet server, payments -> here -> post (books) -> backend.

    calls -> lock wallets, load books -> guards and operations -> replies -> write, commit

A batch is one transaction: one flush to disc for all its calls, each of which is done or refused on
its own. A request answered before is answered with the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from core.ledger.backend import LedgerBackend, LedgerTransaction
from core.ledger.books import Books, NoMoreIds, NotLoaded, Wanted
from core.ledger.calls import Call, Outcome, RetryableError
from core.ledger.guard import WALLET_IS_OPEN, Guard
from core.ledger.post import Desk, ids_needed, wanted_of
from core.ledger.row import Row
from core.ledger.rows import HOUSE, Account, Answer, House

Reply = tuple[int, bytes]
"""An HTTP status and a body."""
_TRIES = 3


@dataclass(frozen=True, slots=True)
class Asked:
    """A call, and how its outcome is said to whoever asked.

    `request_hash` names the very bytes of the request, "" for one that is not to be remembered.
    `first` looks at the books, and may change them, before the call is posted; a reply it returns
    is the answer, and the call is not posted. `wants` asks for the rows it needs.

    `keeps_refusal` remembers a refusal as it does a success: for a provider that gives every try an
    id of its own and discards what was refused, a copy that comes late must not be judged anew.
    """

    call: Call
    say: Callable[[Outcome], Reply] = lambda _: (200, b"")
    request_hash: str = ""
    wants: Callable[[Wanted], None] = lambda _: None
    first: Callable[[Books], Reply | None] = lambda _: None
    keeps_refusal: bool = False


@dataclass(frozen=True, slots=True)
class Answered:
    """What to send back; `outcome` is None for a request that was not posted (again)."""

    reply: Reply
    outcome: Outcome | None


@dataclass(frozen=True, slots=True)
class Ledger:
    """Posts batches; safe to call from several threads if its backend is."""

    backend: LedgerBackend
    guards: Sequence[Guard] = field(default=(WALLET_IS_OPEN,))
    _houses: dict[str, tuple[Account, ...]] = field(default_factory=dict, init=False, repr=False)
    """The accounts of the house by currency, once all are there: they never change."""

    def post(self, batch: Sequence[Asked]) -> list[Answered]:
        """Carry out calls in order, in one transaction; return their answers in order.

        Raises:
            RetryableError: nothing is known to have been done; ask again with the same ids.
        """
        for _ in range(_TRIES - 1):
            try:
                return self._post(batch)
            except RetryableError:
                continue  # another writer was in the way: what it wrote is loaded next time
        return self._post(batch)

    def post_one(self, call: Call) -> Outcome:
        """Carry out one call and return its outcome.

        Raises:
            RetryableError: as `post`.
        """
        [answered] = self.post([Asked(call)])
        if answered.outcome is None:
            raise RetryableError("a call without a request was answered before")
        return answered.outcome

    def _post(self, batch: Sequence[Asked]) -> list[Answered]:
        calls = [asked.call for asked in batch]
        wanted = wanted_of(calls, self.guards)
        for asked in batch:
            asked.wants(wanted)
            if asked.request_hash:
                wanted.add(Answer, asked.call.provider, asked.request_hash)
        with self.backend.transaction() as transaction:
            answers, books = self._carried_out(transaction, batch, wanted)
            transaction.write(books.changes())
        return answers

    def _carried_out(
        self, transaction: LedgerTransaction, batch: Sequence[Asked], wanted: Wanted
    ) -> tuple[list[Answered], Books]:
        """Answer all from the books; a row nobody foresaw is loaded, and all is done anew."""
        needed = ids_needed(asked.call for asked in batch)
        currencies = {asked.call.currency for asked in batch}
        wanted.accounts |= {(HOUSE, each) for each in currencies if each not in self._houses}
        while True:
            books = transaction.load(wanted, needed)
            self._know_houses(books, currencies)
            books.expect(wanted)
            desk = Desk(books, self.guards)
            try:
                return [self._answer(desk, asked) for asked in batch], books
            except NotLoaded as missed:
                wanted.add(missed.kind, *missed.key)
            except NoMoreIds:
                needed *= 2

    def _know_houses(self, books: Books, currencies: Iterable[str]) -> None:
        for currency in currencies:
            known = self._houses.get(currency)
            if known is not None:
                books.know(known)
                continue
            found = (books.get(Account, HOUSE, currency, name) for name in House)
            houses = tuple(account for account in found if account is not None)
            if len(houses) == len(House):
                self._houses[currency] = houses

    @staticmethod
    def _answer(desk: Desk, asked: Asked) -> Answered:
        call, hashed = asked.call, asked.request_hash
        known = desk.books.get(Answer, call.provider, hashed) if hashed else None
        if known is not None:
            return Answered((known.status, known.body.encode()), None)
        refused = asked.first(desk.books)
        if refused is not None:
            return Answered(refused, None)
        outcome = desk.post(call)
        status, body = asked.say(outcome)
        is_kept = asked.keeps_refusal or outcome.refusal is None
        if asked.request_hash and call.actions and is_kept:
            desk.books.put(
                Answer(
                    provider=call.provider, request_hash=asked.request_hash, status=status,
                    body=body.decode(), at_us=call.at_us,
                )
            )  # fmt: skip
        return Answered((status, body), outcome)

    def look(self, wanted: Wanted) -> Books:
        """Return rows as they stand, under lock only while they are read."""
        with self.backend.transaction() as transaction:
            return transaction.load(wanted, 0)

    def write(self, rows: Sequence[Row]) -> None:
        """Write rows that are no movement, such as a wallet's state."""
        with self.backend.transaction() as transaction:
            transaction.write(rows)
