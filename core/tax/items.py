"""What of a day enters a base, apart by kind. Way: landed facts -> here -> core.tax.readings.

Amounts are minor units of the pack's currency, never negative. A void stands apart from what it
takes back, so that a base can show both.
"""

from __future__ import annotations

from datetime import date

import msgspec


class DayItems(msgspec.Struct, frozen=True, kw_only=True):
    """The items of one local day and one game type.

    `stakes` and `prizes` are real money, prizes credited and free to withdraw, voided ones among
    them. The `_cash` parts are those for which the player could have had cash instead.
    `locked_winnings` were won and are still under wagering when credited; `released_winnings` are
    those of whatever day whose wagering ended on this one.
    """

    day: date
    game_type: str = ""
    stakes: int = 0
    prizes: int = 0
    bonus_stakes: int = 0
    bonus_stakes_cash: int = 0
    bonus_prizes: int = 0
    bonus_prizes_cash: int = 0
    locked_winnings: int = 0
    released_winnings: int = 0
    jackpot_contributions: int = 0
    void_stakes: int = 0
    void_prizes: int = 0
    commission: int = 0
