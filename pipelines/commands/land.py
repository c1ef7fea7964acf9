"""`evenhand land`: files in, facts in the warehouse. Way: exports -> here -> features."""

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
"""


def register(app: typer.Typer) -> None:
    """Add the verb `land`."""

    @app.command("land", help=_EXAMPLES)
    def command(
        source: Annotated[list[Path] | None, typer.Argument(help="Files or folders.")] = None,
        adapter: Annotated[str, typer.Option(help=f"The format: {_ADAPTERS}.")] = "",
        map_file: Annotated[Path | None, typer.Option("--map", help="A column map.")] = None,
    ) -> None:
        from pipelines.landing.verb import run_land

        run_land(tuple(source or ()), adapter, map_file)
