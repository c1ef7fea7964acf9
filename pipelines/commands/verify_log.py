"""`evenhand verify-log`: whether the log is what was written, and where it first is not."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipelines.commands.log import Chains, Keys, Url


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("verify-log")(verify_log)


def verify_log(
    url: Url = "",
    chain: Chains = None,
    checkpoints: Annotated[
        Path | None, typer.Option(help="A folder with a copy of the checkpoints, to be believed.")
    ] = None,
    first: Annotated[
        int, typer.Option("--from", min=1, help="Only from this seq on; needs one --chain.")
    ] = 1,
    keys: Keys = None,
) -> None:
    """Recompute the log: every hash, link, search column, head, checkpoint. Ends with 1 if broken.

    Each broken chain is named with its first broken entry and what is wrong with it. Reads a
    snapshot: nothing waits for it.

    Examples: `evenhand verify-log`, `evenhand verify-log --chain rg:GB --checkpoints /mnt/second`,
    `evenhand verify-log --chain rg:GB --from 1200000`
    """
    from pipelines.audit_verbs import Trust
    from pipelines.audit_verifying import verify_chains

    if not verify_chains(url, tuple(chain or ()), Trust(keys, checkpoints), first):
        raise typer.Exit(1)
