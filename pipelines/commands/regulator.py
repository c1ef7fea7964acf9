"""`evenhand regulator`: read access for a regulator, scoped by jurisdiction and logged."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

_WHERE = "sqlite:///PATH or postgresql://...; EVENHAND_LEDGER, else a file in the home."
Url = Annotated[str, typer.Option("--ledger", envvar="EVENHAND_LEDGER", help=_WHERE)]


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(no_args_is_help=True, help="Regulators: keys, questions, the door.")
    for name, verb in (("key", key), ("query", query), ("serve", serve)):
        group.command(name)(verb)
    app.add_typer(group, name="regulator")


def key(
    pack: Annotated[list[str], typer.Option("--pack", help="A jurisdiction the key reads.")],
    label: Annotated[str, typer.Option(help="Who bears it, for the log of queries.")],
    until: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="Its last day (UTC).")],
) -> None:
    """Make a key, shown once; only its hash is kept.

    Example: evenhand regulator key --pack GB --label commission --until 2027-12-31
    """
    from pipelines.regulator_verbs import make_key

    make_key(pack, label, until)


def query(
    question: Annotated[str, typer.Argument(help="As docs/regulator.md has it, without /v1/.")],
    ledger: Url = "",
) -> None:
    """Ask with the key in EVENHAND_REGULATOR_KEY; the question is logged. Ends with 1 if refused.

    Example: evenhand regulator query "GB/records?kind=round&day=2026-10-05&limit=10"
    """
    from pipelines.regulator_verbs import ask

    if not ask(ledger, question):
        raise typer.Exit(1)


def serve(
    host: Annotated[str, typer.Option(help="Where to listen.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The port.")] = 3400,
    ledger: Url = "",
) -> None:
    """Answer regulators over HTTP, on loopback; TLS is the operator's proxy's.

    Example: evenhand regulator serve --port 3400
    """
    from pipelines.regulator_verbs import serve as served

    served(ledger, host, port)
