"""Small Markdown tables of measured figures. Way: benchmarks -> here -> benchmarks/results."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from models.bootstrap import Estimate

Show = Callable[[float], str]


def markdown(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table; the first column is text, the others are numbers.

    >>> print(markdown(["who", "AUC"], [["recency", "0.75"]]))
    | who | AUC |
    | :-- | --: |
    | recency | 0.75 |
    """
    rule = [":--", *["--:"] * (len(header) - 1)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (header, rule, *rows))


def row(name: str, figures: Mapping[str, Estimate], shown: Mapping[str, Show]) -> list[str]:
    """Return one scorer's row: each figure with its interval, a dash where it has none."""
    return [name, *(_cell(figures.get(metric), show) for metric, show in shown.items())]


def _cell(figure: Estimate | None, show: Show) -> str:
    if figure is None:
        return "-"
    return f"{show(figure.value)} [{show(figure.low)}, {show(figure.high)}]"


def digits(count: int) -> Show:
    """Return a way to show numbers with that many decimals, thousands apart."""
    return lambda value: f"{value:,.{count}f}"


def dollars(value: float) -> str:
    """Show minor units as whole dollars."""
    return f"{value / 100:,.0f}"
