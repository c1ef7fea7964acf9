"""`evenhand fraud`: rules on the live graph of shared identifiers, with their evidence."""

from __future__ import annotations

from typing import Annotated

import typer

Player = Annotated[str, typer.Argument(help="The player's id.")]


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(no_args_is_help=True, help="Fraud: rules, findings, the graph.")
    group.command("rules")(rules)
    group.command("scan")(scan)
    group.command("watch")(watch)
    group.command("show")(show)
    group.command("graph")(graph)
    app.add_typer(group, name="fraud")


def rules() -> None:
    """List the rules with their parameters, and what facts do not carry for them.

    Example: evenhand fraud rules
    """
    from pipelines.fraud_verbs import listed

    listed()


def scan() -> None:
    """Judge all landed facts; what was found before is not said again.

    Example: evenhand fraud scan
    """
    from pipelines.fraud_verbs import scan as scan_all

    scan_all()


def watch(
    until_caught_up: Annotated[
        bool, typer.Option("--until-caught-up", help="Leave once nothing is left to read.")
    ] = False,
    log: Annotated[
        str, typer.Option(envvar="EVENHAND_LOG", help="The event log; else the file in the home.")
    ] = "",
) -> None:
    """Judge the event log as it comes, until Ctrl-C; findings go to a file in the home.

    Example: evenhand fraud watch
    """
    from core.settings import settings_from
    from pipelines.fraud_verbs import watch as watch_log

    address = log or f"sqlite:///{settings_from().home / 'log.sqlite'}"
    watch_log(address, until_caught_up=until_caught_up)


def show(player: Player) -> None:
    """Show what was found of a player: windows, figures beside bounds, links, facts.

    Example: evenhand fraud show p-1042
    """
    from pipelines.fraud_verbs import shown

    shown(player)


def graph(
    player: Player,
    least: Annotated[int, typer.Option(min=0, help="Least weight shown, in thousandths.")] = 100,
) -> None:
    """Show with whom a player shares devices, addresses, instruments and payees.

    Example: evenhand fraud graph p-1042 --least 400
    """
    from pipelines.fraud_verbs import drawn

    drawn(player, least)
