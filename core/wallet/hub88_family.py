"""Hub88's wallet protocol and those made after it. Way: app -> here (a `Family`) -> ledger.

JSON over POST, signed by the provider; every reply is HTTP 200 and says a status. Player and
currency are those of the session whose token comes with each request. A session that has ended
refuses new bets only: a win or rollback of what was staked in it goes on, and so does a bet that
comes again.

Sources: the public descriptions of Hub88's Wallet API v2 and of Caleta's API 1.5.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import msgspec

from core.errors import DeclarationError, EventError, MoneyError
from core.ledger.books import Books, Wanted
from core.ledger.calls import Action, Call, Outcome, Policy, Result, RollbackOfWin, Status
from core.ledger.ledger import Asked, Reply
from core.ledger.rows import PLAYABLE, GameSession, Movement, Wallet
from core.ledger.units import ledger_exponent, units_of_fraction
from core.typed_json import reader_of
from core.wallet.adapter import Provider, Request
from core.wallet.catalogue import Catalogue, catalogue_of, game_context
from core.wallet.hub88_messages import (
    Moving,
    Named,
    Playing,
    Staking,
    Undoing,
    Winning,
    echoed,
    is_json,
)
from core.wallet.rsa_signature import SigningKey, public_key
from core.wallet.sessions import Session

PUBLIC_KEY = "public_key"
PLACES = 5
"""Amounts are integers of the fifth decimal."""
POLICY = Policy(
    one_settlement_per_bet=False, win_needs_bet=True, rollback_of_win=RollbackOfWin.YES,
    rolls_back_settled=True,
)  # fmt: skip
_OPERATIONS = ("bet", "win", "rollback")
_WORDS = {
    Status.OK: "RS_OK",
    Status.CONFLICT: "RS_ERROR_DUPLICATE_TRANSACTION",
    Status.BET_EXISTS: "RS_ERROR_DUPLICATE_TRANSACTION",
    Status.PLAYER_UNKNOWN: "RS_ERROR_INVALID_TOKEN",
    Status.CURRENCY_UNKNOWN: "RS_ERROR_WRONG_CURRENCY",
    Status.INSUFFICIENT_FUNDS: "RS_ERROR_NOT_ENOUGH_MONEY",
    Status.BET_MISSING: "RS_ERROR_TRANSACTION_DOES_NOT_EXIST",
    Status.OTHER_PLAYERS: "RS_ERROR_TRANSACTION_DOES_NOT_EXIST",
    Status.BET_TOMBSTONED: "RS_ERROR_TRANSACTION_ROLLED_BACK",
    Status.BET_CANCELLED: "RS_ERROR_TRANSACTION_ROLLED_BACK",
}


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an operator may set of a provider.

    `games` is the path of a catalogue. `unknown_rollback` is said to the rollback of a bet never
    met. `jackpot_win` is a part of a win's amount, or comes on top of it.
    """

    games: str | None = None
    unknown_rollback: Literal["RS_OK", "RS_ERROR_TRANSACTION_DOES_NOT_EXIST"] = "RS_OK"
    jackpot_win: Literal["part", "on_top"] = "part"


@dataclass(frozen=True, slots=True)
class Family:
    """Where one protocol of the family differs from another.

    `signature` is the header it stands in (lower case), `calls` what a path asks and in which
    shape, `transient` the status after which the provider asks again or rolls back, `limit` the
    one for a bet that a rule refused.
    """

    signature: str
    calls: Mapping[str, tuple[str, type[Named]]]
    transient: str
    limit: str
    policy: Policy = POLICY


@dataclass(frozen=True, slots=True)
class _Turn:
    """A request that was understood, on its way to a reply; `operation` may be "balance"."""

    uuid: str
    operation: str
    player: str
    currency: str
    at_us: int
    trace_id: str


