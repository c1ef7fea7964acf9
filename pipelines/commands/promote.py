"""`evenhand promote`: a version becomes champion, if its card, its record and people say so."""

from __future__ import annotations

from typing import Annotated

import typer

_EXAMPLES = """
Make a version the champion. Refused if it fails its card or falls behind the champion.

Examples:

  evenhand promote churn_30d 3 --approver ada --reason "longer history"

  evenhand promote harm_90d 2 --approver ada --approver ben --reason "reviewed 2026-11"
"""


def register(app: typer.Typer) -> None:
    """Add the verb `promote`."""

    @app.command("promote", help=_EXAMPLES)
    def command(
        name: Annotated[str, typer.Argument(help="A registered model.")],
        version: Annotated[str, typer.Argument(help="The version to answer from now on.")],
        approver: Annotated[
            list[str] | None, typer.Option(help="Who stands for it; twice for harm cards.")
        ] = None,
        reason: Annotated[str, typer.Option(help="Why, for the log.")] = "",
    ) -> None:
        from models.promotion import Promotion
        from pipelines.training.verbs import run_promote

        run_promote(Promotion(name, version, tuple(approver or ()), reason))
