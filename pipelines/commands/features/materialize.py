"""`evenhand features materialize`: newest snapshots online. Way: Feast files -> here -> scoring."""

from __future__ import annotations

import typer

_EXAMPLES = """
Write the newest snapshot of every applied view to the online store, where the scoring service reads
it. An older snapshot never overwrites a newer value.

Example:

  evenhand features apply && evenhand features backfill && evenhand features materialize
"""


def register(app: typer.Typer) -> None:
    """Add the verb `materialize`."""

    @app.command("materialize", help=_EXAMPLES)
    def command() -> None:
        from pipelines.features_snapshots import run_materialize

        run_materialize()
