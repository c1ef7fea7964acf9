"""The rows a batch of calls needs, changed in memory, undone at will. Way: backend -> here -> post.

Whoever loads the books holds the locks of all their wallets until they are written, so nothing in
them changes meanwhile. A row is replaced, never changed in place.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeVar, cast

from core.ledger.calls import Balances, Refused, Status
from core.ledger.row import Key, Row
from core.ledger.rows import FUNDS, HOUSE, KEY_OF, KINDS, Account, House, Wallet

R = TypeVar("R", bound=Row)


@dataclass(slots=True)
class Wanted:
    """Which rows a batch of calls may need: by key, or all of a player's."""

    players: set[str] = field(default_factory=set)
    accounts: set[tuple[str, str]] = field(default_factory=set)  # player, currency
    keys: dict[type[Row], set[Key]] = field(default_factory=dict)
    of_players: set[type[Row]] = field(default_factory=set)  # rows of `players` in state active

    def add(self, kind: type[Row], *key: object) -> None:
        """Want a row by its key."""
        held = self.keys.get(kind)
        if held is None:
            held = self.keys[kind] = set()
        held.add(key)

    def has(self, kind: type[Row], key: Key) -> bool:
        """Return whether a row of this key would have been loaded."""
        if kind is Wallet and key[0] in self.players:
            return True
        if kind is Account and key[:2] in self.accounts:
            return True
        return key in self.keys.get(kind, ())


class NotLoaded(Exception):  # noqa: N818 - a request to load more, not an error
    """A row was asked for that nobody wanted: whether it exists is not known."""

    def __init__(self, kind: type[Row], key: Key) -> None:
        self.kind, self.key = kind, key
        super().__init__(f"{kind.table} {key}")


class NoMoreIds(Exception):  # noqa: N818 - a request to load more, not an error
    """More rows came into being than ids were asked for."""


class Books:
    """Rows by kind and key; remembers how to go back and what has changed.

    `ids` gives fresh ids, as many as the batch can need.
    """

    def __init__(self, rows: Iterable[Row], ids: Sequence[int]) -> None:
        self._rows: dict[type[Row], dict[Key, Row]] = {kind: {} for kind in KINDS}
        for row in rows:
            kind = type(row)
            self._rows[kind][KEY_OF[kind](row)] = row
        self._undo: list[tuple[type[Row], Key, Row | None]] = []
        self._ids = iter(ids)
        self._wanted: Wanted | None = None

    def know(self, rows: Iterable[Row]) -> None:
        """Hold rows that were loaded before and never change."""
        for row in rows:
            kind = type(row)
            self._rows[kind].setdefault(KEY_OF[kind](row), row)

    def expect(self, wanted: Wanted) -> None:
        """Know what was looked for: from now on any other row's absence is no answer."""
        self._wanted = wanted

    def get(self, kind: type[R], *key: object) -> R | None:
        """Return a row, None if there is none.

        Raises:
            NotLoaded: it is not here because it was not looked for.
        """
        row = self._rows[kind].get(key)
        if row is None and self._wanted is not None and not self._wanted.has(kind, key):
            raise NotLoaded(kind, key)
        return cast("R | None", row)

    def of(self, kind: type[R], player: str) -> Iterator[R]:
        """Yield a player's rows of a kind, among those loaded, in order of their keys.

        The kind's key begins with the player.
        """
        held = self._rows[kind]
        for key in sorted(key for key in held if key[0] == player) if held else ():
            yield cast("R", held[key])

    def put(self, row: Row) -> None:
        """Set a row in its place."""
        kind = type(row)
        held, key = self._rows[kind], KEY_OF[kind](row)
        self._undo.append((kind, key, held.get(key)))
        held[key] = row

    def new_id(self) -> int:
        """Return an id nothing else has; rising.

        Raises:
            NoMoreIds: all that were loaded are used.
        """
        fresh = next(self._ids, None)
        if fresh is None:
            raise NoMoreIds
        return fresh

    def mark(self) -> int:
        """Return where `undo` may come back to."""
        return len(self._undo)

    def undo(self, mark: int) -> None:
        """Take back every change since a mark."""
        while len(self._undo) > mark:
            kind, key, old = self._undo.pop()
            if old is None:
                del self._rows[kind][key]
            else:
                self._rows[kind][key] = old

    def changes(self) -> list[Row]:
        """Return the rows that differ from what was loaded, in the order they first changed."""
        places = dict.fromkeys((kind, key) for kind, key, _ in self._undo)
        return [self._rows[kind][key] for kind, key in places]

    def account(self, player: str, currency: str, fund: str) -> Account:
        """Return an account that must be there.

        Raises:
            Refused: the player has none in this currency.
        """
        account = self.get(Account, player, currency, fund)
        if account is None:
            raise Refused(Status.CURRENCY_UNKNOWN, f"no account in {currency}")
        return account

    def house(self, currency: str, name: House) -> Account:
        """Return an account of the house."""
        return self.account(HOUSE, currency, name)

    def balances(self, player: str, currency: str) -> Balances:
        """Return what stands in each fund; nothing for a player without accounts."""
        held = self._rows[Account]
        found: Balances = {}
        for fund in FUNDS:
            row = held.get((player, currency, fund)) or self.get(Account, player, currency, fund)
            if row is not None:
                found[fund] = cast("Account", row).balance
        return found
