"""OneWallet, the seamless wallet of Evolution's live tables: JSON over POST, a token in the query.

A bet is known by its `refId`; a cancel carries the debit's own transaction id. Each bet is settled
once, by a credit or a cancel. Checking a session gives it a new name and ends the old one; a check
that comes again with the same `uuid` is told the same name, while it stands.

Source: the provider's public tester report (requests, expected statuses, exact balances).
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar

import msgspec

from core.errors import EventError, MoneyError
from core.ledger.books import Books, Wanted
from core.ledger.calls import Action, Call, Outcome, Policy, Result, Status
from core.ledger.ledger import Asked, Reply
from core.ledger.rows import Fund, Wallet
from core.ledger.units import units, units_text
from core.typed_json import reader_of
from core.wallet.adapter import Adapter, Provider, Request
from core.wallet.renaming import next_name
from core.wallet.sessions import Session, beginning

TOKEN = "auth_token"  # noqa: S105 - the name of a secret, not one
POLICY = Policy(one_settlement_per_bet=True, win_needs_bet=True)
_OPERATIONS = {"debit": "bet", "credit": "win", "cancel": "rollback"}
_WORDS = {
    Status.OK: "OK",
    Status.BET_UNKNOWN: "BET_DOES_NOT_EXIST",
    Status.BET_MISSING: "BET_DOES_NOT_EXIST",
    Status.BET_EXISTS: "BET_ALREADY_EXIST",
    Status.BET_SETTLED: "BET_ALREADY_SETTLED",
    Status.BET_CANCELLED: "BET_ALREADY_SETTLED",
    Status.INSUFFICIENT_FUNDS: "INSUFFICIENT_FUNDS",
    Status.PLAYER_UNKNOWN: "INVALID_PARAMETER",
    Status.CURRENCY_UNKNOWN: "INVALID_PARAMETER",
    Status.OTHER_PLAYERS: "INVALID_PARAMETER",
}
_OF_CONFLICT = {"debit": "BET_ALREADY_EXIST", "promo_payout": "FINAL_ERROR_ACTION_FAILED"}
_FINAL = "FINAL_ERROR_ACTION_FAILED"
_UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


class _Transaction(msgspec.Struct):
    id: str
    refId: str  # noqa: N815 - the provider's name
    amount: Decimal


class _Jackpot(msgspec.Struct):
    winAmount: Decimal  # noqa: N815 - the provider's name


class _Promotion(msgspec.Struct):
    id: str
    type: str
    amount: Decimal | None = None
    jackpots: list[_Jackpot] = []


class _Table(msgspec.Struct):
    id: str | None = None


class _Details(msgspec.Struct):
    table: _Table | None = None


class _Game(msgspec.Struct):
    id: str | None = None
    type: str | None = None
    details: _Details | None = None


class _Body(msgspec.Struct):
    """Every field of every request; which must be there depends on the path."""

    uuid: str
    userId: str  # noqa: N815 - the provider's name
    sid: str | None = None
    currency: str | None = None
    game: _Game | None = None
    transaction: _Transaction | None = None
    promoTransaction: _Promotion | None = None  # noqa: N815 - the provider's name


class _Uuid(msgspec.Struct):
    uuid: str = ""


@dataclass(frozen=True, slots=True)
class OneWallet:
    """The protocol at work for one provider."""

    provider: Provider

    looks_up: ClassVar[bool] = False

    def asked(self, request: Request) -> Asked | Reply:
        """Return what to ask the ledger, or a refusal of what is no request."""
        token = request.query.get("authToken", "")
        if not hmac.compare_digest(token.encode(), self.provider.secrets[TOKEN].encode()):
            return _said("INVALID_TOKEN_ID", _uuid(request))
        try:
            body = reader_of(_Body).decode(request.body)
            if request.path in ("sid", "check"):
                return self._session(request, body)
            return self._money(request, body)
        except (*_UNREADABLE, ArithmeticError, MoneyError, EventError, _Missing):
            return _said("INVALID_PARAMETER", _uuid(request))

    def failed(self, request: Request) -> Reply:
        """Return the reply after which the provider asks again."""
        return _said("TEMPORARY_ERROR", _uuid(request))

    def _session(self, request: Request, body: _Body) -> Asked:
        """Begin a session, or check one: it goes on under a new name."""
        old, is_check = Session(self.provider.name, body.sid or ""), request.path == "check"
        new = Session(self.provider.name, self._new_name(body, is_check=is_check))

        def first(books: Books) -> Reply:
            if is_check and not old.is_open(books, body.userId):
                is_again = new.is_open(books, body.userId)  # the reply was lost
                said = {"sid": new.name} if is_again else {}
                return _said("OK" if is_again else "INVALID_SID", body.uuid, **said)
            if books.get(Wallet, body.userId) is None:
                return _said("INVALID_PARAMETER", body.uuid)
            named = old.row(books)
            if named is not None and named.player == body.userId:
                old.end(books, request.at_us)
                new.begin(books, named)
            else:
                new.begin(books, beginning(body.userId, "", "", request.at_us))
            return _said("OK", body.uuid, sid=new.name)

        call = Call(self.provider.name, body.userId, "", (), request.at_us, request.trace_id)

        def wants(wanted: Wanted) -> None:
            old.want(wanted)
            new.want(wanted)

        return Asked(call, wants=wants, first=first)

    def _new_name(self, body: _Body, *, is_check: bool) -> str:
        """Return a name nobody can guess; the same check is answered with the same."""
        if not is_check:
            return self.provider.new_session()
        return next_name(self.provider.secrets[TOKEN], body.sid or "", body.uuid)

    def _money(self, request: Request, body: _Body) -> Asked:
        currency, sid = _given(body.currency), _given(body.sid)
        session = Session(self.provider.name, sid)
        actions = () if request.path == "balance" else (_action(request.path, body, currency),)
        call = Call(
            self.provider.name, body.userId, currency, actions, request.at_us, request.trace_id,
            POLICY,
        )  # fmt: skip

        def first(books: Books) -> Reply | None:
            if not session.is_open(books, body.userId):
                return _said("INVALID_SID", body.uuid)
            return None

        return Asked(
            call,
            say=lambda outcome: _spoken(request.path, body, currency, outcome),
            request_hash=request.hash if actions else "",
            wants=session.want,
            first=first,
            keeps_refusal=request.path == "debit",  # what pays out is sent until it is done
        )


class _Missing(Exception):  # noqa: N818 - met two lines above
    """A field the path needs is not there."""


def _given(value: Any) -> Any:
    if value is None or value == "":
        raise _Missing
    return value


def _action(path: str, body: _Body, currency: str) -> Action:
    context = _context(body)
    if path == "promo_payout":
        given: _Promotion = _given(body.promoTransaction)
        won = [jackpot.winAmount for jackpot in given.jackpots]
        amount = sum(won, Decimal(0)) if given.amount is None else given.amount
        return Action(
            "promotion", _given(given.id), _amount(amount, currency),
            context={**context, "promotion": given.type},
        )  # fmt: skip
    if path not in _OPERATIONS:
        raise _Missing
    moved: _Transaction = _given(body.transaction)
    staked = 0 if path == "cancel" else _amount(moved.amount, currency)
    return Action(
        _OPERATIONS[path], _given(moved.id), staked, bet_ref=_given(moved.refId),
        round_id=context["round_id"], context=context,
    )  # fmt: skip


def _amount(amount: Decimal, currency: str) -> int:
    """Return ledger units of an amount that must not be negative."""
    if not amount.is_finite() or amount < 0:
        raise MoneyError(f"{amount} {currency}", expected="an amount of zero or more")
    return units(amount, currency)


def _context(body: _Body) -> dict[str, str]:
    """Return what the event is to say of the game."""
    game = body.game or _Game()
    table = game.details.table.id if game.details and game.details.table else None
    return {
        "game_id": table or game.type or "lobby", "round_id": game.id or "",
        "vendor_id": "evolution", "game_type": "live_casino", "game_name": game.type or "",
    }  # fmt: skip


def _spoken(path: str, body: _Body, currency: str, outcome: Outcome) -> Reply:
    """Say an outcome in the protocol's words, with the balances of the moment."""
    result = outcome.results[-1] if outcome.results else Result(status=Status.OK)
    word = _WORDS.get(result.status, _FINAL)
    if result.status is Status.CONFLICT:
        word = _OF_CONFLICT.get(path, "BET_ALREADY_SETTLED")
    held = outcome.balances
    if not held:  # nobody has this currency, so a balance of it is no answer
        return _said("INVALID_PARAMETER" if word == "OK" else word, body.uuid)
    bonus = held[Fund.BONUS] + held[Fund.LOCKED]
    return _said(
        word, body.uuid, balance=_number(held[Fund.REAL], currency),
        bonus=_number(bonus, currency), retransmission=result.is_replay,
    )  # fmt: skip


def _number(amount: int, currency: str) -> msgspec.Raw:
    """Return ledger units as a JSON number with all decimals."""
    return msgspec.Raw(units_text(amount, currency).encode())


def _said(status: str, uuid: str, **more: Any) -> Reply:
    return 200, msgspec.json.encode({"status": status, **more, "uuid": uuid})


def _uuid(request: Request) -> str:
    """Return the request's uuid, to be echoed even when nothing else can be read."""
    try:
        return reader_of(_Uuid).decode(request.body).uuid
    except _UNREADABLE:
        return ""


ONEWALLET = Adapter(name="onewallet", secrets=(TOKEN,), made=OneWallet)
