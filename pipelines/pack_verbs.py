"""What `evenhand packs` does. Way: command line -> here -> core.compliance -> tables for people."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path

from rich import get_console
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from core.clock import Clock, SystemClock
from core.compliance.diff import Change, between_days, between_packs
from core.compliance.judge import known_checks
from core.compliance.lint import lint
from core.compliance.load import FOLDER, load, overlays, packs_with
from core.compliance.marks import MARKS
from core.compliance.overlaid import faults_of, overlaid
from core.compliance.overlay import Overlay
from core.compliance.pack import Pack, PackRule, content_hash
from core.compliance.schema import pack_schema
from core.compliance.wording import action_words, dates_words, measure_words
from core.errors import DeclarationError

_STYLES = {"added": "green", "removed": "red", "changed": "yellow"}


def lint_packs(paths: Sequence[Path], overlay: Path | None) -> bool:
    """Print every mistake; return whether there is none."""
    console, count = get_console(), 0
    chosen = list(paths) or sorted(FOLDER.glob("*.yaml"))
    for path in chosen:
        for fault in lint(path):
            count += 1
            console.print(Text(str(fault)), soft_wrap=True)
    if overlay is not None:
        for said in _faults_of_overlays(overlay):
            count += 1
            console.print(Text(f"{overlay.name}: {said}"), soft_wrap=True)
    console.print(f"{len(chosen)} pack(s), {count} mistake(s)")
    return not count


def show_pack(
    name: str, at: date | None, rule_id: str, *, everything: bool, overlay: Path | None
) -> None:
    """Print a table of a pack's rules on a day, or all that is known of one rule."""
    pack = _pack(name, overlay)
    on = at or _today(pack)
    rows = _rows(pack, on, rule_id, everything=everything)
    console = get_console()
    console.print(Text(_headline(pack, on)), soft_wrap=True)
    if rule_id:
        for rule in rows:
            _print_rule(console, pack, rule, on)
    else:
        console.print(_table(pack, rows, on))
        console.print("Research, not legal advice: verify every row against the official text.")


def diff_days(name: str, old: date, new: date, overlay: Path | None) -> None:
    """Print what changed between two local days of a pack."""
    pack = _pack(name, overlay)
    _print_changes(f"{pack.pack}, {old} to {new}", between_days(pack, old, new))


def diff_packs(first: str, second: str) -> None:
    """Print what one pack says otherwise than another."""
    old, new = _pack(first, None), _pack(second, None)
    _print_changes(f"{first} to {second}", between_packs(old, new))


def print_schema() -> None:
    """Write the JSON Schema of a pack to the output."""
    json.dump(pack_schema(), sys.stdout, indent=2, sort_keys=True, ensure_ascii=False)
    sys.stdout.write("\n")


def _faults_of_overlays(path: Path) -> Iterator[str]:
    known = packs_with()
    for overlay in overlays(path):
        if overlay.pack not in known:
            yield f"there is no pack {overlay.pack}"
            continue
        faults = list(faults_of(known[overlay.pack], overlay))
        yield from faults
        if not faults:
            yield from _fault_of_parameters(known[overlay.pack], overlay)


def _fault_of_parameters(pack: Pack, overlay: Overlay) -> Iterator[str]:
    try:
        overlaid(pack, overlay)
    except DeclarationError as error:
        yield str(error)


def _pack(name: str, overlay: Path | None) -> Pack:
    path = Path(name)
    if path.suffix in {".yaml", ".yml"}:
        pack = load(path)
        chosen = [one for one in overlays(overlay) if one.pack == pack.pack] if overlay else []
        return overlaid(pack, chosen[0]) if chosen else pack
    found = packs_with(overlay)
    if name not in found:
        raise DeclarationError(f"no pack {name!r}", expected=f"one of {', '.join(found)}, a file")
    return found[name]


def _today(pack: Pack, clock: Clock | None = None) -> date:
    now = (clock or SystemClock()).now()
    return pack.zone.local(int(now.timestamp()) * 1_000_000).date()


def _rows(pack: Pack, on: date, rule_id: str, *, everything: bool) -> list[PackRule]:
    chosen: Iterable[PackRule] = pack.rules if everything else pack.in_force(on)
    if not rule_id:
        return list(chosen)
    rows = [rule for rule in pack.rules if rule.id == rule_id]
    if not rows:
        raise DeclarationError(f"no rule {rule_id!r} in {pack.pack}", hint="--all shows every rule")
    in_dates = [rule for rule in rows if everything or rule.effective.covers(on)]
    return in_dates or rows


def _headline(pack: Pack, on: date) -> str:
    overlay = f", overlay {pack.overlay.name!r}" if pack.overlay else ""
    return (
        f"{pack.name}, {pack.authority}. {pack.pack}@{pack.version(on)} on {on} "
        f"({pack.timezone}, {pack.currency}){overlay}. Hash {content_hash(pack)}"
    )


def _table(pack: Pack, rows: Sequence[PackRule], on: date) -> Table:
    table = Table(
        Column("rule", no_wrap=True), Column("title", ratio=4), "mark", "on",
        Column("measure", ratio=2), Column("action", ratio=3), Column("source", ratio=1),
        show_lines=True,
    )  # fmt: skip
    for rule in rows:
        table.add_row(
            rule.id, Text(rule.title), rule.mark, _state(pack, rule, on),
            Text(measure_words(rule.measure)), Text(action_words(rule.action)),
            Text(", ".join(rule.source)),
        )  # fmt: skip
    return table


def _state(pack: Pack, rule: PackRule, on: date) -> str:
    if not rule.effective.covers(on):
        return dates_words(rule.effective)
    return "on" if pack.is_on(rule) else "off"


def _print_rule(console: Console, pack: Pack, rule: PackRule, on: date) -> None:
    check = known_checks().get(rule.check)
    said = {
        "title": rule.title, "law": rule.law, "dates": dates_words(rule.effective),
        "mark": f"{rule.mark}: {MARKS[rule.mark]}", "on": _state(pack, rule, on),
        "measure": measure_words(rule.measure), "action": action_words(rule.action),
        "timing": rule.timing, "log": ", ".join(rule.log), "note": rule.note,
        "check": rule.check and f"{rule.check}: {check.says if check else 'does not exist'}",
        "with": json.dumps(rule.with_, ensure_ascii=False) if rule.with_ else "",
        "adjustable": ", ".join(f"{name} ({way})" for name, way in rule.adjustable.items()),
        "covered by": rule.covered_by,
    }  # fmt: skip
    console.print(Text(rule.id, style="bold"))
    for name, value in said.items():
        if value:
            console.print(Text(f"  {name}: {value}"), soft_wrap=True)
    for key in rule.source:
        console.print(Text(f"  {key}: {pack.sources.get(key, '')}"), soft_wrap=True)


def _print_changes(title: str, changes: Sequence[Change]) -> None:
    table = Table("", Column("what", no_wrap=True), "field", "before", "after", title=title)
    for change in changes:
        table.add_row(
            Text(change.kind, style=_STYLES[change.kind]), change.where, change.field,
            _brief(change.old), _brief(change.new),
        )  # fmt: skip
    console = get_console()
    console.print(table if changes else f"{title}: no change")


def _brief(value: object) -> Text:
    """Write a value; of a whole row its title or name."""
    if isinstance(value, dict):
        value = value.get("title") or value.get("name") or value
    return Text("" if value is None else str(value))
