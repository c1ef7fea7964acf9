"""What the ledger is asked and what it answers. Way: adapter, payment desk -> here -> post -> back.

A call is one request: some actions of one player in one currency, done in order, all or none. An
action is known by (provider, operation, scope, transaction id): asked again with the same content
it answers as it did; with other content it is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from typing import Any

import msgspec

from core.errors import EvenhandError, EventError, MoneyError
from core.ledger.rows import Fund
from core.money import INT64_MAX

LONGEST_NAME = 255


class Status(StrEnum):
    """How an action ended. `OK`, `BET_UNKNOWN` and `VOID` are kept; the rest changed nothing."""

    OK = "ok"
    BET_UNKNOWN = "bet_unknown"  # a rollback before its bet: kept, so that the bet moves nothing
    VOID = "void"  # a bet after its rollback, or a second rollback, where they are accepted
    CONFLICT = "conflict"  # the same id with other content
    PLAYER_UNKNOWN = "player_unknown"
    CURRENCY_UNKNOWN = "currency_unknown"  # the player has no account in it
    INSUFFICIENT_FUNDS = "insufficient_funds"
    BET_EXISTS = "bet_exists"
    BET_MISSING = "bet_missing"  # a win that names a bet nobody placed
    BET_SETTLED = "bet_settled"
    BET_CANCELLED = "bet_cancelled"
    BET_TOMBSTONED = "bet_tombstoned"
    OTHER_PLAYERS = "other_players"  # the bet named is another player's, or in another currency
    ROUND_CLOSED = "round_closed"
    STATE = "state"  # a payment, bonus or hold that is not where this leads on from
    RULE = "rule"
    REFUSED = "refused"  # by the operation itself: see `detail`


KEPT = (Status.OK, Status.BET_UNKNOWN, Status.VOID)
"""How an action ends that was carried out, and is remembered."""


class Refused(Exception):  # noqa: N818 - an answer, not an error
    """An action that changes nothing; caught where the call is posted."""

    def __init__(self, status: Status, detail: str = "") -> None:
        self.status, self.detail = status, detail
        super().__init__(f"{status}: {detail}")


class RetryableError(EvenhandError):
    """Nothing was done and nobody knows whether it can be: ask again."""


class RollbackOfWin(StrEnum):
    """What a provider's rollback may do to a win: nothing, take it back, or what is left of it."""

    NO = "no"
    YES = "yes"
    CLAMP = "clamp"


@dataclass(frozen=True, slots=True)
class Policy:
    """How a provider's protocol reads the same events; the adapter's, given with each call.

    An id is one among the operations `ids_shared_by`: a win by the id of a bet is that bet again.
    `known_by_id_alone` answers an id met before as it was answered, whatever else is said with it;
    never to another player. `settles_by_round`: what ends a round settles all bets in it, as wins
    name none.
    """

    accepts_bet_after_tombstone: bool = False
    one_settlement_per_bet: bool = True
    win_needs_bet: bool = True
    rollback_of_win: RollbackOfWin = RollbackOfWin.NO
    rolls_back_settled: bool = False
    bet_in_closed_round: bool = True
    accepts_zero_amount: bool = True
    approves_less: bool = False  # a deposit may be approved for less than was asked for
    accepts_rollback_again: bool = False
    ids_shared_by: tuple[str, ...] = ()
    known_by_id_alone: bool = False
    settles_by_round: bool = False


@dataclass(frozen=True, slots=True)
class Action:
    """One step of a call; `amount` in ledger units, never negative.

    `bet_ref` names the bet it places or is about, `scope` keeps equal ids of different players
    apart where the provider's are unique per player only. `context` goes into the event (game,
    session, ...) and is no part of what is compared when an id comes again.

    Raises:
        MoneyError: the amount is negative or beyond 64 bits.
        EventError: an id is longer than `LONGEST_NAME`, or no text a database can keep.
    """

    operation: str
    transaction_id: str
    amount: int = 0
    bet_ref: str = ""
    scope: str = ""
    round_id: str = ""
    closes_round: bool = False
    context: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not 0 <= self.amount <= INT64_MAX:
            raise MoneyError(f"an action over {self.amount}", expected="0 or more, in 64 bits")
        _check_names(self.transaction_id, self.bet_ref, self.scope, self.round_id)


@dataclass(frozen=True, slots=True)
class Call:
    """Actions of one player; `at_us` is when the request came (UTC microseconds)."""

    provider: str
    player: str
    currency: str
    actions: tuple[Action, ...]
    at_us: int
    trace_id: str = ""
    policy: Policy = field(default_factory=Policy)

    def __post_init__(self) -> None:
        _check_names(self.provider, self.player, self.currency, self.trace_id)

    def fingerprint(self, action: Action) -> str:
        """Return what must be equal when the action's id comes again."""
        said = (self.player, self.currency, action.amount, action.bet_ref)
        return sha256(msgspec.json.encode(said)).hexdigest()[:32]


def _check_names(*names: str) -> None:
    """Refuse what a table cannot keep or find again, before it can fail its batch's neighbours."""
    said = "".join(names)
    if said.isascii() and len(said) <= LONGEST_NAME and "\0" not in said:
        return  # which nearly all of them are
    for name in names:
        if len(name) > LONGEST_NAME or "\0" in name or not _is_unicode(name):
            raise EventError(
                f"a name of {len(name)} characters: {name[:40]!a}",
                expected=f"at most {LONGEST_NAME} characters of Unicode, none of them NUL",
            )


def _is_unicode(name: str) -> bool:
    return name.isascii() or not any("\ud800" <= letter <= "\udfff" for letter in name)


Balances = dict[Fund, int]


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """How one action ended; `moved` and `after` by fund, in ledger units.

    `movement_id` is the ledger's own id of it, null where nothing was kept; `at_us` when it was
    done (UTC microseconds, 0 likewise). `of_bonus` is how much of it belonged to a bonus completed
    before, whoever got it. `is_replay` marks an answer given before.
    """

    status: Status
    movement_id: int | None = None
    at_us: int = 0
    moved: Balances = {}
    after: Balances = {}
    detail: str = ""
    of_bonus: int = 0
    is_replay: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a call ended: a result for every action up to the first refused, and the balances now.

    `balances` is empty for a player nobody knows. `finding` is what a rule said, null if none did.
    """

    results: tuple[Result, ...]
    balances: Balances
    finding: str | None = None

    @property
    def refusal(self) -> Result | None:
        """The result that ended the call without effect, if one did."""
        return next((result for result in self.results if result.status not in KEPT), None)
