"""What both generations of the SOFTSWISS protocols do before anything else. Way: adapters -> here.

A request is signed over its raw bytes, so the signature is checked before anybody reads them. What
is no request of the protocol is `Malformed`, whatever is wrong with it.
"""

from __future__ import annotations

import hmac
from hashlib import sha256
from typing import Annotated, TypeVar

import msgspec

from core.currency import is_currency
from core.ledger.books import Books
from core.ledger.calls import LONGEST_NAME, Action, Call, Outcome, Result, Status
from core.ledger.rows import Movement, Wallet
from core.typed_json import reader_of
from core.wallet.adapter import Request
from core.wallet.catalogue import Catalogue, game_context
from core.wallet.sessions import session_hash

SECRET = "auth_token"  # noqa: S105 - the name of a secret, not one
SIGNATURE = "x-request-sign"
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_NAME)]
CurrencyCode = Annotated[str, msgspec.Meta(pattern=r"^[A-Z][A-Z0-9_]{2,31}\Z")]
SHARED_IDS = ("bet", "win", "rollback")
"""Operations among which an action's id is one."""
T = TypeVar("T")


class Malformed(Exception):  # noqa: N818 - an answer, not an error
    """What came is no request; the first argument says why in words."""


def is_signed(request: Request, secret: str) -> bool:
    """Tell whether the header is the hex HMAC-SHA256 of the raw body, in constant time."""
    expected = hmac.new(secret.encode(), request.body, sha256).hexdigest()
    return hmac.compare_digest(expected.encode(), request.headers.get(SIGNATURE, "").encode())


def read(request: Request, kind: type[T]) -> T:
    """Read a body, ignoring fields it does not know.

    Raises:
        Malformed: it is not of that kind.
    """
    try:
        return reader_of(kind).decode(request.body)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise Malformed(str(error)[:200]) from error
    except RecursionError as error:
        raise Malformed("nested too deeply") from error


def unknown(books: Books, call: Call) -> Status | None:
    """Return why a call is nobody's: no such player, or none with this currency."""
    if books.get(Wallet, call.player) is None:
        return Status.PLAYER_UNKNOWN
    if not is_currency(call.currency) or not books.balances(call.player, call.currency):
        return Status.CURRENCY_UNKNOWN
    return None


def is_foreign(books: Books, call: Call, games: Catalogue | None) -> bool:
    """Tell whether a call bets anew on a game outside the catalogue; all else goes on."""
    return games is not None and any(
        action.operation == "bet"
        and action.context.get("game_id", "")
        and action.context["game_id"] not in games
        and not _is_known(books, call, action)
        for action in call.actions
    )


def _is_known(books: Books, call: Call, action: Action) -> bool:
    return any(
        books.get(Movement, call.provider, operation, action.scope, action.transaction_id)
        for operation in SHARED_IDS
    )


def play_context(
    games: Catalogue | None, provider: str, game_id: object, session_id: object
) -> dict[str, str]:
    """Return what events are to say of the game; a session only by its hash, as it is a secret."""
    context = game_context(games, provider, game_id if isinstance(game_id, str) else "")
    if isinstance(session_id, str) and session_id:
        context["session_id"] = session_hash(session_id)
    return context


def ended_by(status: Status) -> Outcome:
    """Return the outcome of a call that was refused before it was posted."""
    return Outcome((Result(status=status),), {})
