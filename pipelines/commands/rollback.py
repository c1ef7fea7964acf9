"""`evenhand rollback`: the previous champion answers again."""

from __future__ import annotations

from typing import Annotated

import typer

_EXAMPLES = """
Let the previous champion answer again; a running service follows by itself.

Example:

  evenhand rollback churn_30d
"""


def register(app: typer.Typer) -> None:
    """Add the verb `rollback`."""

    @app.command("rollback", help=_EXAMPLES)
    def command(name: Annotated[str, typer.Argument(help="A registered model.")]) -> None:
        from pipelines.training.verbs import run_rollback

        run_rollback(name)
