"""Files written anew without players that are due. Way: what is due -> here -> staged files.

Players and ids that lead to them are replaced by random ones that are kept nowhere; rows, amounts
and instants stay, and so do all sums.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path

import duckdb

from core.events.fact import Fact
from core.events.registry import facts
from core.retention.errors import RetentionError
from features.manifest import Part
from features.sources import columns_digest, fact_schema, facts_in
from pipelines.landing.commit import WarehouseWriter
from pipelines.landing.settle import ORDER, write_sorted
from pipelines.retention_due import FactsDue

SCRAMBLED = frozenset(
    {
        "activity_id", "alert_id", "case_id", "decision_id", "deposit_id", "device_id",
        "document_id", "exchange_id", "instrument_id", "payment_id", "reference_activity_id",
        "round_id", "session_id", "ticket_id", "user_bonus_id",
    }
)  # fmt: skip
"""Ids that lead to a player by another way: replaced, the same by the same within a run."""
EMPTIED = frozenset({"ip", "birth_year", "affiliate_id"})
"""Fields that tell who somebody is and that a sum does not need."""


def rewrite(
    database: duckdb.DuckDBPyConnection, writer: WarehouseWriter, due: list[FactsDue],
    on_file: Callable[[int, int], None],
) -> tuple[dict[str, str], dict[str, str]]:  # fmt: skip
    """Stage files anew; return the digests of the old and of the new ones by their places."""
    secret = secrets.token_hex(32)
    _name_players(database, due)
    folders = [(one, *found) for one in due for found in _folders(database, writer, one)]
    before, after = dict[str, str](), dict[str, str]()
    for number, (one, folder, paths) in enumerate(folders):
        on_file(number, len(folders))
        for path in paths:
            before[f"{one.fact}/{path}"] = digest_of(writer.warehouse / one.fact / path)
        staged = _staged(database, writer, (one, folder, paths), secret)
        after[f"{one.fact}/{folder}/{staged.name}"] = digest_of(staged)
    return before, after


def _name_players(database: duckdb.DuckDBPyConnection, due: list[FactsDue]) -> None:
    database.execute("CREATE TEMP TABLE swap (player_id VARCHAR, pseudonym VARCHAR)")
    database.execute("CREATE TEMP TABLE due (fact VARCHAR, player_id VARCHAR)")
    every = sorted({player for one in due for player in one.players})
    database.executemany(
        "INSERT INTO swap VALUES (?, ?)", [(p, f"anon-{secrets.token_hex(16)}") for p in every]
    )
    pairs = [(one.fact, player) for one in due for player in sorted(one.players)]
    database.executemany("INSERT INTO due VALUES (?, ?)", pairs)


def _folders(
    database: duckdb.DuckDBPyConnection, writer: WarehouseWriter, one: FactsDue
) -> list[tuple[str, list[str]]]:
    """Return the folders of a fact with the files that have due rows."""
    found: dict[str, list[str]] = {}
    for path, part in sorted(writer.manifest.parts.get(one.fact, {}).items()):
        source = _source(writer, one.fact, {path: part})
        count = database.execute(f"SELECT count(*) FROM ({source}) WHERE {_is_due(one)}").fetchone()
        if count and count[0]:
            found.setdefault(Path(path).parent.as_posix(), []).append(path)
    return sorted(found.items())


def _staged(
    database: duckdb.DuckDBPyConnection, writer: WarehouseWriter,
    what: tuple[FactsDue, str, list[str]], secret: str,
) -> Path:  # fmt: skip
    (one, folder, paths), fact = what, facts()[what[0].fact]
    parts = {path: writer.manifest.parts[one.fact][path] for path in paths}
    source = _source(writer, one.fact, parts)
    staged = writer.staged(one.fact, folder)
    select_ = (
        f"SELECT {_columns(fact, one, secret)} FROM ({source}) AS old "
        f"LEFT JOIN swap ON swap.player_id = old.player_id"
    )
    rows = write_sorted(database, f"SELECT * FROM ({select_}) ORDER BY {ORDER}", staged.as_posix())
    _check_sums(database, fact, source, staged)
    writer.add(one.fact, folder, Part(rows, columns_digest(fact)))
    for path in paths:
        writer.remove(one.fact, path)
    return staged


def _columns(fact: type[Fact], one: FactsDue, secret: str) -> str:
    due = _is_due(one, "old.")
    found = []
    for field in fact_schema(fact):
        name = field.name
        if name == "player_id":
            new = "swap.pseudonym"
        elif name in EMPTIED and field.nullable:
            new = "NULL"
        elif name in SCRAMBLED:
            new = f"CASE WHEN old.{name} IS NULL THEN NULL ELSE 'anon-' || sha256('{secret}' || old.{name})[1:32] END"  # noqa: E501 - SQL
        else:
            found.append(f"old.{name} AS {name}")
            continue
        found.append(f"CASE WHEN {due} THEN {new} ELSE old.{name} END AS {name}")
    return ", ".join(found)


def _is_due(one: FactsDue, of: str = "") -> str:
    who = f"SELECT player_id FROM due WHERE fact = '{one.fact}'"
    instant = f"epoch_us(greatest({of}occurred_at, {of}recorded_at))"
    return f"({of}player_id IN ({who}) AND {instant} < {one.before_us})"


def _check_sums(
    database: duckdb.DuckDBPyConnection, fact: type[Fact], source: str, staged: Path
) -> None:
    numbers = [
        f.name for f in fact_schema(fact) if str(f.type) == "int64" and f.name not in EMPTIED
    ]
    sums = "".join(f", sum({name})" for name in numbers)
    path = staged.as_posix().replace("'", "''")
    old, new = (
        database.execute(f"SELECT count(*){sums} FROM {where}").fetchone()
        for where in (f"({source})", f"read_parquet('{path}')")
    )
    if old != new:
        raise RetentionError(f"sums of {staged.parent.name} would change", expected="the same")


def _source(writer: WarehouseWriter, name: str, parts: Mapping[str, Part]) -> str:
    files = {writer.warehouse / name / path: part.columns for path, part in parts.items()}
    return facts_in(facts()[name], files)


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file, in hex."""
    with path.open("rb") as file:
        found = sha256()
        while block := file.read(1 << 20):
            found.update(block)
    return found.hexdigest()
