"""Why an alert is raised: transactions, figures and thresholds, in words and as data.

Way: typologies -> here -> alerts, cases, drafts. Never only a flag.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from core.aml.facts import Payment, Stake
from core.money import decimal_text


class Line(msgspec.Struct, frozen=True):
    """One transaction; the amount is in the evidence's currency, minor units."""

    at_us: int
    id: str
    player: str
    kind: str
    amount: int
    instrument: str | None = None


class Figure(msgspec.Struct, frozen=True):
    """A number the pattern was judged by, beside the bound it met; both as text with units."""

    name: str
    value: str
    bound: str = ""


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """A pattern found: from `since_us` to `until_us` (UTC microseconds), both included.

    `key` tells patterns of one typology apart, such as the threshold kept under. `amount` is the
    sum a report would name, minor units of `currency`. `rule` is the pack's row behind it, if any.
    """

    typology: str
    player: str
    since_us: int
    until_us: int
    currency: str
    amount: int
    said: str
    figures: tuple[Figure, ...]
    transactions: tuple[Line, ...]
    others: tuple[str, ...] = ()
    key: str = ""
    rule: str = ""
    again_us: int = 0
    """How long the same pattern, going on, is no news."""


def payment_lines(payments: Iterable[Payment]) -> tuple[Line, ...]:
    """Return payments as transactions, in order of time."""
    lines = (Line(p.at_us, p.id, p.player, p.kind, p.amount, p.instrument) for p in payments)
    return tuple(sorted(lines, key=lambda line: (line.at_us, line.id)))


def stake_lines(stakes: Iterable[Stake]) -> tuple[Line, ...]:
    """Return stakes as transactions, in order of time."""
    lines = (
        Line(s.at_us, s.id, s.player, f"stake on {s.selection}" if s.selection else "stake", s.real)
        for s in stakes
    )
    return tuple(sorted(lines, key=lambda line: (line.at_us, line.id)))


def money(amount: int, currency: str) -> str:
    """Return an amount for people.

    >>> money(2_900_000, "USD")
    '29000.00 USD'
    """
    return f"{decimal_text(amount, currency)} {currency}"


def per_cent(part: int, whole: int) -> str:
    """Return a share in per cent, rounded down to a tenth; of nothing it is unbounded.

    >>> per_cent(1, 3), per_cent(5, 0)
    ('33.3 %', 'unbounded')
    """
    if whole <= 0:
        return "unbounded"
    tenths = part * 1000 // whole
    return f"{tenths // 10}.{tenths % 10} %"
