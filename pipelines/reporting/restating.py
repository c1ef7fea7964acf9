"""A report made again with what is known now, and what changed. Way: old report -> here -> new one.

What came since is every fact of the period recorded after the old report's instant, by its id:

    void        takes back a bet or a win
    correction  a win of a round that had one, a deposit charged back
    late        anything else that was known late

Facts that were recorded before that instant and landed after it cannot be told from those that were
there; the old digests show that there are some, and the new report says so.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import msgspec

from core.errors import NotReadyError
from pipelines.reporting.known import Known, digests, known_facts
from pipelines.reporting.making import Made, Wish, csv_bytes, make, scope_of
from pipelines.reporting.manifest import MadeFile, Manifest, broken_files, read, sealed
from pipelines.reporting.report import Says, Sheet, report_named, sheet

CHANGES, SINCE = "changes", "came_since"
_WHY = {
    "bet_rolled_back": "'void'",
    "deposit_charged_back": "'correction'",
    "bet_won": (
        "CASE WHEN EXISTS (SELECT 1 FROM k_bet_won w WHERE w.player_id = f.player_id AND "
        "w.round_id = f.round_id AND w.recorded_at < f.recorded_at) THEN 'correction' "
        "ELSE 'late' END"
    ),
}


def restate(
    warehouse: Path, old: Path, known_us: int, now_us: int
) -> tuple[Made, dict[str, bytes]]:
    """Make a report again; two more sheets say which cells changed and which facts came since.

    Raises:
        NotReadyError: the old report is not whole, or is of a later instant.
        SourceError: it has no manifest that was sealed.
    """
    folder = old if old.is_dir() else old.parent
    before = read(folder)
    broken = broken_files(folder)
    if broken:
        raise NotReadyError(f"{folder}: {'; '.join(broken)}", expected="a report as it was made")
    if known_us < before.known_us:
        raise NotReadyError("an instant before the old report's", expected="a later one")
    wish = wish_of(before, known_us)
    made, files = make(warehouse, wish, now_us)
    with known_facts(warehouse, scope_of(wish, now_us)) as known:
        since = _since(known, before)
    landed = _landed_after(warehouse, before, now_us)
    changes = sheet(CHANGES, ("sheet", "row", "column", "old", "new"), 3,
                    (*_changes(folder, made), *landed))  # fmt: skip
    for one in (changes, since):
        files[f"{one.name}.csv"] = csv_bytes(one)
    return _with(made, files, (changes, since)), files


def wish_of(old: Manifest, known_us: int) -> Wish:
    """Return the wish an old report was made by, as known by another instant."""
    from fractions import Fraction

    shares = {name: Fraction(share) for name, share in old.shares_off.items()}
    return Wish(
        old.report, old.pack, old.period, known_us, is_provisional=old.is_provisional,
        says=Says(old.applies, shares), base_currency=old.base_currency, previous=old.hash,
    )  # fmt: skip


def _with(made: Made, files: dict[str, bytes], more: tuple[Sheet, ...]) -> Made:
    from hashlib import sha256

    named = tuple(
        MadeFile(name=name, sha256=sha256(told).hexdigest()) for name, told in sorted(files.items())
    )
    manifest = sealed(msgspec.structs.replace(made.manifest, files=named))
    return Made(manifest, (*made.sheets, *more))


def _changes(folder: Path, made: Made) -> Iterator[tuple[str, ...]]:
    for new in made.sheets:
        path = folder / f"{new.name}.csv"
        then = _by_key(new, _rows(path)) if path.is_file() else {}
        now = _by_key(new, _rows_of(new))
        for key in sorted({*then, *now}):
            was, is_now = then.get(key), now.get(key)
            for at, column in enumerate(new.columns[new.keys :]):
                a, b = was[at] if was else "", is_now[at] if is_now else ""
                if a != b:
                    yield new.name, " | ".join(key), column, a, b


def _by_key(of: Sheet, rows: list[list[str]]) -> dict[tuple[str, ...], list[str]]:
    return {tuple(row[: of.keys]): row[of.keys :] for row in rows}


def _rows(path: Path) -> list[list[str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file))[1:]


def _rows_of(new: Sheet) -> list[list[str]]:
    return list(csv.reader(csv_bytes(new).decode().splitlines()))[1:]


def _since(known: Known, before: Manifest) -> Sheet:
    report = report_named(before.report, before.pack)
    when = f"o < {known.scope.period.end_us}" if report.has_history else known.within()
    parts = " UNION ALL ".join(
        f"SELECT event_id::VARCHAR AS id, '{fact}' AS fact, strftime(occurred_at, '%Y-%m-%dT%XZ'), "
        f"strftime(recorded_at, '%Y-%m-%dT%XZ'), {_WHY.get(fact, _LATE)} FROM k_{fact} f "
        f"WHERE {when} AND epoch_us(recorded_at) > {before.known_us}"
        for fact in report.reads
    )
    rows = known.rows(f"SELECT * FROM ({parts}) ORDER BY fact, id")
    return sheet(SINCE, ("event_id", "fact", "occurred", "recorded", "why"), 1, rows)


_LATE = "'late'"


def _landed_after(warehouse: Path, old: Manifest, now_us: int) -> Iterator[tuple[str, ...]]:
    """Yield, by fact, that the facts known by the old instant are not those there were then."""
    report = report_named(old.report, old.pack)
    with known_facts(warehouse, scope_of(wish_of(old, old.known_us), now_us)) as known:
        then = digests(known, report.reads, has_history=report.has_history)
    for name, said in old.facts.items():
        if then.get(name) != said:
            count = then.get(name, {}).get("facts", "0")
            yield "(facts known by the old instant)", name, "facts", said["facts"], count
