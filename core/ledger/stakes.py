"""From which funds a stake comes, and to which its win goes. Way: bet, win, rollback -> here.

Real money is staked first, then locked winnings, then bonus. A win is split as the stake was: the
part of bonus money stays bonus (as locked winnings) while its bonus runs.
"""

from __future__ import annotations

from dataclasses import dataclass

from core.ledger.calls import Balances, Refused, Status
from core.ledger.rows import PLAYABLE, Bet, Fund, Round


@dataclass(frozen=True, slots=True)
class Stake:
    """Amounts by the fund they come from, in ledger units."""

    real: int = 0
    locked: int = 0
    bonus: int = 0

    @property
    def total(self) -> int:
        """All of it."""
        return self.real + self.locked + self.bonus

    def by_fund(self) -> Balances:
        """Return the amounts by fund."""
        return {Fund.REAL: self.real, Fund.LOCKED: self.locked, Fund.BONUS: self.bonus}


def stake_of(row: Bet | Round) -> Stake:
    """Return the stake a bet or round remembers."""
    return Stake(row.real, row.locked, row.bonus)


def split(amount: int, balances: Balances) -> Stake:
    """Split a stake over the funds it may come from.

    >>> split(70, {Fund.REAL: 50, Fund.LOCKED: 0, Fund.BONUS: 30})
    Stake(real=50, locked=0, bonus=20)

    Raises:
        Refused: they do not hold as much.
    """
    if amount <= balances.get(Fund.REAL, 0):
        return Stake(real=amount)  # which nearly all of them are
    parts: Balances = {}
    left = amount
    for fund in PLAYABLE:
        parts[fund] = min(left, balances.get(fund, 0))
        left -= parts[fund]
    if left:
        raise Refused(Status.INSUFFICIENT_FUNDS, f"{left} short")
    return Stake(parts[Fund.REAL], parts[Fund.LOCKED], parts[Fund.BONUS])


def bonus_share(amount: int, stake: Stake) -> int:
    """Return how much of a win belongs to bonus money, rounded down.

    >>> bonus_share(100, Stake(real=2, bonus=1)), bonus_share(100, Stake())
    (33, 0)
    """
    return amount * (stake.locked + stake.bonus) // stake.total if stake.total else 0
