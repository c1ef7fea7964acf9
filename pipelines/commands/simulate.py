"""`evenhand simulate`: a casino's events from a seed. Way: shell -> here -> raw Parquet, truth."""

from __future__ import annotations

from datetime import datetime

import typer


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("simulate")(simulate_command)


def simulate_command(
    players: int = typer.Option(20_000, min=1, help="How many accounts are opened."),
    days: int = typer.Option(365, min=3, help="Length of the simulated stretch."),
    seed: int = typer.Option(7, min=0, help="The same seed gives the same bytes."),
    start: datetime = typer.Option("2024-01-01", formats=["%Y-%m-%d"], help="First day, UTC."),
) -> None:
    """Make a casino's events with known causes: value, taste, harm, churn, fraud, money laundering.

    Writes <home>/raw/<fact>/part-*.parquet and, apart from it, <home>/truth/*.parquet, which no
    feature may read. What is there from an earlier run is replaced.

    Example: evenhand simulate --players 2000 --days 240 --seed 7
    """
    import shutil
    import time

    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    from core.settings import settings_from
    from pipelines.simulation.operator import simulate
    from pipelines.simulation.plan import Plan

    settings = settings_from()
    for folder in (settings.raw, settings.truth):
        shutil.rmtree(folder, ignore_errors=True)
    plan = Plan(players, days, seed, settings.raw, settings.truth, start.date())
    began = time.perf_counter()
    counter = TextColumn("{task.fields[facts]:,} facts")
    columns = (TextColumn("{task.description}"), BarColumn(), counter, TimeElapsedColumn())
    with Progress(*columns, transient=True) as progress:
        task = progress.add_task("simulating", total=plan.blocks + 1, facts=0)
        made = 0

        def on_part(rows: dict[str, int]) -> None:
            nonlocal made
            made += sum(rows.values())
            progress.update(task, advance=1, facts=made)

        total = simulate(plan, on_part)
    _print_counts(total, time.perf_counter() - began, str(settings.raw))


def _print_counts(total: dict[str, int], seconds: float, where: str) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("fact", "rows", title=f"simulated into {where}")
    table.columns[1].justify = "right"
    for fact, rows in total.items():
        table.add_row(fact, f"{rows:,}")
    count = sum(total.values())
    table.add_section()
    table.add_row("all", f"{count:,}")
    console = Console()
    console.print(table)
    console.print(f"{count / seconds:,.0f} events/s, written, in {seconds:.1f} s")
