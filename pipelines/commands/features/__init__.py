"""`evenhand features <verb>`. One file of this folder = one verb, with `register(app)`."""

from __future__ import annotations

import sys

import typer

from core.discover import modules_in


def register(app: typer.Typer) -> None:
    """Add the group `features` with every verb of its folder."""
    group = typer.Typer(
        help="Features: what is declared, how it is computed, whether it is right.",
        no_args_is_help=True,
    )
    for module in modules_in(sys.modules[__name__]):
        module.register(group)
    app.add_typer(group, name="features")
