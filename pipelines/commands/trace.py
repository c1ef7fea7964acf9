"""`evenhand trace`: where one event has been, stop by stop, with its times."""

from __future__ import annotations

from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("trace")(trace)


def trace(
    event: Annotated[str, typer.Argument(help="The event's id, as `evenhand ledger show` has it.")],
    ledger: Annotated[
        str, typer.Option(envvar="EVENHAND_LEDGER", help="The ledger; else the file in the home.")
    ] = "",
) -> None:
    """Show each stop of an event: ledger, rules, event log, states, alerts, warehouse.

    Example: evenhand trace 0199f3c1-5a44-7c31-8f0e-2b7c2f5d9a10
    """
    from uuid import UUID

    from rich.console import Console
    from rich.table import Table

    from core.settings import settings_from
    from pipelines.stream.settings import stream_settings
    from pipelines.tracing.stops import stops_of

    try:
        name = UUID(event)
    except ValueError as error:
        raise typer.BadParameter("expected a UUID", param_hint="event") from error
    address = ledger or f"sqlite:///{settings_from().home / 'ledger.sqlite'}"
    table = Table("stop", "at (UTC)", "after", "what is known there")
    first = None
    for stop in stops_of(name, stream_settings(), address):
        first = first or stop.at
        if stop.at is None or first is None:
            table.add_row(stop.name, "-", "", stop.said)
        else:
            after = f"{(stop.at - first).total_seconds():.3f} s"
            table.add_row(stop.name, f"{stop.at:%Y-%m-%d %H:%M:%S.%f}", after, stop.said)
    Console().print(table)
