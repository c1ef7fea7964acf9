"""`evenhand train`: landed facts in, registered models out. Way: warehouse -> here -> mlruns."""

from __future__ import annotations

from typing import Annotated

import typer

_EXAMPLES = """
Train a card, judge it on held-out time and players, draw it, and register a version.

Examples:

  evenhand train churn_30d                 one card

  evenhand train all --promote             all cards; those that meet their card answer from now on

  evenhand train ltv_180d --trials 30      search the learner's settings first (extra `tune`)
"""


def register(app: typer.Typer) -> None:
    """Add the verb `train`."""

    @app.command("train", help=_EXAMPLES)
    def command(
        card: Annotated[str, typer.Argument(help="A card of models/cards, or `all`.")],
        promote: Annotated[
            bool,
            typer.Option(
                "--promote",
                help="Make it champion if it meets its card; exit code 1 if any is refused.",
            ),
        ] = False,
        approver: Annotated[
            list[str] | None, typer.Option(help="Who stands for it; twice for harm cards.")
        ] = None,
        trials: Annotated[int, typer.Option(min=0, help="Optuna trials before training.")] = 0,
    ) -> None:
        from pipelines.training.verbs import TrainAsked, run_train

        run_train(TrainAsked(card, promote, tuple(approver or ()), trials))
