"""Whether features are right: declared soundly, leaking nothing, equal to the raw facts.

Way: views, warehouse, snapshots, online store -> here -> a verdict and an exit code.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table

from core.settings import Settings, settings_from
from features import claims
from features.check import flaws, refuse_leaks
from features.future import future_leaks
from features.prove import Claim, Mismatch, mismatches
from features.raw_facts import LandedFacts
from features.registry import all_views, feature_names
from features.sample import known_span, sample_spine
from features.sources import open_warehouse
from features.store import open_store, quiet

SHOWN = 20


def run_check(players: int, seed: int) -> None:
    """Check declarations, then the warehouse if anything has landed; exit 1 on any flaw."""
    console, views = Console(), all_views()
    for view in views:
        refuse_leaks(view)
    found = [flaw for view in views for flaw in flaws(view)]
    settings = settings_from()
    if any(settings.warehouse.glob("*/*/*.parquet")):
        found += _future(settings, players, seed)
    else:
        console.print("No warehouse: declarations only.")
    for flaw in found:
        console.print(f"[red]{flaw}[/]")
    console.print(
        f"{len(views)} views, {len(feature_names(views))} features: {len(found)} flaws, "
        "every source a fact of the event contract"
    )
    if found:
        raise typer.Exit(1)


def _future(settings: Settings, players: int, seed: int) -> list[str]:
    with open_warehouse(settings.warehouse) as connection:
        span = known_span(connection, all_views())
        spine = sample_spine(span, min(players, span.num_rows), seed)
        middle = pc.quantile(spine["as_of"].cast(pa.int64()), q=0.5, interpolation="lower")[0]
        instant = pa.scalar(middle.as_py(), pa.timestamp("us")).as_py()
        names = spine["player_id"].to_pylist()
        leaking = future_leaks(connection, names, instant, all_views())
    return [f"{name} at {instant} changes with facts recorded later" for name in leaking]


def run_prove(sample: int, seed: int) -> None:
    """Recompute sampled values from single facts; print every difference, exit 1 if any."""
    console, settings, views = Console(), settings_from(), all_views()
    with _progress(console) as bar:
        with open_warehouse(settings.warehouse) as connection:
            made = _claims(settings, connection, (sample, seed), bar.say)
        players = tuple({claim.player_id for claim in made})
        raw = LandedFacts(settings.warehouse, players, views, bar.say)
        wrong = list(mismatches(bar.each(made), views, raw))
    console.print(_verdict(made, wrong))
    for miss in islice(wrong, SHOWN):
        console.print(
            f"[red]{miss.claim.origin}[/] {miss.claim.player_id} {miss.feature}: "
            f"{miss.claimed!r}, from raw facts {miss.recomputed!r}"
        )
    console.print(f"{len(wrong)} differences")
    if wrong:
        raise typer.Exit(1)


@dataclass(frozen=True, slots=True)
class _Bar:
    """What is being done, and how many rows are recomputed; a pipe gets a line for every step."""

    progress: Progress
    task: TaskID

    def say(self, what: str) -> None:
        """Name the step."""
        self.progress.update(self.task, description=what)
        if not self.progress.console.is_terminal:
            self.progress.console.print(what)

    def each(self, made: Sequence[Claim]) -> Iterator[Claim]:
        """Hand out the rows, one step of the bar each."""
        self.progress.update(self.task, total=len(made))
        for place, claim in enumerate(made):
            if place % 100 == 0:
                self.progress.update(self.task, completed=place, description="recomputing")
            yield claim


@contextmanager
def _progress(console: Console) -> Iterator[_Bar]:
    columns = (TextColumn("{task.description:32}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeElapsedColumn(), console=console, transient=True) as progress:
        yield _Bar(progress, progress.add_task("opening the warehouse", total=None))


def _claims(
    settings: Settings, connection: duckdb.DuckDBPyConnection, asked: tuple[int, int],
    say: Callable[[str], None],
) -> list[Claim]:  # fmt: skip
    say("choosing players and instants")
    spine = sample_spine(known_span(connection, all_views()), *asked)
    made = claims.of_frame(connection, spine, all_views(), lambda view: say(f"frame: {view}"))
    served = claims.players_served(settings, *asked)
    if served:
        say("snapshots")
        made += claims.of_snapshots(settings, all_views(), served)
        for service in _services(settings):
            say(f"online: {service}")
            made += claims.of_online(settings, service, served)
    return made


def _services(settings: Settings) -> list[str]:
    if not (settings.feast / "online.sqlite").exists():
        return []
    with quiet():
        return sorted(service.name for service in open_store(settings).list_feature_services())


def _verdict(made: Sequence[Claim], wrong: Sequence[Mismatch]) -> Table:
    table = Table("origin", "rows", "values", "differences")
    values: Counter[str] = Counter()
    for claim in made:
        values[claim.origin] += len(claim.values)
    rows = Counter(claim.origin for claim in made)
    misses = Counter(miss.claim.origin for miss in wrong)
    for origin in rows:
        table.add_row(origin, *(f"{c[origin]:,}" for c in (rows, values, misses)))
    return table
