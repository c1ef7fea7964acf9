"""Backfill and materialize with progress. Way: commands -> here -> features.snapshots."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from core.errors import DeclarationError
from core.settings import settings_from
from features.registry import all_views, views_named
from features.snapshots import backfill, instants, materialize, serving_instant


def run_backfill(
    first: datetime | None, last: datetime | None, every: int, names: list[str] | None
) -> None:
    """Write the snapshots asked for and say how many."""
    settings = settings_from()
    moments = _moments(first, last or serving_instant(settings), every)
    views = views_named(names) if names else all_views()
    with _bar() as progress:
        task = progress.add_task("backfill", total=len(views) * len(moments))
        files = backfill(
            settings, views, moments,
            lambda name: progress.update(task, advance=1, description=name),
        )  # fmt: skip
    Console().print(
        f"{len(files)} snapshots of {len(views)} views, as of {moments[0]:%Y-%m-%d %H:%M:%S}"
        f"{f' .. {moments[-1]:%Y-%m-%d %H:%M:%S}' if len(moments) > 1 else ''} UTC"
        f" -> {settings.features}"
    )


def run_materialize() -> None:
    """Bring the newest snapshots online and say how many players each view has."""
    settings = settings_from()
    with _bar() as progress:
        task = progress.add_task("materialize", total=None)
        written = materialize(
            settings, lambda name: progress.update(task, advance=1, description=name)
        )
    Console().print(f"{len(written)} views of {max(written.values()):,} players online")


def _moments(first: datetime | None, last: datetime, every: int) -> list[datetime]:
    end = last if last.tzinfo else last.replace(tzinfo=UTC)
    if first is None:
        return [end]
    start = first.replace(tzinfo=UTC)
    if start > end:
        raise DeclarationError(f"--from {start:%Y-%m-%d} is after --to", expected="an earlier day")
    return instants(start, end, timedelta(days=every))


def _bar() -> Progress:
    columns = (TextColumn("{task.description:22}"), BarColumn(), MofNCompleteColumn())
    return Progress(*columns, TimeElapsedColumn(), transient=True)