@dataclass(frozen=True, slots=True)
class FamilyWallet:
    """A protocol of the family at work for one provider."""

    provider: Provider
    family: Family
    key: SigningKey
    settings: Settings
    games: Catalogue | None

    looks_up: ClassVar[bool] = True

    def asked(self, request: Request) -> Asked | Reply:
        """Return what to ask the ledger, or a refusal of what is no request."""
        signature = request.headers.get(self.family.signature, "")
        if not self.key.signed(request.body, signature):
            return _said("RS_ERROR_INVALID_SIGNATURE", echoed(request.body))
        if request.path not in self.family.calls:
            return 404, b'{"error":"no such call"}'
        operation, shape = self.family.calls[request.path]
        try:
            body = reader_of(shape).decode(request.body)
            return self._understood(operation, body, request)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            word = "RS_ERROR_WRONG_TYPES" if is_json(request.body) else "RS_ERROR_WRONG_SYNTAX"
            return _said(word, echoed(request.body))
        except (MoneyError, EventError):
            return _said("RS_ERROR_WRONG_TYPES", echoed(request.body))

    def failed(self, request: Request) -> Reply:
        """Return the reply after which the provider asks again."""
        return _said(self.family.transient, echoed(request.body))

    def _understood(self, operation: str, body: Named, request: Request) -> Asked | Reply:
        if not isinstance(body, Playing):
            return self._info(body, request)
        row = self.provider.find_session(body.token)
        if row is None or (body.user or row.player) != row.player:
            return _said("RS_ERROR_INVALID_TOKEN", body.request_uuid)
        turn = _Turn(
            body.request_uuid, operation, row.player, row.currency, request.at_us, request.trace_id
        )
        session = Session(self.provider.name, body.token)
        if operation == "check":
            return self._check(turn, session)
        if not isinstance(body, Moving):
            return Asked(self._call(turn), say=lambda outcome: self._spoken(turn, outcome))
        if isinstance(body, Staking) and body.currency != row.currency:
            return _said("RS_ERROR_WRONG_CURRENCY", turn.uuid)
        action = self._action(turn, body, row)
        guard = _Entry(self.provider.name, action, turn, session, self.games)
        return Asked(
            self._call(turn, action), say=lambda outcome: self._spoken(turn, outcome),
            request_hash=request.hash, wants=guard.wants, first=guard.first,
            keeps_refusal=operation == "bet",  # the others are sent until they are done
        )  # fmt: skip

    def _info(self, body: Named, request: Request) -> Asked:
        """Say whether a player is known; there is no session, so no currency."""
        player = body.user or ""

        def first(books: Books) -> Reply:
            wallet = books.get(Wallet, player)
            if wallet is None or wallet.state != "open":
                return _said("RS_ERROR_USER_DISABLED", body.request_uuid)
            return _said("RS_OK", body.request_uuid, user=player)

        turn = _Turn(body.request_uuid, "info", player, "", request.at_us, request.trace_id)
        return Asked(self._call(turn), first=first)

    def _check(self, turn: _Turn, old: Session) -> Asked:
        """Give the session a new name and end the old one."""
        new = Session(self.provider.name, self.provider.new_session())

        def first(books: Books) -> Reply:
            row = old.row(books)
            if row is None:
                return _said("RS_ERROR_INVALID_TOKEN", turn.uuid)
            if row.state != "open":
                return _said("RS_ERROR_TOKEN_EXPIRED", turn.uuid)
            old.end(books, turn.at_us)
            new.begin(books, row)
            return _said("RS_OK", turn.uuid, token=new.name)

        return Asked(self._call(turn), wants=old.want, first=first)

    def _call(self, turn: _Turn, *actions: Action) -> Call:
        return Call(
            self.provider.name, turn.player, turn.currency, actions, turn.at_us, turn.trace_id,
            self.family.policy,
        )  # fmt: skip

    def _action(self, turn: _Turn, body: Moving, row: GameSession) -> Action:
        context: dict[str, Any] = game_context(self.games, self.provider.name, body.game_code)
        context["session_id"] = row.session_hash
        amount, bet_ref = 0, body.transaction_uuid
        if isinstance(body, Winning | Undoing):
            bet_ref = body.reference_transaction_uuid
        if isinstance(body, Staking):
            amount = self._amount(body, turn.currency)
            context |= _reward(body)
        if isinstance(body, Winning) and body.jackpot_win:
            context["jackpot_win"] = body.jackpot_win
        return Action(
            turn.operation, body.transaction_uuid, amount, bet_ref=bet_ref, round_id=body.round,
            closes_round=body.round_closed, context=context,
        )  # fmt: skip

    def _amount(self, body: Staking, currency: str) -> int:
        """Return ledger units; a free bet takes nothing."""
        if isinstance(body, Winning):
            is_on_top = self.settings.jackpot_win == "on_top"
            extra = (body.jackpot_win or 0) if is_on_top else 0
            return units_of_fraction(body.amount + extra, PLACES, currency)
        return 0 if body.is_free else units_of_fraction(body.amount, PLACES, currency)

    def _spoken(self, turn: _Turn, outcome: Outcome) -> Reply:
        """Say an outcome in the protocol's words, with the balance of the moment."""
        result = outcome.results[-1] if outcome.results else Result(status=Status.OK)
        word = self._word(turn.operation, result)
        if not outcome.balances:
            is_no_account = word == "RS_OK"  # a session of a wallet that was never opened
            return _said("RS_ERROR_WRONG_CURRENCY" if is_no_account else word, turn.uuid)
        held = sum(outcome.balances[fund] for fund in PLAYABLE)
        steps = held // int(10 ** (ledger_exponent(turn.currency) - PLACES))
        return _said(word, turn.uuid, user=turn.player, currency=turn.currency, balance=steps)

    def _word(self, operation: str, result: Result) -> str:
        status = result.status
        if status is Status.BET_UNKNOWN:
            return self.settings.unknown_rollback
        if status is Status.BET_CANCELLED and operation == "rollback":
            return "RS_OK"
        if status is Status.RULE and result.detail.startswith("wallet_is_open:"):
            return "RS_ERROR_USER_DISABLED"
        return _WORDS.get(status, self.family.limit)


