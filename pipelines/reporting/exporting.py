"""The common export: records by kind and day, a chain of files. Way: facts -> here -> files.

What was exported before is read back from the files themselves. A record that says the same is not
written again; one that says something else replaces it by its id; one whose facts are gone is
cancelled. `chain.json` is replaced last: an export that died before has not happened.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from itertools import groupby
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa

from pipelines.reporting.file_chain import ChainEntry, FileChain, added, read_chain, write_chain
from pipelines.reporting.known import Known, Scope, known_facts
from pipelines.reporting.pseudonyms import pseudonym
from pipelines.reporting.record import SCHEMA_VERSION, RecordKind, kinds

_ROWS = 50_000
_LEVEL = 6
_PRIOR = "(key VARCHAR, day DATE, record_id VARCHAR, replaces VARCHAR, action VARCHAR)"


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export added, by kind: how many new, replacing and cancelling records."""

    chain: FileChain
    counts: dict[str, dict[str, int]]


def export(  # noqa: PLR0913 - what, for whom, where to
    warehouse: Path, scope: Scope, key: bytes, folder: Path, *, is_provisional: bool = False,
    on_kind: Callable[[str], None] = lambda _: None,
) -> Exported:  # fmt: skip
    """Export a period into a folder, which holds earlier exports of the same pack or none.

    Raises:
        SourceError: the folder's chain is another's, or cannot be read.
    """
    chain = read_chain(folder, scope.pack.pack)
    folder.mkdir(parents=True, exist_ok=True)
    entries, counts = list[ChainEntry](), dict[str, dict[str, int]]()
    with known_facts(warehouse, scope) as known:
        _name_players(known, key)
        for kind in kinds().values():
            on_kind(kind.name)
            _compare(known, kind, chain, folder)
            counts[kind.name] = dict(known.rows("SELECT action, count(*) FROM fresh GROUP BY 1"))
            entries += _written(known, kind, chain, folder)
    marked = [_marked(one, scope, is_provisional=is_provisional) for one in entries]
    grown = added(chain, marked)
    if entries:
        write_chain(folder, grown)
    return Exported(grown, counts)


def _marked(entry: ChainEntry, scope: Scope, *, is_provisional: bool) -> ChainEntry:
    return msgspec.structs.replace(
        entry, known_us=scope.known_us, period=scope.period.name, is_provisional=is_provisional
    )


def _name_players(known: Known, key: bytes) -> None:
    players = [row[0] for row in known.rows("SELECT player_id FROM mine ORDER BY 1")]
    table = pa.table({
        "player_id": pa.array(players, pa.string()),
        "pseudonym": pa.array([pseudonym(key, one) for one in players], pa.string()),
    })  # fmt: skip
    known.connection.register("pseudonyms_given", table)
    known.connection.execute("CREATE TEMP TABLE pseudonym AS SELECT * FROM pseudonyms_given")


def _compare(known: Known, kind: RecordKind, chain: FileChain, folder: Path) -> None:
    """Fill the table `fresh` with what a kind's files do not say yet."""
    pack, run = known.scope.pack.pack, known.connection.execute
    run(f"CREATE OR REPLACE TEMP TABLE prior {_PRIOR}")
    files = [str(folder / e.file) for e in chain.entries if e.kind == kind.name and e.file]
    if files:
        listed = ", ".join("'" + path.replace("'", "''") + "'" for path in files)
        run(
            "INSERT INTO prior SELECT key, arg_max(day, batch), arg_max(record_id, batch), "
            "nullif(arg_max(coalesce(replaces_record_id, ''), batch), ''), arg_max(action, batch) "
            f"FROM read_json([{listed}], format = 'newline_delimited', columns = {{key: 'VARCHAR', "
            "day: 'DATE', batch: 'BIGINT', record_id: 'VARCHAR', replaces_record_id: 'VARCHAR', "
            "action: 'VARCHAR'}) GROUP BY key"
        )
    run(f"CREATE OR REPLACE TEMP TABLE said AS {kind.select(known)}")

    def record_id(key: str, body: str, replaces: str) -> str:
        parts = f"'{pack}', '{kind.name}', {key}, {body}, coalesce({replaces}, '')"
        return f"left(sha256(concat_ws(chr(31), {parts})), 32)"

    gone = record_id("p.key", "'cancelled'", "p.record_id")
    first, last = known.scope.period.first, known.scope.period.last
    run(
        "CREATE OR REPLACE TEMP TABLE fresh AS SELECT s.key, s.day, s.body, p.record_id AS "
        f"replaces, {record_id('s.key', 's.body', 'p.record_id')} AS record_id, "
        "CASE WHEN p.key IS NULL THEN 'new' ELSE 'replacement' END AS action FROM said s "
        "LEFT JOIN prior p USING (key) WHERE p.key IS NULL OR p.action = 'cancellation' OR "
        f"p.record_id <> {record_id('s.key', 's.body', 'p.replaces')} "
        "UNION ALL SELECT p.key, p.day, 'null', p.record_id, "
        f"{gone}, 'cancellation' FROM prior p "
        f"ANTI JOIN said s USING (key) WHERE p.action <> 'cancellation' "
        f"AND p.day BETWEEN DATE '{first}' AND DATE '{last}'"
    )


def _written(
    known: Known, kind: RecordKind, chain: FileChain, folder: Path
) -> Iterator[ChainEntry]:
    batch, pack = chain.batch + 1, known.scope.pack.pack
    head = f'{{"kind":"{kind.name}","schema_version":{SCHEMA_VERSION},"batch":{batch},"record_id":"'
    rows = known.connection.execute(
        f"SELECT day::VARCHAR AS day, '{head}' || record_id || '\",\"replaces_record_id\":' || "
        "coalesce('\"' || replaces || '\"', 'null') || ',\"action\":\"' || action || "
        f'\'","pack":"{pack}","day":"\' || day || \'","key":\' || to_json(key)::VARCHAR || '
        "',\"body\":' || body || '}' FROM fresh ORDER BY fresh.day, key"
    )
    is_empty = True
    for day, lines in groupby(_fetched(rows), key=lambda row: row[0]):
        is_empty = False
        name = f"{kind.name}/{day}.{batch:04}.ndjson.gz"
        yield _file(folder, name, [line for _, line in lines], ChainEntry(
            seq=0, batch=batch, kind=kind.name, day=day, period="", known_us=0, file=name
        ))  # fmt: skip
    told = any(e.kind == kind.name and e.period == known.scope.period.name for e in chain.entries)
    if is_empty and not told:
        yield ChainEntry(
            seq=0, batch=batch, kind=kind.name, period="", known_us=0, reason=kind.if_none
        )


def _fetched(rows: Any) -> Iterator[tuple[str, str]]:
    while part := rows.fetchmany(_ROWS):
        yield from part


def _file(folder: Path, name: str, lines: list[str], entry: ChainEntry) -> ChainEntry:
    told = gzip.compress(("\n".join(lines) + "\n").encode(), _LEVEL, mtime=0)
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(told)
    digest = sha256(told).hexdigest()
    return msgspec.structs.replace(entry, records=len(lines), sha256=digest)
