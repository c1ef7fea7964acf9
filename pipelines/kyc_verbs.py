"""What `evenhand kyc` does. Way: command line -> here -> core.kyc -> staff."""

from __future__ import annotations

import getpass
import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec
import yaml
from rich import get_console
from rich.console import Console
from rich.progress import Progress
from rich.table import Column, Table
from rich.text import Text

from core.clock import SystemClock
from core.compliance.calendar import instant_us
from core.compliance.desk import ComplianceDesk
from core.compliance.entry import utc_text
from core.compliance.load import packs_with
from core.compliance.opening import judges_of, keep_packs, packs_in
from core.compliance.pack import Pack
from core.errors import NotReadyError, SourceError
from core.kyc.contents import content_of
from core.kyc.due import due, expire
from core.kyc.gate import tell_desk
from core.kyc.keys import add_key
from core.kyc.rotation import drop, rotate, uses, waiting
from core.kyc.telling import By
from core.kyc.vault import Put, Vault, vault_in
from core.ledger.open_ledger import open_backend
from core.residency import Region, Residency, residency_in


@dataclass(frozen=True, slots=True)
class Given:
    """What is put: its kind, the file of its fields, the scan if there is one."""

    kind: str
    said: Path
    document: Path | None


def put_record(given: Given, whose: tuple[str, str], by: str, ledger: str) -> None:
    """Seal and keep a record; print its id; tell the rules if a ledger is named."""
    player, place = whose
    pack = pack_named(place)
    content = content_of(given.kind, _fields(given.said))
    document = given.document.read_bytes() if given.document else None
    with vault_of(pack) as vault:
        who = by_whom(by, "put")
        record_id = vault.put(Put(player, pack, content, document), who)
        get_console().print(Text(record_id))
        _tell(vault, ledger, who)


def list_records(place: str, player: str) -> None:
    """Print records as they may be listed."""
    table = Table(
        "record", "player", "kind", "what", "good to", "level", "put (UTC)", "by", "state"
    )
    with vault_of(pack_named(place)) as vault:
        for one in vault.list(player):
            state = "kept" if one.destroyed_us is None else "destroyed"
            cells = (one.id, one.player, one.kind, one.what, one.expires_on, one.level)
            table.add_row(*map(Text, (*cells, utc_text(one.put_us), one.put_by, state)))
    get_console().print(table)


def read_record(record_id: str, place: str, who: tuple[str, str], out: Path | None) -> None:
    """Print a record opened; write its scan where asked, for its owner alone."""
    if out is not None and out.exists():
        raise NotReadyError(f"{out} is there already", expected="a new file")
    with vault_of(pack_named(place)) as vault:
        found = vault.read(record_id, by_whom(*who))
    text = msgspec.json.format(msgspec.json.encode(found.content), indent=2).decode()
    get_console().print(Text(text))
    if out is not None and found.document is not None:
        with os.fdopen(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(found.document)


def show_due(place: str, within: int, by: str, ledger: str) -> None:
    """Print what runs out; tell the rules if a ledger is named."""
    known, now = packs_with(packs_in(os.environ)[1]), instant_us(SystemClock().now())
    table = Table(
        "good to",
        "days",
        "player",
        "document",
        Column("record", no_wrap=True),
        "a level rests on it",
    )
    with vault_of(pack_named(place)) as vault:
        for one in due(vault, known, now, within):
            seen = one.record
            needed = "yes" if one.is_needed else ""
            cells = (seen.expires_on, str(one.days), seen.player, seen.what, seen.id, needed)
            table.add_row(*map(Text, cells), style="bold red" if one.days < 0 else "")
        get_console().print(table)
        if ledger:
            who = by_whom(by, "expiry")
            fell = expire(vault, known, who.at_us)
            get_console().print(f"{fell} players' levels fell")
            _tell(vault, ledger, who)


def rotate_keys(name: str, batch: int, by: str) -> None:
    """Wrap records' keys anew, with a progress bar."""
    console = get_console()
    with vault_in(region_named(name)) as vault, Progress(console=console, transient=True) as bar:
        task = bar.add_task("wrapping keys anew", total=waiting(vault))
        done = rotate(
            vault, by_whom(by, "rotation"), batch, lambda n: bar.update(task, completed=n)
        )
    console.print(f"{done} records are wrapped by key {vault.ring.current} now")


def keep_keys(name: str, dropped: str, by: str, *, is_new: bool) -> None:
    """Add or drop a key, then print the ring: ids, never keys."""
    region, who = region_named(name), by_whom(by, "keys")
    if is_new:
        add_key(region.key_file, who.at_us)
    if dropped:
        with vault_in(region) as vault:
            drop(vault, dropped, who)
    table = Table("key", "since (UTC)", "records", "")
    with vault_in(region) as vault:
        for key_id, count in uses(vault).items():
            since_us = vault.ring.since_us.get(key_id)
            state = "current" if key_id == vault.ring.current else ""
            state = state if since_us is not None else "missing from the ring"
            since = utc_text(since_us) if since_us is not None else ""
            table.add_row(key_id, since, str(count), state)
    get_console().print(table)


def pack_named(name: str) -> Pack:
    """Return a pack as the operator has it.

    Raises:
        NotReadyError: there is none.
    """
    known = packs_with(packs_in(os.environ)[1])
    if name not in known:
        raise NotReadyError(f"no pack {name}", expected=f"one of {', '.join(sorted(known))}")
    return known[name]


def region_named(name: str) -> Region:
    """Return a region of the operator's file, with its warnings told.

    Raises:
        NotReadyError: it is not configured.
    """
    found = _warned(residency_in(os.environ))
    if name not in found.regions:
        raise NotReadyError(
            f"no region {name}", expected=f"one of {', '.join(sorted(found.regions))}"
        )
    return found.regions[name]


@contextmanager
def vault_of(pack: Pack) -> Iterator[Vault]:
    """Open the vault of a pack's region."""
    with vault_in(_warned(residency_in(os.environ)).region_of(pack)) as vault:
        yield vault


def by_whom(by: str, purpose: str) -> By:
    """Return who acts now: who was named, else who is logged in."""
    return By(by or getpass.getuser(), purpose, instant_us(SystemClock().now()))


def _warned(found: Residency) -> Residency:
    for line in found.warnings():
        Console(stderr=True).print(Text(f"warning: {line}", style="yellow"))
    return found


def _tell(vault: Vault, ledger: str, who: By) -> None:
    if not ledger:
        return
    names, overlay = packs_in(os.environ)
    judges = judges_of(names.replace(",", " ").split() or ["all"], overlay)
    with closing(open_backend(ledger)) as backend:
        keep_packs(backend, judges)
        told = tell_desk(vault, ComplianceDesk(backend, judges), who)
    Console(stderr=True).print(f"{told} words told to the rules")


def _fields(path: Path) -> object:
    try:
        return yaml.safe_load(path.read_text())
    except (yaml.YAMLError, UnicodeDecodeError):  # not repeated: personal data stand in it
        raise SourceError(f"{path} is no YAML", expected="a record's fields") from None
