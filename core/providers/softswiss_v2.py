"""SOFTSWISS Game Aggregator, v2: signed JSON over POST; a round's bets and wins by their own ids.

A request is done as a whole or not at all, in order. An id met before is answered with the id and
the balance of then, whatever else comes with it. A rollback of what is not known is accepted with
an empty id, and what it names refused should it come; one of a win takes what is left of it. Wins
name no bet: they are split as their round's stakes were. There are two HTTP statuses for errors,
400 (final) and 500 (ask again); `meta.api_code` says the rest.

Source: the public OpenAPI description of the Wallet API, v.2026.03.03.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

import msgspec

from core.currency import exponent, is_currency
from core.errors import EventError, MoneyError
from core.ledger.books import Books
from core.ledger.calls import Action, Call, Outcome, Policy, Result, RollbackOfWin, Status
from core.ledger.ledger import Asked, Reply
from core.ledger.rows import Fund
from core.ledger.units import units, units_text
from core.wallet.adapter import Adapter, Provider, Request
from core.wallet.catalogue import Catalogue, catalogue_of
from core.wallet.softswiss_codes import (
    CARRY_BALANCE,
    FOREIGN,
    Code,
    Refusal,
    codes_of_rules,
    playable,
    refusal_of,
)
from core.wallet.softswiss_requests import (
    SECRET,
    SHARED_IDS,
    CurrencyCode,
    Malformed,
    Name,
    ended_by,
    is_foreign,
    is_signed,
    play_context,
    read,
    unknown,
)

POLICY = Policy(
    one_settlement_per_bet=False, win_needs_bet=False, rollback_of_win=RollbackOfWin.CLAMP,
    rolls_back_settled=True, accepts_rollback_again=True, ids_shared_by=SHARED_IDS,
    known_by_id_alone=True, settles_by_round=True,
)  # fmt: skip
LONGEST_AMOUNT = 40
Amount = Annotated[
    str, msgspec.Meta(max_length=LONGEST_AMOUNT, pattern=r"^[0-9]+(\.[0-9]{1,16})?\Z")
]
Finished = bool | None


class _Body(msgspec.Struct):
    """What every request says; `session_id` is nobody's business but the game's."""

    account_id: Name
    currency: CurrencyCode
    session_id: Any = None


class _Balance(_Body, kw_only=True):
    game_id: Name


class _Move(msgspec.Struct):
    id_provider: Name
    type: Literal["bet", "win"]
    amount: Amount


class _BetWin(_Body, kw_only=True):
    game_id: Name
    round_id: Name
    transactions: Annotated[list[_Move], msgspec.Meta(min_length=1)]
    finished: Finished = None


class _Undo(msgspec.Struct):
    id_provider: Name
    type: Literal["rollback"]
    original_id_provider: Name


class _Rollback(_Body, kw_only=True):
    round_id_provider: Name
    transactions: Annotated[list[_Undo], msgspec.Meta(min_length=1)]
    finished: Finished = None
    game_id: Any = None


class _Finish(_Body, kw_only=True):
    round_id: Name


@dataclass(frozen=True, slots=True)
class SoftswissV2:
    """The protocol at work for one provider; `rules` are the codes of rules that refuse."""

    provider: Provider
    rules: Mapping[str, int]
    games: Catalogue | None

    looks_up: ClassVar[bool] = False

    def asked(self, request: Request) -> Asked | Reply:
        """Return what to ask the ledger, or a refusal of what is no request."""
        if not is_signed(request, self.provider.secrets[SECRET]):
            return _error(Refusal(Code.SIGNATURE, "invalid signature"))
        makers: dict[str, Callable[[Request], Asked]] = {
            "balance": self._balance, "betwin": self._bet_win, "rollback": self._rollback,
            "finish": self._finish,
        }  # fmt: skip
        if request.path not in makers:
            return _error(Refusal(Code.NOT_FOUND, "no such path"))
        try:
            return makers[request.path](request)
        except (Malformed, MoneyError, EventError) as error:
            return _error(Refusal(Code.REQUEST, str(error)))

    def failed(self, _request: Request) -> Reply:
        """Return the reply after which the provider asks again."""
        return _error(Refusal(Code.AWAY, "the wallet is away, ask again"))

    def too_large(self) -> Reply:
        """Return the refusal of a body beyond what the protocol knows."""
        return _error(Refusal(Code.REQUEST, "the body is larger than 64 KiB"))

    def _balance(self, request: Request) -> Asked:
        return self._ask(request, read(request, _Balance), (), _balance_said)

    def _bet_win(self, request: Request) -> Asked:
        body = read(request, _BetWin)
        actions = [
            Action(
                move.type, move.id_provider, _amount(move.amount, body.currency),
                bet_ref=move.id_provider if move.type == "bet" else "", round_id=body.round_id,
                closes_round=bool(body.finished) and move is body.transactions[-1],
                context=self._context(body, body.game_id),
            )
            for move in body.transactions
        ]  # fmt: skip

        def said(outcome: Outcome) -> dict[str, Any]:
            results = zip(body.transactions, outcome.results, strict=True)
            done = [
                {
                    "id_provider": move.id_provider, "id": str(result.movement_id),
                    "bonus_amount": _text(_of_bonus(result), body.currency),
                }
                for move, result in results
            ]  # fmt: skip
            return {"round_id": body.round_id, "transactions": done}

        return self._ask(request, body, actions, said)

    def _rollback(self, request: Request) -> Asked:
        body = read(request, _Rollback)
        actions = [
            Action(
                "rollback", undo.id_provider, bet_ref=undo.original_id_provider,
                round_id=body.round_id_provider,
                closes_round=bool(body.finished) and undo is body.transactions[-1],
                context=self._context(body, body.game_id),
            )
            for undo in body.transactions
        ]  # fmt: skip

        def said(outcome: Outcome) -> dict[str, Any]:
            results = zip(body.transactions, outcome.results, strict=True)
            done = [
                {"id_provider": undo.id_provider, "id": _id_if_undone(result)}
                for undo, result in results
            ]
            return {"round_id": body.round_id_provider, "transactions": done}

        return self._ask(request, body, actions, said)

    def _finish(self, request: Request) -> Asked:
        body = read(request, _Finish)
        closing = Action(
            "round_close", body.round_id, scope=body.account_id, round_id=body.round_id
        )
        return self._ask(request, body, (closing,), _balance_said)

    def _context(self, body: _Body, game_id: object) -> dict[str, str]:
        return play_context(self.games, self.provider.name, game_id, body.session_id)

    def _ask(
        self, request: Request, body: _Body, actions: Sequence[Action],
        said: Callable[[Outcome], dict[str, Any]],
    ) -> Asked:  # fmt: skip
        call = Call(
            self.provider.name, body.account_id, body.currency, tuple(actions), request.at_us,
            request.trace_id, POLICY,
        )  # fmt: skip
        moves_money = request.path in ("betwin", "rollback")

        def say(outcome: Outcome) -> Reply:
            refused = outcome.refusal
            if refused is not None and refused.status is not Status.STATE:
                refusal = refusal_of(refused, self.rules)
                return _error(refusal, _text(playable(outcome.balances), body.currency))
            held = _balance_of(outcome) if moves_money else playable(outcome.balances)
            balance = _text(held, body.currency)
            return 200, msgspec.json.encode({**said(outcome), "balance": balance})

        def first(books: Books) -> Reply | None:
            status = unknown(books, call)
            if status is None:
                return _error(FOREIGN) if is_foreign(books, call, self.games) else None
            [refused] = ended_by(status).results
            return _error(refusal_of(refused, self.rules))

        return Asked(call, say=say, request_hash=request.hash if moves_money else "", first=first)


def _balance_said(_outcome: Outcome) -> dict[str, Any]:
    return {}


def _amount(text: str, currency: str) -> int:
    """Return ledger units; 0 for a currency nobody has, as the call is refused for that first."""
    amount = units(text, currency) if is_currency(currency) else 0
    if not text.strip("0."):
        raise MoneyError(f"{text} {currency}", expected="an amount above zero")
    return amount


def _balance_of(outcome: Outcome) -> int:
    """Return the balance to say: that of then if all was done before, that of now otherwise."""
    if all(result.is_replay for result in outcome.results):
        return playable(outcome.results[-1].after)
    return playable(outcome.balances)


def _id_if_undone(result: Result) -> str:
    """Return the id of a rollback, "" of one of something not known."""
    return "" if result.status is Status.BET_UNKNOWN else str(result.movement_id)


def _of_bonus(result: Result) -> int:
    """Return how much of a movement was bonus money."""
    return abs(sum(result.moved.get(fund, 0) for fund in (Fund.BONUS, Fund.LOCKED)))


def _text(amount: int, currency: str) -> str:
    """Write ledger units with the currency's decimals, and more only where they are not zero.

    >>> _text(12_500_000, "EUR"), _text(12_345_600, "EUR"), _text(7_000_000, "JPY")
    ('12.50', '12.3456', '7')
    """
    whole, _, fraction = units_text(amount, currency).partition(".")
    fraction = fraction.rstrip("0").ljust(exponent(currency), "0")
    return f"{whole}.{fraction}" if fraction else whole


def _error(refusal: Refusal, balance: str | None = None) -> Reply:
    """Say an error; `balance` goes with it where the protocol wants it."""
    is_ours = refusal.code >= Code.INTERNAL
    meta = {"api_code": str(int(refusal.code)), "api_message": refusal.message}
    if balance is not None and refusal.code in CARRY_BALANCE:
        meta["balance"] = balance
    body = {
        "code": "internal" if is_ours else "invalid_argument", "msg": refusal.message, "meta": meta,
    }  # fmt: skip
    return 500 if is_ours else 400, msgspec.json.encode(body)


def _made(provider: Provider) -> SoftswissV2:
    return SoftswissV2(provider, codes_of_rules(provider), catalogue_of(provider.settings))


SOFTSWISS_V2 = Adapter(name="softswiss_v2", secrets=(SECRET,), made=_made)
