"""`evenhand ledger`: the ledger examined, read, swept and compared with a provider's report."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

_WHERE = "sqlite:///PATH or postgresql://...; EVENHAND_LEDGER, else a file in the home."
Url = Annotated[str, typer.Option("--url", envvar="EVENHAND_LEDGER", help=_WHERE)]
_DAYS = ["%Y-%m-%d"]
_INSTANTS = [*_DAYS, "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%SZ"]
_SINCE = "Only what was asked since then (UTC)."
_PAIRS = "may be given several times"


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(no_args_is_help=True, help="The players' money: examine, read, sweep.")
    group.command("check")(check)
    group.command("show")(show)
    group.command("snapshot")(snapshot)
    group.command("sweep")(sweep)
    group.command("reconcile")(reconcile)
    app.add_typer(group, name="ledger")


def check(
    url: Url = "",
    since: Annotated[datetime | None, typer.Option(formats=_INSTANTS, help=_SINCE)] = None,
    every: Annotated[str, typer.Option(help="Again and again: 30m, 1h, 1d. A line a run.")] = "",
    times: Annotated[int, typer.Option(min=0, help="So many runs with --every; 0: no end.")] = 0,
) -> None:
    """Examine the ledger by its laws: sums, versions, balances from legs, bets, holds, bonuses.

    Ends with 1 if a law is broken, with --every at the first run that finds one. Reads a snapshot:
    nothing waits for it.

    Examples: `evenhand ledger check`, `evenhand ledger check --every 1h`,
    `evenhand ledger check --url postgresql://evenhand@127.0.0.1/evenhand --since 2026-11-01`
    """
    from pipelines.ledger_verbs import check_ledger
    from pipelines.ledger_watch import Pace, seconds_of, watch_ledger

    is_sound = (
        watch_ledger(url, since, Pace(seconds_of(every), times))
        if every
        else check_ledger(url, since)
    )
    if not is_sound:
        raise typer.Exit(1)


def show(
    player: Annotated[str, typer.Argument(help="The player's id.")],
    url: Url = "",
    since: Annotated[datetime | None, typer.Option(formats=_INSTANTS, help=_SINCE)] = None,
    most: Annotated[int, typer.Option(min=1, help="Movements to show.")] = 50,
) -> None:
    """Show what a player has in each fund, and the movements that made it.

    Example: `evenhand ledger show p-1001 --since 2026-11-01 --most 20`
    """
    from pipelines.ledger_verbs import show_player

    show_player(url, player, since, most)


def snapshot(
    at: Annotated[
        datetime | None,
        typer.Option(formats=_INSTANTS, help="Up to this instant (UTC), without it. All there is."),
    ] = None,
    player: Annotated[str | None, typer.Option(help="Only this player's.")] = None,
    url: Url = "",
    as_json: Annotated[bool, typer.Option("--json", help="A line of JSON an account.")] = False,
) -> None:
    """Add up what every account held at an instant, and compare the balances kept with their legs.

    The table adds the players up by fund; with --json a line is an account, the house's too. Ends
    with 1 if a balance is not what its legs add up to, or a currency does not sum to zero.

    Examples: `evenhand ledger snapshot --at 2026-11-30T00:00:00Z`,
    `evenhand ledger snapshot --json > balances.jsonl`, `evenhand ledger snapshot --player p-1001`
    """
    from pipelines.ledger_snapshot import print_snapshot

    if not print_snapshot(url, at, player, as_json=as_json):
        raise typer.Exit(1)


def sweep(
    url: Url = "",
    round_hours: Annotated[float, typer.Option(min=0, help="A round may be open so long.")] = 48,
    bet_days: Annotated[float, typer.Option(min=0, help="A bet may be unsettled so long.")] = 30,
    close: Annotated[
        list[str] | None,
        typer.Option(help=f"Close old rounds of this provider, whose protocol says so; {_PAIRS}."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only list.")] = False,
) -> None:
    """Expire holds past their end, list rounds and bets left lying; no bet is settled on a guess.

    Examples: `evenhand ledger sweep --dry-run`, `evenhand ledger sweep --close caleta`
    """
    from core.ledger.sweeping import Ages
    from pipelines.ledger_verbs import sweep_ledger

    sweep_ledger(url, Ages(round_hours, bet_days), frozenset(close or ()), is_dry=dry_run)


def reconcile(  # noqa: PLR0913, PLR0917 - Typer's options
    report: Annotated[Path, typer.Argument(help="The provider's report, CSV with a header.")],
    provider: Annotated[str, typer.Option(help="Its name in the ledger.")],
    day: Annotated[datetime, typer.Option(formats=_DAYS, help="The report's day (UTC).")],
    url: Url = "",
    column: Annotated[
        list[str] | None,
        typer.Option(help=f"ours=theirs, such as transaction_id=uuid; {_PAIRS}."),
    ] = None,
    operation: Annotated[
        list[str] | None, typer.Option(help=f"theirs=ours, such as DEBIT=bet; {_PAIRS}.")
    ] = None,
    places: Annotated[
        int | None, typer.Option(min=0, help="Amounts are integers of this decimal.")
    ] = None,
) -> None:
    """Compare a provider's report of a day with the ledger; ends with 1 if they disagree.

    Examples: `evenhand ledger reconcile report.csv --provider evolution --day 2026-11-01`,
    `evenhand ledger reconcile r.csv --provider hub --day 2026-11-01 --column transaction_id=uuid
    --operation DEBIT=bet --operation CREDIT=win --places 5`
    """
    from pipelines.ledger_verbs import Report, reconcile_report

    told = Report(report, tuple(column or ()), tuple(operation or ()), places)
    if not reconcile_report(url, told, provider, day.date()):
        raise typer.Exit(1)
