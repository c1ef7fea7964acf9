"""`evenhand features prove`: values against single facts. Way: frame, store -> here -> verdict."""

from __future__ import annotations

from typing import Annotated

import typer

_EXAMPLES = """
Recompute sampled values from the raw facts, one fact at a time, and print every difference.
Compared to the last bit: values of the training frame, of the backfilled snapshots, and of the
online store as the scoring service reads it - each where it exists.

Examples:

  evenhand features prove --sample 100

  evenhand features prove --sample 1000 --seed 3
"""


def register(app: typer.Typer) -> None:
    """Add the verb `prove`."""

    @app.command("prove", help=_EXAMPLES)
    def command(
        sample: Annotated[int, typer.Option(min=1, help="Rows of each origin.")] = 100,
        seed: Annotated[int, typer.Option(help="Which players, and when.")] = 7,
    ) -> None:
        from pipelines.features_truth import run_prove

        run_prove(sample, seed)
