"""How much of what, counted where and since when: a rule's measure as data. Way: packs -> here."""

from __future__ import annotations

from typing import Literal

from core.compliance.marks import Strict

Of = Literal[
    "deposits",
    "withdrawals",
    "stakes",
    "wins",
    "losses",
    "balance",
    "play_time",
    "count",
    "stake",
    "winnings",
    "status",
    "none",
]
Scope = Literal["account", "operator", "all_operators"]
WindowType = Literal["calendar", "rolling", "session", "round", "accrued", "instant"]
Comparator = Literal[">", ">="]


class Window(Strict, frozen=True, kw_only=True):
    """Since when: `frames` for calendar, `length` (ISO 8601) for rolling.

    `anchor` says what starts a frame: midnight in the pack's zone unless a rule says otherwise.
    """

    type: WindowType
    frames: tuple[str, ...] = ()
    length: str = ""
    anchor: str = "midnight"


class Measure(Strict, frozen=True, kw_only=True):
    """What a rule looks at. `net` takes withdrawals off deposits, or winnings off stakes."""

    of: Of
    window: Window
    net: bool = False
    scope: Scope = "account"
    comparator: Comparator = ">"


def exceeds(value: int, bound: int, comparator: Comparator) -> bool:
    """Compare as the rule says: `>` and `>=` are different rules.

    >>> exceeds(150, 150, ">"), exceeds(150, 150, ">=")
    (False, True)
    """
    return value >= bound if comparator == ">=" else value > bound
