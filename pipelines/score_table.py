"""A player's scores in words for the terminal. Way: the service's answer -> here -> Rich.

One table of scores, then each model's reasons as indented lines. A suppressed player is one line to
those who market, for the service tells them no more.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from core.currency import exponent
from core.money import unscaled

UNIT = "_unit"
ARROWS = {"raises": "↑", "lowers": "↓"}
Answer = dict[str, Any]


def score_table(answer: Answer) -> RenderableType:
    """Lay out the flat answer."""
    if "features_as_of" not in answer:
        return Text(f"Player {answer['player_id']}: {answer['code']}")
    return Group(*_head(answer), _scores(answer), *_all_reasons(answer))


def in_words(probability: float) -> str:
    """Say a probability as a share and as people.

    >>> in_words(0.1234)
    '12.3 %, of 100 players like this about 12'
    """
    share = f"{100 * probability:.1f} %" if probability >= 0.0005 else "under 0.1 %"
    people = f"about {100 * probability:.0f}" if probability >= 0.005 else "less than 1"
    return f"{share}, of 100 players like this {people}"


def money(minor: int, currency: str) -> str:
    """Say minor units in the currency.

    >>> money(-123456, "EUR"), money(70, "JPY")
    ('-1,234.56 EUR', '70 JPY')
    """
    text = unscaled(abs(minor), exponent(currency))
    whole, dot, decimals = text.partition(".")
    return f"{'-' if minor < 0 else ''}{int(whole):,}{dot}{decimals} {currency}"


def _head(answer: Answer) -> Iterator[RenderableType]:
    at = f"{answer['features_as_of'][:19].replace('T', ' ')} UTC"
    yield Text(f"Player {answer['player_id']}: {answer['code']}, as known at {at}", style="bold")
    for finding in answer.get("findings", ()):
        yield Padding(Text(f"protected: {finding}"), (0, 0, 0, 2))
    if answer.get("stale"):
        yield Text("  last known scores, for the features came too late")
    if answer.get("models_missing"):
        yield Text(f"  no answer from: {', '.join(answer['models_missing'])}")


def _scores(answer: Answer) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2), header_style="dim")
    for heading in ("model", "score", "version"):
        table.add_column(heading)
    for name in _models(answer):
        table.add_row(name, _told(answer, name), answer[f"{name}_version"])
    return table


def _told(answer: Answer, name: str) -> str:
    unit = answer[f"{name}{UNIT}"]
    note = " (most features missing)" if answer[f"{name}_fallback"] else ""
    if unit == "probability":
        return in_words(answer[name]) + note
    currency = unit.removesuffix(" minor")
    told = money(answer[name], currency)
    if f"{name}_low" in answer:
        low, high = (money(answer[f"{name}_{end}"], currency) for end in ("low", "high"))
        told += f", likely {low.removesuffix(f' {currency}')} to {high}"
    return told + note


def _all_reasons(answer: Answer) -> Iterator[RenderableType]:
    for name in _models(answer):
        reasons = answer.get(f"{name}_reasons", ())
        if reasons:
            yield Text(f"\n{name}, what raises ↑ and lowers ↓ it most:", style="bold")
        for reason in reasons:
            category = reason["category"].replace("_", " ")
            yield Text(f"  {ARROWS[reason['direction']]} {category}")
            yield from (Padding(Text(line), (0, 0, 0, 6)) for line in reason["because"])


def _models(answer: Answer) -> list[str]:
    return sorted(key.removesuffix(UNIT) for key in answer if key.endswith(UNIT))
