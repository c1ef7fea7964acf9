"""What `evenhand retention` does. Way: command line -> here -> core.retention, landed facts."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from rich import get_console
from rich.progress import Progress
from rich.table import Column, Table
from rich.text import Text

from core.clock import SystemClock
from core.compliance.calendar import Zone, instant_us
from core.compliance.entry import utc_text
from core.compliance.pack import Pack
from core.events.registry import facts
from core.kyc.vault import Vault
from core.retention.chain import entry
from core.retention.classes import classes_of_fact
from core.retention.errors import RetentionError
from core.retention.holds import end_hold, held, holds, set_hold
from core.retention.judging import claim_words, claims_of
from core.retention.proof import found_records
from core.retention.records import EVENT as RECORDS
from core.retention.records import Judged, destroy, judged
from core.retention.running import Order
from core.settings import settings_from
from features.sources import open_warehouse
from pipelines.kyc_verbs import by_whom, pack_named, vault_of
from pipelines.retention import EVENT as FACTS
from pipelines.retention import anonymise, found_facts
from pipelines.retention_due import facts_due, players_of


def show_plan(place: str, at: datetime | None) -> None:
    """Print what is kept and what is due, and why."""
    pack = pack_named(place)
    now_us = instant_us(SystemClock().now())
    at_us = _at(pack, at, now_us)
    players = players_of(settings_from().warehouse, place)
    with vault_of(pack) as vault, vault.engine.begin() as connection:
        records = judged(connection, vault.region.name, pack, players.ended_us, (at_us, now_us))
        holding = held(connection, place, now_us)
    table = Table("what", "due", "kept", "why, or by which claim")
    _record_rows(table, records, at_us)
    due = {
        one.fact: one for one in facts_due(settings_from().warehouse, pack, players, at_us, holding)
    }
    with open_warehouse(settings_from().warehouse) as warehouse:
        for name, fact in sorted(facts().items()):
            row = warehouse.execute(f"SELECT count(*) FROM {name}").fetchone()
            count, classes = (row[0] if row else 0), classes_of_fact(name, fact)
            if count and classes:
                rows = due[name].rows if name in due else 0
                table.add_row(name, str(rows), str(count - rows), Text(_why(pack, name)))
    get_console().print(table)
    get_console().print(f"{place} at {utc_text(at_us)}; {len(holding)} players under legal hold")


def run_retention(place: str, at: datetime | None, who: tuple[str, str], second: str) -> None:
    """End what is due; print the entries of the chain."""
    pack, by, console = pack_named(place), by_whom(*who), get_console()
    order, house = Order(pack, _at(pack, at, by.at_us), by, second), settings_from().warehouse
    with vault_of(pack) as vault, Progress(console=console, transient=True) as bar:
        task = bar.add_task("anonymising", total=None)
        seq = destroy(vault, order, players_of(house, place).ended_us)
        done = anonymise(vault, house, order, lambda n, of: bar.update(task, completed=n, total=of))
    entries = ([seq] if seq is not None else []) + list(done.entries)
    console.print(f"{done.rows} facts anonymised, {done.files} files written anew")
    console.print(f"entries of retention:{place}: {', '.join(map(str, entries)) or 'none'}")


def prove_entry(place: str, seq: int) -> bool:
    """Look for what an entry says is gone; print it; say whether nothing was found."""
    with vault_of(pack_named(place)) as vault:
        found = list(_found(vault, place, seq))
    for line in found:
        get_console().print(Text(line, style="bold red"))
    if not found:
        get_console().print(f"entry {seq} of retention:{place} holds: nothing it names was found")
    return not found


def place_hold(whose: tuple[str, str], basis: str, until: datetime | None, by: str) -> None:
    """Set a hold; print its id."""
    pack = pack_named(whose[0])
    until_us = Zone(pack.timezone).day_start(until.date()) if until else None
    with vault_of(pack) as vault, vault.engine.begin() as connection:
        name = set_hold(connection, whose, by_whom(by, basis), until_us)
    get_console().print(name)


def release_hold(place: str, hold_id: str, reason: str, by: str) -> None:
    """End a hold."""
    with vault_of(pack_named(place)) as vault, vault.engine.begin() as connection:
        end_hold(connection, hold_id, by_whom(by, reason))


def list_holds(place: str) -> None:
    """Print all holds."""
    table = Table(Column("hold", no_wrap=True), "player", "basis", "by", "from (UTC)", "to (UTC)")
    with vault_of(pack_named(place)) as vault, vault.engine.begin() as connection:
        for one in holds(connection, place):
            until = "" if one.until_us is None else utc_text(one.until_us)
            cells = (one.id, one.player, one.basis, one.set_by, utc_text(one.from_us), until)
            table.add_row(*map(Text, cells))
    get_console().print(table)


def _found(vault: Vault, place: str, seq: int) -> list[str]:
    with vault.engine.begin() as connection:
        said = entry(connection, place, seq)
    if said["event"] == RECORDS:
        return list(found_records(vault, said["inputs"], said["at_us"]))
    if said["event"] == FACTS:
        return list(found_facts(settings_from().warehouse, said["inputs"]))
    raise RetentionError(f"entry {seq} is {said['event']}", expected="one that ended something")


def _record_rows(table: Table, records: list[Judged], at_us: int) -> None:
    counts = Counter((one.record.kind, one.is_due(at_us), one.outcome.why) for one in records)
    for (kind, is_due, why), count in sorted(counts.items()):
        due, kept = (count, 0) if is_due else (0, count)
        table.add_row(f"vault: {kind}", str(due), str(kept), Text(why))


def _why(pack: Pack, name: str) -> str:
    claims = claims_of(pack, classes_of_fact(name, facts()[name]))
    if claims.unknown:
        return f"no term is known for {', '.join(claims.unknown)}"
    return "; ".join(map(claim_words, claims.known))


def _at(pack: Pack, at: datetime | None, now_us: int) -> int:
    return now_us if at is None else Zone(pack.timezone).day_start(at.date())
