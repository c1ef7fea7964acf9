"""Leave to play: begun at a game's launch, replaced, ended. Way: adapters -> here -> books.

The secret name of a session goes to the provider and comes back with its requests; the books keep
only its hash.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from hashlib import sha256

import msgspec

from core.ledger.books import Books, Wanted
from core.ledger.ledger import Ledger
from core.ledger.rows import GameSession

REMEMBERED = 100_000


def session_hash(name: str) -> str:
    """Return what the books keep of a session's name."""
    return sha256(name.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Session:
    """A session as a request names it."""

    provider: str
    name: str
    hash: str = field(init=False)
    """What the books keep of its name."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "hash", session_hash(self.name))

    def want(self, wanted: Wanted) -> None:
        """Want its row."""
        wanted.add(GameSession, self.provider, self.hash)

    def row(self, books: Books) -> GameSession | None:
        """Return its row, None if it was never begun."""
        return books.get(GameSession, self.provider, self.hash)

    def is_open(self, books: Books, player: str) -> bool:
        """Say whether it is this player's and has not ended."""
        row = self.row(books)
        return row is not None and row.player == player and row.state == "open"

    def begin(self, books: Books, like: GameSession) -> None:
        """Begin it, with the player, currency, game and instant of `like`."""
        books.put(
            msgspec.structs.replace(
                like, provider=self.provider, session_hash=self.hash, state="open", ended_us=None
            )
        )  # fmt: skip

    def end(self, books: Books, at_us: int) -> None:
        """End it, if it is there and open."""
        row = self.row(books)
        if row is not None and row.state == "open":
            books.put(msgspec.structs.replace(row, state="ended", ended_us=at_us))


def beginning(player: str, currency: str, game_id: str, at_us: int) -> GameSession:
    """Return the row of a session that begins; provider and hash are set by `Session.begin`.

    `currency` and `game_id` are "" where the provider has yet to say.
    """
    return GameSession(
        provider="", session_hash="", player=player, currency=currency, game_id=game_id,
        state="open", opened_us=at_us, ended_us=None,
    )  # fmt: skip


@dataclass(slots=True)
class SessionFinder:
    """Finds a provider's sessions by name; remembers those asked for last."""

    ledger: Ledger
    provider: str
    _known: OrderedDict[str, GameSession] = field(default_factory=OrderedDict)

    def __call__(self, name: str) -> GameSession | None:
        """Return a session's row as it was when it was first asked for, None if there is none.

        Raises:
            RetryableError: the ledger cannot be read now.
        """
        row = self._known.get(name)
        if row is None:
            session, wanted = Session(self.provider, name), Wanted()
            session.want(wanted)
            row = session.row(self.ledger.look(wanted))
            if row is not None:
                self._known[name] = row
                while len(self._known) > REMEMBERED:
                    self._known.popitem(last=False)
        return row
