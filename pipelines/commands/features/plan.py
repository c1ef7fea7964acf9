"""`evenhand features plan`: the SQL of a view. Way: declaration -> here -> reader."""

from __future__ import annotations

from typing import Annotated

import typer

_EXAMPLES = """
Print the SQL a view is compiled to, step by step. Each step is a temporary table over the one
before; `pit_players` (player_id, p) and `pit_spine` (row, p, t in microseconds) hold the question.

Examples:

  evenhand features plan deposits

  evenhand features plan bets --dialect spark
"""


def register(app: typer.Typer) -> None:
    """Add the verb `plan`."""

    @app.command("plan", help=_EXAMPLES)
    def command(
        view: Annotated[str, typer.Argument(help="A view of features/views.")],
        dialect: Annotated[str, typer.Option(help="duckdb, or one sqlglot writes.")] = "duckdb",
    ) -> None:
        from features.dialect import in_dialect
        from features.frame import steps_of
        from features.registry import views_named

        for step in steps_of(views_named([view])[0]):
            typer.echo(f"-- {step.table}\n{in_dialect(step.select, dialect)};\n")
