"""SOFTSWISS Game Connection Protocol, v1 (BGaming and others): signed JSON, amounts in subunits.

A request of a round's actions is done as a whole or not at all, in order; without actions it asks
for the balance. An action met before is answered as it was, with the balance of now; an id that
comes with other content is refused. A rollback of what is not known is accepted, and what it names
moves nothing should it come; a win can be rolled back too. Wins name no bet.

Settings: `statuses` sets the HTTP status of an error code (`{100: 412}` is the default, as BGaming
has it), `rules` the code of a rule (`core.wallet.softswiss_codes`), `spent_win: clamp` takes what
is left of a win that is rolled back instead of refusing, `games` is a catalogue, `free_win` says
whether free spins win real money or a bonus.

Sources: the provider's public acceptance texts and working integrations; the protocol has no
public specification, so what only one of them shows is said where it stands.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, ClassVar, Literal

import msgspec

from core.currency import is_currency
from core.errors import DeclarationError, EventError, MoneyError
from core.ledger.books import Books
from core.ledger.calls import Action, Call, Outcome, Policy, Result, RollbackOfWin, Status
from core.ledger.ledger import Asked, Reply
from core.ledger.units import units_of_minor, whole_minor
from core.wallet.adapter import Adapter, Provider, Request
from core.wallet.catalogue import Catalogue, catalogue_of
from core.wallet.free_wins import free_win_of
from core.wallet.launching import issue_session
from core.wallet.softswiss_codes import (
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

STATUSES: dict[int, int] = {Code.FUNDS: 412, Code.SIGNATURE: 403, Code.NOT_FOUND: 404}
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
Subunits = Annotated[int, msgspec.Meta(ge=0)]


class _Action(msgspec.Struct):
    action: Literal["bet", "win", "rollback"]
    action_id: Name
    amount: Subunits | None = None
    original_action_id: Name | None = None


class _Play(msgspec.Struct):
    """A play or rollback; `game_id` is the round."""

    user_id: Name
    currency: CurrencyCode
    game: Any = None
    game_id: Name | None = None
    session_id: Any = None
    finished: bool | None = None
    actions: list[_Action] | None = None


class _Freespins(msgspec.Struct):
    """The end of an issue of free spins; who plays it may be left to the issue.

    Source: texts name issue and amount alone, a working integration player and currency too.
    """

    issue_id: Name
    total_amount: Subunits
    user_id: Name | None = None
    currency: CurrencyCode | None = None


class _Promotion(msgspec.Struct):
    """A step of a tournament or the like. Source: a working integration."""

    event_id: Name
    user_id: Name
    currency: CurrencyCode
    amount: Subunits = 0
    original_event_id: Name | None = None


@dataclass(frozen=True, slots=True)
class _Wish:
    """What a request comes to; `said` is its reply without the balance."""

    player: str
    currency: str
    actions: Sequence[Action] = ()
    said: Callable[[Outcome], dict[str, Any]] = field(default=lambda _: {})


@dataclass(frozen=True, slots=True)
class SoftswissV1:
    """The protocol at work for one provider, as its settings have it.

    `free_win` is the code of the bonus that free spins win, "" for real money.
    """

    provider: Provider
    policy: Policy
    statuses: Mapping[int, int]
    rules: Mapping[str, int]
    games: Catalogue | None
    free_win: str = ""

    looks_up: ClassVar[bool] = True

    def asked(self, request: Request) -> Asked | Reply:
        """Return what to ask the ledger, or a refusal of what is no request."""
        if not is_signed(request, self.provider.secrets[SECRET]):
            return self._error(Refusal(Code.SIGNATURE, "invalid signature"))
        makers: dict[str, Callable[[Request], _Wish]] = {
            "balance": self._play, "play": self._play, "rollback": self._play,
            "freespins": self._freespins, "freespins/finish": self._freespins,
            "promo/bet": self._promotion, "promo/win": self._promotion,
            "promo/rollback": self._promotion,
        }  # fmt: skip
        if request.path not in makers:
            return self._error(Refusal(Code.NOT_FOUND, "no such path"))
        try:
            return self._ask(request, makers[request.path](request))
        except (Malformed, MoneyError, EventError) as error:
            return self._error(Refusal(Code.REQUEST, str(error)))

    def failed(self, _request: Request) -> Reply:
        """Return the reply after which the provider asks again."""
        return self._error(Refusal(Code.INTERNAL, "the wallet is away, ask again"))

    def too_large(self) -> Reply:
        """Return the refusal of a body beyond what the wallet reads."""
        return self._error(Refusal(Code.REQUEST, "the body is larger than 64 KiB"))

    def _ask(self, request: Request, wish: _Wish) -> Asked:
        call = Call(
            self.provider.name, wish.player, wish.currency, tuple(wish.actions), request.at_us,
            request.trace_id, self.policy,
        )  # fmt: skip

        def say(outcome: Outcome) -> Reply:
            balance = whole_minor(playable(outcome.balances), wish.currency)
            refused = outcome.refusal
            if refused is not None and refused.status is not Status.STATE:
                return self._error(refusal_of(refused, self.rules), balance)
            return 200, msgspec.json.encode({"balance": balance, **wish.said(outcome)})

        def first(books: Books) -> Reply | None:
            status = unknown(books, call)
            if status is None:
                return self._error(FOREIGN) if is_foreign(books, call, self.games) else None
            [refused] = ended_by(status).results
            return self._error(refusal_of(refused, self.rules))

        return Asked(call, say=say, first=first)

    def _play(self, request: Request) -> _Wish:
        body = read(request, _Play)
        said = [] if request.path == "balance" else body.actions or []
        if request.path == "rollback" and any(each.action != "rollback" for each in said):
            raise Malformed("a rollback of something else")
        actions = [self._action(body, each, is_last=each is said[-1]) for each in said]
        if not actions:
            return _Wish(body.user_id, body.currency, _closing(body))

        def spoken(outcome: Outcome) -> dict[str, Any]:
            results = zip(said, outcome.results, strict=True)
            done = [
                {"action_id": each.action_id, "tx_id": str(result.movement_id), **_when(result)}
                for each, result in results
            ]
            return {"game_id": body.game_id or "", "transactions": done}

        return _Wish(body.user_id, body.currency, actions, spoken)

    def _action(self, body: _Play, said: _Action, *, is_last: bool) -> Action:
        amount, bet_ref = said.amount, ""
        if said.action == "rollback":
            amount, bet_ref = 0, said.original_action_id or ""
            if not bet_ref:
                raise Malformed("a rollback without original_action_id")
        elif said.action == "bet":
            bet_ref = said.action_id
        if amount is None:
            raise Malformed(f"a {said.action} without amount")
        return Action(
            said.action, said.action_id, _units(amount, body.currency), bet_ref=bet_ref,
            round_id=body.game_id or "", closes_round=bool(body.finished) and is_last,
            context=play_context(self.games, self.provider.name, body.game, body.session_id),
        )  # fmt: skip

    def _promotion(self, request: Request) -> _Wish:
        """Read a promotion's step; a rollback names the entry that was paid.

        Bets, wins and rollbacks have ids of their own each, so that one event may have all three.
        """
        body = read(request, _Promotion)
        step = request.path.removeprefix("promo/")
        amount, context = _units(body.amount, body.currency), {"vendor_id": self.provider.name}
        if step == "win":
            action = Action(
                "promotion", f"promo/win:{body.event_id}", amount,
                context={**context, "promotion": "promo"},
            )  # fmt: skip
        elif step == "bet":
            entry = f"promo/bet:{body.event_id}"
            action = Action("bet", entry, amount, bet_ref=entry, context=context)
        else:
            entry = f"promo/bet:{body.original_event_id or body.event_id}"
            action = Action(
                "rollback", f"promo/rollback:{body.event_id}", bet_ref=entry, context=context
            )
        return _Wish(body.user_id, body.currency, (action,))

    def _freespins(self, request: Request) -> _Wish:
        """Pay what was won in an issue of free spins, once; their stakes were the house's."""
        body = read(request, _Freespins)
        issue = self.provider.find_session(issue_session(body.issue_id))
        player = body.user_id or (issue.player if issue else "")
        currency = body.currency or (issue.currency if issue else "")
        if not player or not currency:
            raise Malformed("nobody knows whose issue this is")
        if issue and (issue.player, issue.currency) != (player, currency):
            raise Malformed("the issue is another player's or in another currency")
        won = Action(
            "promotion", f"freespins:{body.issue_id}", _units(body.total_amount, currency),
            context={
                "vendor_id": self.provider.name, "promotion": "freespins",
                "bonus_code": self.free_win,
            },
        )  # fmt: skip
        return _Wish(player, currency, (won,))

    def _error(self, refusal: Refusal, balance: int | None = None) -> Reply:
        """Say an error; `balance` in subunits, null where nobody asked for it."""
        usual = 500 if refusal.code >= Code.INTERNAL else 400
        body = {"code": int(refusal.code), "message": refusal.message}
        if balance is not None:
            body["balance"] = balance
        return self.statuses.get(refusal.code, usual), msgspec.json.encode(body)


