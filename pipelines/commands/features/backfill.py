"""`evenhand features backfill`: snapshots of all players. Way: warehouse -> here -> Feast files."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

_EXAMPLES = """
Compute the features of every known player as of an instant, into <home>/features/<view>/.
Without options the instant is when the last landed fact became known. Repeating it is harmless.

Examples:

  evenhand features backfill

  evenhand features backfill --to 2025-06-30 --view deposits

  evenhand features backfill --every 30 --from 2025-01-01 --to 2025-06-30     a monthly history
"""
_DATES = ["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]


def register(app: typer.Typer) -> None:
    """Add the verb `backfill`."""

    @app.command("backfill", help=_EXAMPLES)
    def command(
        first: Annotated[
            datetime | None, typer.Option("--from", formats=_DATES, help="First instant, UTC.")
        ] = None,
        last: Annotated[
            datetime | None, typer.Option("--to", formats=_DATES, help="Last instant, UTC.")
        ] = None,
        every: Annotated[int, typer.Option(min=1, help="Days between instants.")] = 30,
        view: Annotated[list[str] | None, typer.Option(help="Only this view; repeatable.")] = None,
    ) -> None:
        from pipelines.features_snapshots import run_backfill

        run_backfill(first, last, every, view)
