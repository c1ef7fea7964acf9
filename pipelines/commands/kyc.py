"""`evenhand kyc`: the vault of who players are."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

ByWhom = Annotated[str, typer.Option("--by", help="Who acts, for the log; else the login.")]
Purpose = Annotated[str, typer.Option(help="What for; it stands in the log.")]
Player = Annotated[str, typer.Option(help="The player, as the ledger names him.")]
PackId = Annotated[str, typer.Option("--pack", help="The jurisdiction, such as GB.")]
Region = Annotated[str, typer.Option(help="A region of the file EVENHAND_REGIONS points to.")]
Ledger = Annotated[
    str, typer.Option("--ledger", envvar="EVENHAND_LEDGER", help="Tell the rules of this ledger.")
]


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(no_args_is_help=True, help="Who players are: sealed records, due dates.")
    group.command("put")(put)
    group.command("list")(list_)
    group.command("read")(read)
    group.command("due")(due)
    group.command("rotate")(rotate)
    group.command("keys")(keys)
    app.add_typer(group, name="kyc")


def put(  # noqa: PLR0913, PLR0917 - Typer's options
    kind: Annotated[str, typer.Argument(help="document, check, declaration or person.")],
    said: Annotated[Path, typer.Argument(help="A YAML file of its fields; docs/kyc.md.")],
    player: Player,
    pack: PackId,
    document: Annotated[Path | None, typer.Option(help="The scan itself.")] = None,
    by: ByWhom = "",
    ledger: Ledger = "",
) -> None:
    """Seal a record; print its id. With --ledger the rules are told what a check changed.

    Example: evenhand kyc put document passport.yaml --player p1 --pack GB --document scan.pdf
    """
    from pipelines.kyc_verbs import Given, put_record

    put_record(Given(kind, said, document), (player, pack), by, ledger)


def list_(
    pack: PackId,
    player: Player = "",
) -> None:
    """Show records of a pack's region as they may be listed; nothing is opened.

    Example: evenhand kyc list --pack GB --player p1
    """
    from pipelines.kyc_verbs import list_records

    list_records(pack, player)


def read(
    record: Annotated[str, typer.Argument(help="The record's id.")],
    pack: PackId,
    purpose: Purpose,
    out: Annotated[Path | None, typer.Option(help="Write the scan there, a new file.")] = None,
    by: ByWhom = "",
) -> None:
    """Open a record and print it. Who looked, and what for, is logged before anything is opened.

    Example: evenhand kyc read 5e0b4c1e... --pack GB --purpose "audit 2026-11" --by n.officer
    """
    from pipelines.kyc_verbs import read_record

    read_record(record, pack, (by, purpose), out)


def due(
    pack: PackId,
    within: Annotated[int, typer.Option(min=0, help="Days ahead.")] = 30,
    by: ByWhom = "",
    ledger: Ledger = "",
) -> None:
    """Show documents that run out. With --ledger the rules are told whose level fell with one.

    Example: evenhand kyc due --pack GB --within 60
    """
    from pipelines.kyc_verbs import show_due

    show_due(pack, within, by, ledger)


def rotate(
    region: Region,
    batch: Annotated[int, typer.Option(min=1, help="Records of one transaction.")] = 500,
    by: ByWhom = "",
) -> None:
    """Wrap all records' keys with the newest key of the ring; begun again it goes on.

    Example: evenhand kyc rotate --region GB --by key.keeper
    """
    from pipelines.kyc_verbs import rotate_keys

    rotate_keys(region, batch, by)


def keys(
    region: Region,
    new: Annotated[bool, typer.Option("--new", help="Add a key; it is used from now on.")] = False,
    drop: Annotated[str, typer.Option(help="Drop this key; refused while it is needed.")] = "",
    by: ByWhom = "",
) -> None:
    """Show a region's keys and how many records need each; add one, drop one.

    Examples: `evenhand kyc keys --region GB --new`,
    `evenhand kyc keys --region GB --drop 0f2a... --by key.keeper`
    """
    from pipelines.kyc_verbs import keep_keys

    keep_keys(region, drop, by, is_new=new)
