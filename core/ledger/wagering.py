"""How far a bonus has been played through. Way: bet, rollback -> here -> bonus rows.

Every stake counts while a bonus runs, by the per cent its game type contributes. What a bet added
is kept with the bet, so that a cancelled one takes back exactly that.
"""

from __future__ import annotations

import msgspec

from core.ledger.calls import Refused, Status
from core.ledger.posting import Posting
from core.ledger.rows import Bet, Bonus
from core.money import INT64_MAX

REST = "*"


def running(posting: Posting) -> Bonus | None:
    """Return the player's bonus in this currency that may be played with now, if there is one."""
    call = posting.call
    for bonus in posting.books.of(Bonus, call.player):
        is_running = bonus.state == "active" and bonus.expires_us > call.at_us
        if is_running and bonus.currency == call.currency:
            return bonus
    return None


def counted(bonus: Bonus, amount: int, game_type: str) -> int:
    """Return what a stake adds to a bonus' wagering, in ledger units, rounded down."""
    contributions: dict[str, int] = msgspec.json.decode(bonus.contributions)
    return amount * contributions.get(game_type, contributions.get(REST, 0)) // 100


def wager(posting: Posting, amount: int) -> tuple[str | None, int]:
    """Count a stake; return the bonus it counts for, if any, and what it added.

    Raises:
        Refused: what was wagered would be beyond 64 bits.
    """
    bonus = running(posting)
    if bonus is None:
        return None, 0
    added = counted(bonus, amount, str(posting.action.context.get("game_type", "other")))
    if bonus.wagered + added > INT64_MAX:
        raise Refused(Status.REFUSED, f"bonus {bonus.bonus_id} would be beyond 64 bits")
    _put(posting, bonus, bonus.wagered + added)
    return bonus.bonus_id, added


def take_back(posting: Posting, bet: Bet) -> None:
    """Take back what a cancelled bet added."""
    bonus = posting.books.get(Bonus, bet.player, bet.bonus_id) if bet.bonus_id else None
    if bonus is not None and bonus.state == "active":
        _put(posting, bonus, max(0, bonus.wagered - bet.wagered))


def _put(posting: Posting, bonus: Bonus, wagered: int) -> None:
    posting.books.put(msgspec.structs.replace(bonus, wagered=wagered))
    posting.details["wagered"] = {
        "bonus_id": bonus.bonus_id, "code": bonus.code, "granted": bonus.granted,
        "before": bonus.wagered, "after": wagered,
    }  # fmt: skip
