"""`evenhand evaluate`: a registered model on the data as it is now."""

from __future__ import annotations

from typing import Annotated

import typer

_EXAMPLES = """
Judge a registered version on the test slice of the data as it is now.

Examples:

  evenhand evaluate churn_30d                      the champion

  evenhand evaluate churn_30d --alias challenger
"""


def register(app: typer.Typer) -> None:
    """Add the verb `evaluate`."""

    @app.command("evaluate", help=_EXAMPLES)
    def command(
        name: Annotated[str, typer.Argument(help="A registered model.")],
        alias: Annotated[str, typer.Option(help="Which version.")] = "champion",
    ) -> None:
        from pipelines.training.verbs import run_evaluate

        run_evaluate(name, alias)
