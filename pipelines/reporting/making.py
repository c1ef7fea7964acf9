"""Makes a report: reads, refuses, writes. Way: known facts -> here -> a folder of files.

A folder is written beside its place and then given its name, so that what is there is whole.
"""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

import msgspec

from core.compliance.load import packs
from core.compliance.pack import Pack, content_hash
from core.errors import NotReadyError
from pipelines.reporting.known import (
    Known,
    Scope,
    digests,
    gaps,
    known_facts,
    unconverted,
    unplaced,
)
from pipelines.reporting.manifest import MadeFile, Manifest, sealed, write
from pipelines.reporting.page import page
from pipelines.reporting.period import period_of
from pipelines.reporting.report import Report, Says, Sheet, report_named

NOTHING = Says()
Step = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Wish:
    """Which report, of which pack and period, as known by when (UTC microseconds)."""

    report: str
    pack: str
    period: str
    known_us: int
    is_provisional: bool = False
    says: Says = field(default=NOTHING)
    base_currency: str = "EUR"
    previous: str = ""


@dataclass(frozen=True, slots=True)
class Made:
    """A report that was made: what it says, and of what."""

    manifest: Manifest
    sheets: tuple[Sheet, ...]


def pack_named(name: str) -> Pack:
    """Return a pack.

    Raises:
        NotReadyError: there is none of this name.
    """
    found = packs().get(name)
    if found is None:
        raise NotReadyError(f"a pack {name[:40]!r}", expected=f"one of {', '.join(packs())}")
    return found


def scope_of(wish: Wish, now_us: int) -> Scope:
    """Return the scope of a wish.

    Raises:
        NotReadyError: pack or period are none, the period is not over and the report not called
            provisional, or it should know what lies ahead.
    """
    pack = pack_named(wish.pack)
    period = period_of(wish.period, pack.zone)
    if wish.known_us > now_us:
        raise NotReadyError("an instant ahead of now", expected="known by now, or earlier")
    if period.end_us > wish.known_us and not wish.is_provisional:
        end = pack.zone.local(period.end_us).isoformat()
        raise NotReadyError(
            f"{wish.period} was not over by then: it ends at {end}",
            hint="--provisional makes one all the same, and marks it",
        )
    return Scope(pack, period, wish.known_us, wish.base_currency)


def make(warehouse: Path, wish: Wish, now_us: int, step: Step = lambda _: None) -> tuple[
    Made, dict[str, bytes]
]:  # fmt: skip
    """Make a report; return it, and its files by name.

    Raises:
        NotReadyError: as `scope_of` and `report_named`.
    """
    scope = scope_of(wish, now_us)
    report = report_named(wish.report, wish.pack)
    with known_facts(warehouse, scope) as known:
        step("figures")
        sheets = tuple(report.make(known, wish.says))
        step("facts")
        bare = _manifest(known, report, wish, sheets)
    files = {f"{one.name}.csv": csv_bytes(one) for one in sheets}
    files["report.html"] = page(report, bare, sheets).encode()
    named = tuple(
        MadeFile(name=name, sha256=sha256(told).hexdigest()) for name, told in sorted(files.items())
    )
    manifest = sealed(msgspec.structs.replace(bare, files=named))
    return Made(manifest, sheets), files


def kept(made: Made, files: dict[str, bytes], out: Path) -> Path:
    """Write a report into a folder that is not there yet, or holds the very same report.

    Raises:
        NotReadyError: the folder holds something else.
    """
    if out.exists() and any(out.iterdir()):
        if _same(files, out):
            return out
        raise NotReadyError(f"{out} holds something else", hint="name another folder with --out")
    fresh = out.with_name(f".{out.name}.next")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    for name, told in files.items():
        (fresh / name).write_bytes(told)
    write(made.manifest, fresh)
    if out.exists():
        out.rmdir()
    fresh.rename(out)
    return out


def csv_bytes(sheet: Sheet) -> bytes:
    r"""Return a sheet as CSV; a cell that a spreadsheet would take for a formula is quoted as text.

    >>> csv_bytes(Sheet("x", ("a", "b"), 1, (("=1", "-2.50"),)))
    b"a,b\n'=1,-2.50\n"
    """
    told = io.StringIO()
    writer = csv.writer(told, lineterminator="\n")
    writer.writerow(sheet.columns)
    writer.writerows([[_harmless(cell) for cell in row] for row in sheet.rows])
    return told.getvalue().encode()


def _harmless(cell: str) -> str:
    is_amount = cell[:1] == "-" and cell[1:].replace(".", "", 1).isdecimal()
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") and not is_amount else cell


def _same(files: dict[str, bytes], out: Path) -> bool:
    there = {path.name for path in out.iterdir()}
    return there == {*files, "manifest.json"} and all(
        (out / name).read_bytes() == told for name, told in files.items()
    )


def _manifest(known: Known, report: Report, wish: Wish, sheets: tuple[Sheet, ...]) -> Manifest:
    scope = known.scope
    facts = digests(known, report.reads, has_history=report.has_history)
    return Manifest(
        report=report.name, pack=wish.pack, pack_version=scope.pack.version(scope.period.last),
        pack_hash=content_hash(scope.pack), period=wish.period,
        first=scope.period.first.isoformat(), last=scope.period.last.isoformat(),
        timezone=scope.pack.timezone, currency=scope.pack.currency,
        base_currency=scope.base_currency, known_us=scope.known_us,
        is_provisional=wish.is_provisional, applies=tuple(sorted(wish.says.applies)),
        shares_off={n: str(Fraction(s)) for n, s in sorted(wish.says.shares_off.items())},
        code_version=version("evenhand"), facts=facts,
        gaps=tuple(gaps(known)), unplaced=unplaced(known, report.reads),
        unconverted=unconverted(known, report.reads),
        has_players=any("player_id" in one.columns for one in sheets), files=(),
        previous=wish.previous,
    )  # fmt: skip
