"""Where money that was won, or a stake that comes back, belongs. Way: win, rollback -> here.

What belongs to bonus money follows its bonus: while it runs, to the bonus funds; once played
through, to real money; once forfeited or expired, to the house.
"""

from __future__ import annotations

from core.ledger.posting import Posting
from core.ledger.rows import Bonus, Fund, House
from core.ledger.stakes import Stake


def credit(posting: Posting, stake: Stake, bonus_id: str | None) -> None:
    """Credit amounts to the funds named, or where the end of their bonus leads them."""
    bonus = posting.books.get(Bonus, posting.call.player, bonus_id) if bonus_id else None
    state = "active" if bonus is None else bonus.state
    of_bonus = stake.locked + stake.bonus
    if state == "active":
        posting.move(stake.by_fund(), House.PLAY)
    elif state == "completed":
        posting.move({Fund.REAL: stake.real + of_bonus}, House.PLAY)
    else:
        posting.move({Fund.REAL: stake.real}, House.PLAY)
        posting.between_houses(House.PLAY, House.BONUS, of_bonus)
