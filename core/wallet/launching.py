"""A player opens a game or is given free spins: a session begins. Way: site, CLI -> here -> ledger.

The session's row and what downstream is told of a launch (`GameLaunched`) are one transaction.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from core.errors import NotReadyError
from core.ledger.books import Books
from core.ledger.calls import Action, Call
from core.ledger.ledger import Asked, Ledger, Reply
from core.ledger.posting import outgoing
from core.ledger.rows import GameSession, Wallet
from core.wallet.catalogue import Catalogue, game_context
from core.wallet.sessions import Session, beginning


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
    refused = _posted(
        ledger,
        session,
        launch,
        lambda books, call: _refusals(books, launch) or _begin(books, call, session, launch, games),
    )
    if refused:
        raise NotReadyError(refused, hint="see `evenhand wallet open` and `block`")


def issue_session(issue_id: str) -> str:
    """Return the name of the session an issue of free spins is begun as, when it is issued.

    Its player and currency are those of the issue where the end of it does not name them.
    """
    return f"issue {issue_id}"


def issue_spins(ledger: Ledger, provider: str, issue_id: str, launch: Launch) -> None:
    """Write down to whom an issue of free spins was given; once more changes nothing.

    Raises:
        NotReadyError: the player has no open wallet in the currency, or the issue is another's.
        RetryableError: the ledger cannot be written now.
    """
    session = Session(provider, issue_session(issue_id))

    def given(books: Books, _call: Call) -> str:
        row = session.row(books)
        if row is not None:
            is_same = (row.player, row.currency) == (launch.player, launch.currency)
            return "" if is_same else f"issue {issue_id} was given to {row.player}"
        refused = _refusals(books, launch)
        if not refused:
            session.begin(books, _row(launch))
        return refused

    if refused := _posted(ledger, session, launch, given):
        raise NotReadyError(refused, hint="see `evenhand wallet open` and `block`")


def _posted(
    ledger: Ledger, session: Session, launch: Launch, begun: Callable[[Books, Call], str]
) -> str:
    """Let a session begin under lock; return why it does not, "" if it does."""
    call = Call(session.provider, launch.player, launch.currency, (), launch.at_us, launch.trace_id)
    refusals = [""]

    def first(books: Books) -> Reply:
        refusals[:] = [begun(books, call)]
        return 200, b""

    ledger.post([Asked(call, wants=session.want, first=first)])
    return refusals[0]


def _refusals(books: Books, launch: Launch) -> str:
    wallet = books.get(Wallet, launch.player)
    if wallet is None:
        return f"no wallet of player {launch.player}"
    if wallet.state != "open":
        return f"the wallet of player {launch.player} is {wallet.state}"
    if not books.balances(launch.player, launch.currency):
        return f"player {launch.player} has nothing in {launch.currency}"
    return ""


def _row(launch: Launch) -> GameSession:
    return beginning(launch.player, launch.currency, launch.game_id, launch.at_us)


def _begin(
    books: Books, call: Call, session: Session, launch: Launch, games: Catalogue | None
) -> str:
    """Begin a game's session and tell of it; nothing is refused."""
    session.begin(books, _row(launch))
    context = {**game_context(games, session.provider, launch.game_id), "session_id": session.hash}
    action = Action("launch", session.hash, context=context)
    books.put(outgoing(books.new_id(), call, action, "launched", {}))
    return ""
