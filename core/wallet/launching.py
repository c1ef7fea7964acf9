"""A player opens a game: his session begins. Way: site, CLI -> here -> ledger -> outbox.

The session's row and what downstream is told of it (`GameLaunched`) are one transaction.
"""

from __future__ import annotations

from dataclasses import dataclass

from core.errors import NotReadyError
from core.ledger.books import Books
from core.ledger.calls import Action, Call
from core.ledger.ledger import Asked, Ledger, Reply
from core.ledger.posting import outgoing
from core.ledger.rows import Wallet
from core.wallet.catalogue import Catalogue, game_context
from core.wallet.sessions import Session, beginning, session_hash


@dataclass(frozen=True, slots=True)
class Launch:
    """Who opens what; `at_us` is when (UTC microseconds)."""

    player: str
    currency: str
    game_id: str
    at_us: int
    trace_id: str = ""


def launch_game(
    ledger: Ledger, session: Session, launch: Launch, games: Catalogue | None = None
) -> None:
    """Begin a session under a name nobody has met.

    Raises:
        NotReadyError: the player has no open wallet in the currency, or the game is not in the
            provider's catalogue.
        RetryableError: the ledger cannot be written now.
    """
    if games is not None and launch.game_id not in games:
        raise NotReadyError(f"no game {launch.game_id} in the catalogue of {session.provider}")
    call = Call(
        session.provider, launch.player, launch.currency, (), launch.at_us, launch.trace_id
    )  # fmt: skip
    refusals = list[str]()

    def first(books: Books) -> Reply:
        refusals[:] = _refusals(books, launch)
        if not refusals:
            _begin(books, call, session, launch, games)
        return 200, b""

    ledger.post([Asked(call, wants=session.want, first=first)])
    if refusals:
        raise NotReadyError(refusals[0], hint="see `evenhand wallet open` and `block`")


def _refusals(books: Books, launch: Launch) -> list[str]:
    wallet = books.get(Wallet, launch.player)
    if wallet is None:
        return [f"no wallet of player {launch.player}"]
    if wallet.state != "open":
        return [f"the wallet of player {launch.player} is {wallet.state}"]
    if not books.balances(launch.player, launch.currency):
        return [f"player {launch.player} has nothing in {launch.currency}"]
    return []


def _begin(
    books: Books, call: Call, session: Session, launch: Launch, games: Catalogue | None
) -> None:
    session.begin(
        books, beginning(launch.player, launch.currency, launch.game_id, launch.at_us)
    )  # fmt: skip
    hashed = session_hash(session.name)
    context = {**game_context(games, session.provider, launch.game_id), "session_id": hashed}
    action = Action("launch", hashed, context=context)
    books.put(outgoing(books.new_id(), call, action, "launched", {}))
