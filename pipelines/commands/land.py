"""`evenhand land`: files or a log in, facts in the warehouse. Way: exports -> here -> features."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

_ADAPTERS = "contract_parquet, columns (with --map), events_ndjson, fasttrack, dib_payments, cdnow"
_EXAMPLES = """
Land events into the warehouse: idempotent, all or nothing, with counts that add up.

Examples:

  evenhand land                                   the simulator's output

  evenhand land export.csv --map export.yaml      your own file, no code

  evenhand land online_sports.parquet --adapter dib_payments

  evenhand land --from-log sqlite:///var/log.sqlite          an event log, to its end

  evenhand land --from-log kafka://broker:9092/events --follow     until it is stopped
"""


def register(app: typer.Typer) -> None:
    """Add the verb `land`."""

    @app.command("land", help=_EXAMPLES)
    def command(  # noqa: PLR0913, PLR0917 - Typer's options
        source: Annotated[list[Path] | None, typer.Argument(help="Files or folders.")] = None,
        adapter: Annotated[str, typer.Option(help=f"The format: {_ADAPTERS}.")] = "",
        map_file: Annotated[Path | None, typer.Option("--map", help="A column map.")] = None,
        from_log: Annotated[str, typer.Option(help="Address of an event log.")] = "",
        group: Annotated[str, typer.Option(help="Who lands it: landers of one group share it.")] = (
            "landing"
        ),
        follow: Annotated[bool, typer.Option(help="Go on landing until stopped.")] = False,
        every: Annotated[float, typer.Option(min=0.1, help="Seconds between landings.")] = 10.0,
    ) -> None:
        if from_log:
            _refuse_both(bool(source or adapter or map_file))
            from pipelines.landing.log_verb import LogOptions, run_land_log

            run_land_log(LogOptions(from_log, group, follow, every))
            return
        from pipelines.landing.verb import run_land

        run_land(tuple(source or ()), adapter, map_file)


def _refuse_both(is_file: bool) -> None:
    if is_file:
        raise typer.BadParameter("a log or files, not both: land them one after the other")
