"""`evenhand rg-state build`: what the gate needs to know of every player."""

from __future__ import annotations

import typer


def register(app: typer.Typer) -> None:
    """Add the verb."""
    group = typer.Typer(
        no_args_is_help=True, help="The responsible-gambling state the scoring gate reads."
    )
    group.command("build")(build)
    app.add_typer(group, name="rg-state")


def build() -> None:
    """Build the rg state from the landed facts, and put it in its place at once.

    Example: `evenhand rg-state build`
    """
    from rich.console import Console

    from core.settings import settings_from
    from pipelines.rg_state import build_rg_state

    settings, console = settings_from(), Console()
    with console.status("folding exclusions, time-outs, blocks"):
        built = build_rg_state(settings)
    console.print(
        f"rg state of [bold]{built.players:,}[/] players, {built.held:,} held,"
        f" known to {built.known_at:%Y-%m-%d %H:%M:%S} UTC -> {settings.rg_state}"
    )
