"""`evenhand score`: ask the running service about one player, as a caller would."""

from __future__ import annotations

import typer


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("score")(score)


def score(
    player_id: str = typer.Argument(help="Whose scores."),
    explain: bool = typer.Option(False, "--explain", help="With the reasons, by category."),
    models: str = typer.Option("", help="Comma separated; all in the key's scope if left out."),
    url: str = typer.Option("http://127.0.0.1:3000", envvar="EVENHAND_URL", help="The service."),
    api_key: str = typer.Option("", envvar="EVENHAND_API_KEY", help="A key of the service."),
) -> None:
    """Print a player's scores as the key may see them.

    Example: EVENHAND_API_KEY=... evenhand score p-000042 --explain
    """
    from rich.console import Console

    from pipelines.asking import ask_scores
    from pipelines.score_table import score_table

    console = Console()
    answer = ask_scores(url, api_key, player_id, models=models, explain=explain)
    console.print(score_table(answer))
