"""The verb `land` as seen on a terminal: choose the adapter, show progress, print the counts."""

from __future__ import annotations

from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from core.settings import settings_from
from pipelines.landing.adapter import adapter_named
from pipelines.landing.column_map import read_map
from pipelines.landing.counts import COUNTS, Landing, Tally
from pipelines.landing.land import Sources, land

_COLUMNS = ("read", *COUNTS)
_WIDTH = 110  # a pipe has no width; do not fold numbers there


def run_land(paths: tuple[Path, ...], adapter: str, map_file: Path | None) -> None:
    """Land the sources (default: the simulator's raw folder) and print what became of them."""
    settings = settings_from()
    sources = chosen_sources(paths or (settings.raw,), adapter, map_file)
    console = Console()
    console.width = max(console.width, _WIDTH)
    with _progress(console) as bar:
        task = bar.add_task("landing", total=None)

        def show(fact: str, done: int, total: int) -> None:
            bar.update(task, description=fact, completed=done, total=total)

        landing = land(sources, settings, show)
    console.print(counts_table(landing))


def chosen_sources(paths: tuple[Path, ...], adapter: str, map_file: Path | None) -> Sources:
    """Return what to land: a map means `columns`, nothing at all means the contract's Parquet."""
    chosen = adapter_named(adapter or ("columns" if map_file else "contract_parquet"))
    column_map = read_map(map_file) if map_file else chosen.column_map
    return Sources(paths, chosen, column_map)


def counts_table(landing: Landing) -> Table:
    """Return the counts per fact, with their sum."""
    title = f"{landing.adapter} -> warehouse version {landing.version}"
    table = Table(title=title, box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.add_column("fact", no_wrap=True)
    for column in _COLUMNS:
        table.add_column(column, justify="right", no_wrap=True)
    for tally in landing.tallies:
        table.add_row(*_cells(tally))
    table.add_section()
    table.add_row(*_cells(landing.total))
    return table


def _cells(tally: Tally) -> list[str]:
    return [tally.fact, *(f"{getattr(tally, column):,}" for column in _COLUMNS)]


def _progress(console: Console) -> Progress:
    columns = (TextColumn("{task.description:<24}"), BarColumn(), MofNCompleteColumn())
    return Progress(*columns, TimeElapsedColumn(), console=console, transient=True)
