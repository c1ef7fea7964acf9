"""What `evenhand log show` and `export` do. Way: command line -> here -> core.audit -> people."""

from __future__ import annotations

import getpass
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
from rich import get_console
from rich.table import Table
from rich.text import Text

from core.audit.copies import believed_copies
from core.audit.entry import Entry
from core.audit.exporting import Asked, export, manifest_path
from core.audit.keys import public_keys
from core.audit.known import Witness
from core.audit.opening import looking
from core.audit.searching import Wanted, entries_found
from core.clock import Clock, SystemClock
from core.compliance.entry import utc_text
from core.settings import settings_from
from pipelines.ledger_verbs import ledger_url, microseconds


@dataclass(frozen=True, slots=True)
class Trust:
    """Where that which is believed lies: the list of public keys, the copy of checkpoints."""

    keys: Path | None = None
    copies: Path | None = None

    @property
    def listed(self) -> Path:
        """The list of public keys: what was said, else a file in the home."""
        return self.keys or settings_from().home / "audit_keys.jsonl"

    def witness(self) -> Witness:
        """Read both.

        Raises:
            NotReadyError: a copy was named and is not there, or the list cannot be read.
            SourceError: a line of the copy is no checkpoint that was signed.
        """
        keys = public_keys(self.listed)
        copies = None if self.copies is None else believed_copies(self.copies, keys)
        return Witness(keys, copies)


@dataclass(frozen=True, slots=True)
class Span:
    """From `since` to just before `until` (UTC), null for no bound."""

    since: datetime | None = None
    until: datetime | None = None


def show_entries(url: str, wanted: Wanted) -> None:
    """Print entries: local time, what, why."""
    with looking(ledger_url(url)) as connection:
        found = entries_found(connection, wanted)
    table = Table("time", "entry", "player", "what", "decision", "why")
    for entry in found:
        table.add_row(*map(Text, _cells(entry)))  # texts of others may hold brackets: no markup
    console = get_console()
    console.print(table if found else "no such entry")
    if len(found) == wanted.most:
        console.print(f"the newest {wanted.most}; show more with --most, or narrow it with --since")


def export_chain(  # noqa: PLR0913 - what, of when, where to, for whom
    url: str, chain: str, span: Span, out: Path, *, trust: Trust, by: str,
    clock: Clock | None = None,
) -> None:  # fmt: skip
    """Write entries and their manifest.

    Raises:
        BrokenChainError: the chain is broken; that is told in the access chain.
    """
    now_us = microseconds((clock or SystemClock()).now())
    since_us, until_us = (
        None if at is None else microseconds(at) for at in (span.since, span.until)
    )
    asked = Asked(chain, by or getpass.getuser(), now_us, since_us, until_us)
    console = get_console()
    with console.status(f"verifying {chain}"):
        manifest = export(ledger_url(url), asked, out, trust.witness())
    console.print(
        f"{manifest.count:,} entries of {chain} in {out}, whose sha256 is", soft_wrap=True
    )
    console.print(manifest.file_sha256, soft_wrap=True)
    console.print(f"its manifest is {manifest_path(out)}", soft_wrap=True)


def _cells(entry: Entry) -> tuple[str, ...]:
    body = msgspec.json.decode(entry.body)
    return (
        _local(body), f"{entry.chain} {entry.seq}", entry.player, entry.event,
        str(body.get("decision", "")), _why(entry, body),
    )  # fmt: skip


def _local(body: Mapping[str, Any]) -> str:
    """Write the instant on the clock of the place, which it names."""
    at = str(body.get("ts_local") or body.get("ts_utc") or utc_text(int(body["at_us"])))
    place = body.get("tz", "") if body.get("ts_local") else "UTC"
    return f"{at[:19].replace('T', ' ')} {place}"


def _why(entry: Entry, body: Mapping[str, Any]) -> str:
    inputs = body.get("inputs") or {}
    seen = [f"{name} {value}" for name, value in inputs.items() if value not in (None, "")]
    said = " ".join(filter(None, (entry.rule_id, str(body.get("reason_code", "")))))
    return ": ".join(filter(None, (said, ", ".join(seen))))
