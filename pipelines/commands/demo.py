"""`evenhand demo`: the whole way once, from nothing to an explained score."""

from __future__ import annotations

import typer


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("demo")(demo)


def demo(
    players: int = typer.Option(15_000, min=500, help="How many accounts are opened."),
    days: int = typer.Option(600, min=480, help="Days; ltv_180d is judged on later days."),
    seed: int = typer.Option(7, min=0, help="The same seed gives the same scores."),
    keep: bool = typer.Option(False, "--keep", help="Go on serving until Ctrl-C."),
) -> None:
    """Make a casino, train four models, serve them, and ask for one explained score.

    Ends early when a model does not meet its card, as on few players.

    Example: evenhand demo --keep
    """
    import time

    from rich.console import Console

    from core.settings import settings_from
    from pipelines import demo as way

    console, settings = Console(), settings_from()
    began = time.perf_counter()
    todo = way.steps(players=players, days=days, seed=seed)
    way.run_steps(todo, console)
    console.rule(f"{len(todo) + 1}/{len(todo) + 1}  Serve, and ask", align="left")
    candidates, held = way.players_to_show(settings)
    with way.serving(console) as served:
        free = way.first_allowed(served, candidates)
        console.print("The risk team asks about a player, and is told why:")
        way.ask(console, served, "risk", free)
        console.print("The CRM asks about the same player, then about one who excluded himself:")
        way.ask(console, served, "crm", free)
        way.ask(console, served, "crm", held)
        console.print(f"[bold green]From nothing to this: {time.perf_counter() - began:.0f} s.[/]")
        console.print(f"Pictures: {settings.pictures}  Registry: {settings.mlruns}/mlflow.db")
        if keep:
            way.keep_serving(console, served)
