"""`evenhand features check`: sound, and no leak. Way: views, warehouse -> here -> verdict."""

from __future__ import annotations

from typing import Annotated

import typer

_EXAMPLES = """
Check every view: it reads only facts of the event contract, its parts fit together, and - on the
warehouse, if there is one - no value changes because of a fact recorded later.

Examples:

  evenhand features check

  evenhand features check --players 500 --seed 3
"""


def register(app: typer.Typer) -> None:
    """Add the verb `check`."""

    @app.command("check", help=_EXAMPLES)
    def command(
        players: Annotated[int, typer.Option(help="Players of the look into the future.")] = 200,
        seed: Annotated[int, typer.Option(help="Which players, and when.")] = 7,
    ) -> None:
        from pipelines.features_truth import run_check

        run_check(players, seed)
