"""Verdicts on a terminal. Way: pipelines.training.run -> here."""

from __future__ import annotations

from collections.abc import Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from models.bootstrap import Estimate
from models.evaluate import Verdict

_WIDTH = 100  # a pipe has no width; figures are not folded there


def console() -> Console:
    """Return a console wide enough for a table of figures."""
    made = Console()
    made.width = max(made.width, _WIDTH)
    return made


def closing_table(rows: Sequence[tuple[Verdict, str]]) -> Table:
    """Return one line a model: its figure beside the baseline's and the regression's.

    Args:
        rows: verdicts with the version each was registered as.
    """
    title = "Held-out time and players, 95 % intervals over players"
    table = Table(title=title, box=SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    table.show_edge = False
    for name in ("card", "v", "model", "trivial baseline", "regression", "calibrated", "verdict"):
        table.add_column(name, no_wrap=True)
    for verdict, version in rows:
        judged = verdict.judged_by
        table.add_row(
            verdict.card, version,
            f"[bold]{show(verdict.model[judged])}[/]\n{judged}",
            f"{show(verdict.baseline[judged])}\n{verdict.baseline_name}",
            show(verdict.linear[judged]), _calibration(verdict),
            "[green]met[/]" if verdict.passed else "[red]not met[/]",
        )  # fmt: skip
    return table


def _calibration(verdict: Verdict) -> str:
    if "ece" in verdict.model:
        return f"ECE {verdict.model['ece'].value:.3f}"
    return f"total {verdict.model['total_ratio'].value:.2f}"


def full_table(verdict: Verdict, title: str) -> Table:
    """Return every figure of one verdict."""
    table = Table(title=title, box=SIMPLE_HEAD)
    for name in ("metric", "model", verdict.baseline_name, "regression"):
        table.add_column(name, no_wrap=True)
    for name, found in verdict.model.items():
        others = (verdict.baseline.get(name), verdict.linear.get(name))
        table.add_row(name, show(found), *(show(other) if other else "" for other in others))
    return table


def side_by_side(named: Sequence[tuple[str, Verdict]], title: str) -> Table:
    """Return the figures of several versions on the same rows."""
    table = Table(title=title, box=SIMPLE_HEAD)
    table.add_column("metric", no_wrap=True)
    for name, _ in named:
        table.add_column(name, no_wrap=True)
    for metric in named[0][1].model:
        table.add_row(metric, *(show(verdict.model[metric]) for _, verdict in named))
    return table


def show(found: Estimate) -> str:
    """Return a figure with its interval.

    >>> show(Estimate(0.81234, 0.8, 0.82))
    '0.812 [0.800, 0.820]'
    """
    if abs(found.value) >= 100:
        return f"{found.value:,.0f} [{found.low:,.0f}, {found.high:,.0f}]"
    return f"{found.value:.3f} [{found.low:.3f}, {found.high:.3f}]"
