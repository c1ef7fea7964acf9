"""`evenhand compact`: fewer, larger files. Way: warehouse -> the same warehouse, faster to read."""

from __future__ import annotations

import typer

_HELP = """
Merge the files many landings left, into one per fact and month. Safe at any time.

Example:

  evenhand compact
"""


def register(app: typer.Typer) -> None:
    """Add the verb `compact`."""

    @app.command("compact", help=_HELP)
    def command() -> None:
        from rich.console import Console

        from core.settings import settings_from
        from pipelines.landing.compact import compact

        console = Console()
        with console.status("merging files"):
            done = compact(settings_from().warehouse)
        console.print(
            f"{done.files_before:,} files -> {done.files_after:,}, "
            f"{done.facts_rewritten:,} facts rewritten"
        )
