"""`evenhand compare`: two versions of a model on the same rows."""

from __future__ import annotations

from typing import Annotated

import typer

_EXAMPLES = """
Judge two versions of a model on the same held-out rows, side by side.

Example:

  evenhand compare ltv_180d 1 2
"""


def register(app: typer.Typer) -> None:
    """Add the verb `compare`."""

    @app.command("compare", help=_EXAMPLES)
    def command(
        name: Annotated[str, typer.Argument(help="A registered model.")],
        first: Annotated[str, typer.Argument(help="A version.")],
        second: Annotated[str, typer.Argument(help="Another version.")],
    ) -> None:
        from pipelines.training.verbs import run_compare

        run_compare(name, (first, second))