def _closing(body: _Play) -> tuple[Action, ...]:
    """Return what closes a round that is finished without a further action."""
    if not body.finished or body.game_id is None:
        return ()
    return (Action("round_close", body.game_id, scope=body.user_id, round_id=body.game_id),)


def _units(amount: int, currency: str) -> int:
    """Return ledger units; 0 for a currency nobody has, as the call is refused for that first."""
    return units_of_minor(amount, currency) if is_currency(currency) else 0


def _when(result: Result) -> dict[str, str]:
    """Return when an action was done first."""
    done = EPOCH + timedelta(microseconds=result.at_us)
    return {"processed_at": done.isoformat(timespec="microseconds").replace("+00:00", "Z")}


def _made(provider: Provider) -> SoftswissV1:
    statuses = provider.settings.get("statuses", {})
    if not isinstance(statuses, dict) or not all(map(_is_status, statuses.items())):
        raise DeclarationError(
            f"provider {provider.name}: statuses are {statuses!r}",
            expected="a mapping of codes below 500 to HTTP statuses 400-499, such as {100: 412}",
        )
    policy = Policy(
        accepts_bet_after_tombstone=True, one_settlement_per_bet=False, win_needs_bet=False,
        rollback_of_win=_rollback_of_win(provider), rolls_back_settled=True,
        accepts_rollback_again=True, ids_shared_by=SHARED_IDS, settles_by_round=True,
    )  # fmt: skip
    return SoftswissV1(
        provider,
        policy,
        {**STATUSES, **statuses},
        codes_of_rules(provider),
        catalogue_of(provider.settings),
        free_win_of(provider.name, provider.settings),
    )


def _is_status(pair: tuple[object, object]) -> bool:
    code, status = pair
    if not isinstance(code, int) or not isinstance(status, int):
        return False
    return code < Code.INTERNAL and 400 <= status < 500


def _rollback_of_win(provider: Provider) -> RollbackOfWin:
    said = provider.settings.get("spent_win", "refuse")
    ways = {"refuse": RollbackOfWin.YES, "clamp": RollbackOfWin.CLAMP}
    way = ways.get(str(said))
    if way is None:
        raise DeclarationError(
            f"provider {provider.name}: spent_win is {said!r}", expected="'refuse' or 'clamp'"
        )
    return way


SOFTSWISS_V1 = Adapter(name="softswiss_v1", secrets=(SECRET,), made=_made)