@dataclass(frozen=True, slots=True)
class _Entry:
    """What is judged under lock before a transaction is posted."""

    provider: str
    action: Action
    turn: _Turn
    session: Session
    games: Catalogue | None

    def wants(self, wanted: Wanted) -> None:
        """Want the session and whatever bears the transaction's id."""
        self.session.want(wanted)
        for operation in _OPERATIONS:
            wanted.add(Movement, self.provider, operation, "", self.action.transaction_id)

    def first(self, books: Books) -> Reply | None:
        """Refuse a known id of something else, and a new bet of an ended session or no game."""
        known = [row for name in _OPERATIONS if (row := self._known(books, name)) is not None]
        if known:
            same = all(self._is_same(row) for row in known)
            return None if same else self._refused("RS_ERROR_DUPLICATE_TRANSACTION")
        if self.action.operation != "bet":
            return None
        if not self.session.is_open(books, self.turn.player):
            return self._refused("RS_ERROR_TOKEN_EXPIRED")
        if self.games is not None and self.action.context["game_id"] not in self.games:
            return self._refused("RS_ERROR_INVALID_GAME")
        return None

    def _known(self, books: Books, operation: str) -> Movement | None:
        return books.get(Movement, self.provider, operation, "", self.action.transaction_id)

    def _is_same(self, row: Movement) -> bool:
        """Compare what the ledger's own fingerprint leaves out."""
        said = (self.action.operation, self.action.round_id)
        return said == (row.operation, row.round_id)

    def _refused(self, word: str) -> Reply:
        return _said(word, self.turn.uuid)


def family_wallet(provider: Provider, family: Family) -> FamilyWallet:
    """Set a protocol of the family up for a provider.

    Raises:
        NotReadyError: the public key is none, or the catalogue is not there.
        DeclarationError: a setting is unknown or has no such value.
    """
    try:
        settings = msgspec.convert(dict(provider.settings), Settings)
    except msgspec.ValidationError as error:
        raise DeclarationError(
            f"settings of provider {provider.name}: {error}",
            expected="games, unknown_rollback, jackpot_win",
            hint="see docs/wallet.md",
        ) from error
    key = public_key(provider.secrets[PUBLIC_KEY])
    return FamilyWallet(provider, family, key, settings, catalogue_of(provider.settings))


def _reward(body: Staking) -> dict[str, Any]:
    """Return what the event's context says of a reward that paid for a bet or gave a win."""
    if not body.is_free:
        return {}
    return {
        "is_free": True, "free_amount": body.amount, "reward_uuid": body.reward_uuid,
        "campaign_uuid": body.campaign_uuid,
    }  # fmt: skip


def _said(status: str, uuid: str, **more: Any) -> Reply:
    return 200, msgspec.json.encode({"status": status, "request_uuid": uuid, **more})
