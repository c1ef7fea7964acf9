"""A process that posts and says what was answered, until it is killed.

`python -m tests.core.ledger.post_until_killed URL FIRST`: places bet FIRST, the next, and so on, a
win with every third in the same transaction; prints a bet's number once its answer is there.
"""

import sys

from core.ledger.calls import Action, Call
from core.ledger.ledger import Asked, Ledger
from core.ledger.open_ledger import open_backend
from tests.core.ledger.desks import NOON_US


def _asked(number: int) -> list[Asked]:
    bet = Action("bet", f"bet {number}", 2, bet_ref=str(number), round_id=str(number // 5))
    win = Action("win", f"win {number}", 3, bet_ref=str(number), round_id=str(number // 5))
    actions = (bet, win) if number % 3 == 0 else (bet,)
    calls = [Call("studio", "anna", "EUR", actions, NOON_US + number)]
    if number % 4 == 0:
        bonus = Action("promotion", f"promotion {number}", 1)
        calls.append(Call("studio", "bert", "EUR", (bonus,), NOON_US + number))
    return [Asked(call) for call in calls]


def main(url: str, first: int) -> None:
    """Post until killed."""
    ledger, number = Ledger(open_backend(url)), first
    while True:
        for answered in ledger.post(_asked(number)):
            if answered.outcome is None or answered.outcome.refusal is not None:
                raise SystemExit(f"refused: {answered.outcome}")
        sys.stdout.write(f"{number}\n")
        sys.stdout.flush()
        number += 1


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
