"""`evenhand log`: the log of decisions read, exported, and signed at intervals."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

_WHERE = "sqlite:///PATH or postgresql://...; EVENHAND_LEDGER, else a file in the home."
_INSTANTS = ["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%SZ"]
_LISTED = "The list of public keys; EVENHAND_AUDIT_KEYS, else audit_keys.jsonl in the home."
_PRIVATE = "The file of the private key; there is no default."
Url = Annotated[str, typer.Option("--url", envvar="EVENHAND_LEDGER", help=_WHERE)]
Chains = Annotated[
    list[str] | None,
    typer.Option(
        "--chain", help="Such as rg:GB; all if none is named. May be given several times."
    ),
]
Keys = Annotated[Path | None, typer.Option("--keys", envvar="EVENHAND_AUDIT_KEYS", help=_LISTED)]
Key = Annotated[Path, typer.Option("--key", envvar="EVENHAND_AUDIT_KEY", help=_PRIVATE)]


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(no_args_is_help=True, help="The log of decisions: read, export, sign.")
    group.command("show")(show)
    group.command("export")(export)
    group.command("checkpoint")(checkpoint)
    group.command("key")(key)
    app.add_typer(group, name="log")


def show(  # noqa: PLR0913, PLR0917 - Typer's options
    player: Annotated[str, typer.Option(help="Only this player's, by the pseudonym.")] = "",
    event: Annotated[str, typer.Option(help="Only this event, such as DEPOSIT_REFUSED.")] = "",
    rule: Annotated[str, typer.Option(help="Only what this rule said, such as GB-DL-1.")] = "",
    since: Annotated[
        datetime | None, typer.Option(formats=_INSTANTS, help="Only since then (UTC).")
    ] = None,
    chain: Annotated[str, typer.Option(help="Only this chain, such as rg:GB.")] = "",
    most: Annotated[int, typer.Option(min=1, help="Entries to show, the newest.")] = 50,
    url: Url = "",
) -> None:
    """Show what was decided, when by the player's clock, and why. Does not verify.

    Examples: `evenhand log show --player 3f2a9c0d11 --since 2026-11-01`,
    `evenhand log show --event DEPOSIT_REFUSED --rule GB-DL-1 --most 20`
    """
    from core.audit.searching import Wanted
    from pipelines.audit_verbs import show_entries
    from pipelines.ledger_verbs import microseconds

    show_entries(url, Wanted(chain, player, event, rule, microseconds(since), most))


def export(  # noqa: PLR0913, PLR0917 - Typer's options
    chain: Annotated[str, typer.Option(help="Which chain, such as rg:GB.")],
    out: Annotated[
        Path, typer.Option(help="A new file of JSON lines; a manifest comes beside it.")
    ],
    since: Annotated[
        datetime | None, typer.Option(formats=_INSTANTS, help="From then on (UTC).")
    ] = None,
    until: Annotated[
        datetime | None, typer.Option(formats=_INSTANTS, help="Until just before (UTC).")
    ] = None,
    by: Annotated[str, typer.Option(help="Who takes it, for the access log; else the login.")] = "",
    checkpoints: Annotated[
        Path | None, typer.Option(help="A folder with a copy of the checkpoints, to be believed.")
    ] = None,
    url: Url = "",
    keys: Keys = None,
) -> None:
    """Write entries to a file that can be verified by itself. Refused if the chain is broken.

    Who exported what is told in the chain `access:<place>`, and so is a refusal.

    Example: `evenhand log export --chain rg:GB --since 2026-11-01 --until 2026-12-01
    --out gb.jsonl`
    """
    from pipelines.audit_verbs import Span, Trust, export_chain

    span = Span(since, until)
    export_chain(url, chain, span, out, trust=Trust(keys, checkpoints), by=by)


def checkpoint(  # noqa: PLR0913, PLR0917 - Typer's options
    key: Key,
    chain: Chains = None,
    copy: Annotated[
        Path | None, typer.Option(help="A folder on another device, for a second copy.")
    ] = None,
    every: Annotated[str, typer.Option(help="Again and again: 30m, 1h, 1d.")] = "",
    times: Annotated[int, typer.Option(min=0, help="So many rounds with --every; 0: no end.")] = 0,
    url: Url = "",
    keys: Keys = None,
) -> None:
    """Sign how far each chain has come, after verifying what came since the last checkpoint.

    What is signed cannot be written anew, not even by who owns the database. A broken chain is not
    signed but named, and the verb ends with 1.

    Examples: `evenhand log checkpoint`, `evenhand log checkpoint --every 1h --copy /mnt/second`
    """
    from pipelines.audit_signing import Signing, sign_at_a_pace
    from pipelines.audit_verbs import Trust
    from pipelines.ledger_watch import Pace, seconds_of

    pace = Pace(seconds_of(every), times) if every else Pace(0, 1)
    signing = Signing(url, key, tuple(chain or ()), Trust(keys, copy))
    if not sign_at_a_pace(signing, pace):
        raise typer.Exit(1)


def key(key: Key, keys: Keys = None) -> None:
    """Make a key that signs checkpoints, and add its public half to the list that is believed.

    Give a new key a new file: what the old one signed stays valid while it is in the list.

    Example: `evenhand log key --key /etc/evenhand/audit-2026.pem`
    """
    from pipelines.audit_signing import make_signing_key

    make_signing_key(key, keys)
