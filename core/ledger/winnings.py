"""Where money that was won, or a stake that comes back, belongs. Way: win, rollback -> here.

What belongs to bonus money follows its bonus: while it runs, to the bonus funds; once played
through, to real money as far as the bonus releases any; once forfeited or expired, to the house.
"""

from __future__ import annotations

from core.ledger.bonuses import release
from core.ledger.posting import Posting
from core.ledger.rows import Bonus, Fund, House
from core.ledger.stakes import Stake


def credit(posting: Posting, stake: Stake, bonus_id: str | None) -> None:
    """Credit amounts to the funds named, or where the end of their bonus leads them."""
    bonus = posting.books.get(Bonus, posting.call.player, bonus_id) if bonus_id else None
    of_bonus = stake.locked + stake.bonus
    if bonus is None or bonus.state == "active":
        posting.move(stake.by_fund(), House.PLAY)
        return
    released = 0
    if bonus.state == "completed" and of_bonus:
        released = release(posting, bonus, of_bonus)
        posting.of_bonus = of_bonus
    posting.move({Fund.REAL: stake.real + released}, House.PLAY)
    posting.between_houses(House.PLAY, House.BONUS, of_bonus - released)
