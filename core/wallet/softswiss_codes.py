"""The error codes both generations of the SOFTSWISS protocols share. Way: adapters -> here.

    outcome of a call -> its refusal -> code and words -> v1: HTTP body, v2: `meta.api_code`

Codes from 500 on say "ask again", all others are final. What a rule refuses is a limit reached,
unless the provider's settings name another code for that rule: `rules: {country: 153}`.

Source: the public code table of the Game Aggregator API, v2, and texts on its predecessor.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

from core.errors import DeclarationError
from core.ledger.calls import Balances, Result, Status
from core.ledger.rows import PLAYABLE
from core.wallet.adapter import Provider


class Code(IntEnum):
    """What went wrong."""

    FUNDS = 100
    PLAYER = 101
    LIMIT = 105
    BET_TOO_LARGE = 106
    GAME = 107
    DISABLED = 110
    COUNTRY = 153
    CURRENCY = 154
    IMMUTABLE = 155
    REQUEST = 400
    SIGNATURE = 403
    NOT_FOUND = 404
    GAME_AWAY = 405
    ROLLED_BACK = 409
    CASINO = 410
    INTERNAL = 500
    AWAY = 503
    TIMEOUT = 504


CARRY_BALANCE = frozenset({Code.FUNDS, Code.LIMIT, Code.BET_TOO_LARGE})
_OF_STATUS = {
    Status.INSUFFICIENT_FUNDS: (Code.FUNDS, "not enough funds"),
    Status.PLAYER_UNKNOWN: (Code.PLAYER, "unknown player"),
    Status.CURRENCY_UNKNOWN: (Code.CURRENCY, "the player has no account in this currency"),
    Status.BET_TOMBSTONED: (Code.ROLLED_BACK, "rolled back already"),
    Status.BET_CANCELLED: (Code.ROLLED_BACK, "rolled back already"),
    Status.CONFLICT: (Code.REQUEST, "the id is taken by something else"),
    Status.BET_EXISTS: (Code.REQUEST, "the id is taken by something else"),
    Status.OTHER_PLAYERS: (Code.REQUEST, "of another player or in another currency"),
    Status.ROUND_CLOSED: (Code.REQUEST, "the round is finished"),
}
_RULES = {"wallet_is_open": Code.DISABLED}


@dataclass(frozen=True, slots=True)
class Refusal:
    """A code with its words for people."""

    code: int
    message: str


FOREIGN = Refusal(Code.GAME_AWAY, "no such game here")
"""What a bet on a game outside the catalogue is told."""


def codes_of_rules(provider: Provider) -> Mapping[str, int]:
    """Return the code of each rule whose refusal is no limit reached.

    Raises:
        DeclarationError: the settings name a code that is none.
    """
    said = provider.settings.get("rules", {})
    if not isinstance(said, dict) or not all(_is_final(code) for code in said.values()):
        raise DeclarationError(
            f"provider {provider.name}: rules are {said!r}",
            expected="a mapping of rules to codes below 500, such as {country: 153}",
        )
    return {**_RULES, **said}


def _is_final(code: object) -> bool:
    return isinstance(code, int) and code in set(Code) and code < Code.INTERNAL


def refusal_of(result: Result, rules: Mapping[str, int]) -> Refusal:
    """Return how the result that ended a call is said; the detail of a rule stays in the house."""
    if result.status is Status.RULE:
        rule = result.detail.partition(":")[0]
        return Refusal(rules.get(rule, Code.LIMIT), "not allowed for this player now")
    code, words = _OF_STATUS.get(result.status, (Code.REQUEST, "refused"))
    return Refusal(code, words)


def playable(balances: Balances) -> int:
    """Return what a player may stake in all, in ledger units: the protocols know one balance."""
    return sum(balances.get(fund, 0) for fund in PLAYABLE)
