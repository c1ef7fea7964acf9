"""Anonymises landed facts that are due. Way: due, rewrite -> here -> warehouse, chain of a pack.

The manifest is replaced while holds wait, in the transaction that tells it. What is to be named is
kept before, so that what a run that died had done is told by the next one.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import insert, select, update
from sqlalchemy.engine import Connection

from core.events.registry import facts
from core.kyc.schema import RUN
from core.kyc.vault import Vault
from core.retention.chain import body, hashed, tell
from core.retention.errors import RetentionError
from core.retention.holds import held
from core.retention.running import Order, check_clock
from features.manifest import live_files, read_manifest
from features.sources import open_warehouse
from pipelines.landing.commit import WarehouseWriter, writing
from pipelines.landing.settle import working_database
from pipelines.retention_due import INSTANT, FactsDue, facts_due, players_of
from pipelines.retention_rewrite import digest_of, rewrite

EVENT = "RETENTION_FACTS_ANONYMISED"


@dataclass(frozen=True, slots=True)
class Run:
    """How a run came out: entries of the chain, rows anonymised, files written anew."""

    entries: tuple[int, ...]
    rows: int = 0
    files: int = 0


def anonymise(
    vault: Vault, warehouse: Path, order: Order,
    on_file: Callable[[int, int], None] = lambda _done, _all: None,
) -> Run:  # fmt: skip
    """Anonymise what is due and tell it; first tell what a run that died had done.

    Raises:
        RetentionError: the clock went back, a hold came meanwhile, or sums would change.
    """
    with vault.engine.begin() as connection:
        check_clock(connection, order)
    with writing(warehouse) as writer:
        told = _finish(vault, warehouse, order)
        _check_own(writer)
        players = players_of(warehouse, order.pack.pack)
        with vault.engine.begin() as connection:
            holding = held(connection, order.pack.pack, order.by.at_us)
        due = facts_due(warehouse, order.pack, players, order.at_us, holding)
        if not due:
            return Run(told)
        with working_database(writer) as database:
            before, after = rewrite(database, writer, due, on_file)
        said = _said(order, due, before)
        run_id = _planned(vault, order, said)
        seq = _committed(vault, writer, (order, due), (run_id, {**said, "files_after": after}))
    return Run((*told, seq), sum(one.rows for one in due), len(before))


def found_facts(warehouse: Path, said: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is still to be found of facts an entry says are anonymised."""
    salt, files = said["salt"], said["files_before"]
    with open_warehouse(warehouse) as connection:
        for name, one in said["facts"].items():
            named = set(one["players"])
            rows = connection.execute(
                f"SELECT DISTINCT player_id FROM {name} WHERE {INSTANT} < ?", [one["before_us"]]
            ).fetchall()
            count = sum(hashed(salt, [player])[0] in named for (player,) in rows)
            if count:
                yield f"{name}: {count} of {len(named)} players named are still there"
    for name in files:
        if (warehouse / name).exists() and digest_of(warehouse / name) == files[name]:
            yield f"{name} is still there as it was"


def _committed(
    vault: Vault, writer: WarehouseWriter, what: tuple[Order, list[FactsDue]],
    run: tuple[str, dict[str, Any]],
) -> int:  # fmt: skip
    """Replace the manifest while holds wait, in the transaction that tells it."""
    (order, due), (run_id, said) = what, run
    affected = {player for one in due for player in one.players}
    with vault.engine.begin() as connection:
        if affected & held(connection, order.pack.pack, order.by.at_us):
            raise RetentionError("a legal hold came meanwhile", expected="none", hint="run again")
        writer.commit()
        return _told(connection, order, run_id, said)


def _told(connection: Connection, order: Order, run_id: str, said: Mapping[str, Any]) -> int:
    connection.execute(update(RUN).where(RUN.c.id == run_id).values(state="done", body=""))
    return tell(connection, order.pack.pack, body(EVENT, order.by, order.pack.pack, **said))


def _said(order: Order, due: list[FactsDue], before: Mapping[str, str]) -> dict[str, Any]:
    salt = secrets.token_hex(16)
    return {
        "second": order.second, "at": order.at_us, "salt": salt, "files_before": dict(before),
        "facts": {
            one.fact: {
                "rows": one.rows, "before_us": one.before_us, "players": hashed(salt, one.players),
            }
            for one in due
        },
    }  # fmt: skip


def _planned(vault: Vault, order: Order, said: Mapping[str, Any]) -> str:
    run_id = secrets.token_hex(16)
    with vault.engine.begin() as connection:
        connection.execute(insert(RUN).values(
            id=run_id, jurisdiction=order.pack.pack, at_us=order.by.at_us, state="planned",
            body=msgspec.json.encode(said).decode(),
        ))  # fmt: skip
    return run_id


def _finish(vault: Vault, warehouse: Path, order: Order) -> tuple[int, ...]:
    """Tell what a run that died had done; one that had done nothing is dropped."""
    wanted = select(RUN).where(RUN.c.state == "planned", RUN.c.jurisdiction == order.pack.pack)
    entries = []
    with vault.engine.begin() as connection:
        for row in connection.execute(wanted).all():
            said: dict[str, Any] = msgspec.json.decode(row.body)
            if any(found_facts(warehouse, said)):
                is_it = RUN.c.id == row.id
                connection.execute(update(RUN).where(is_it).values(state="dropped", body=""))
                continue
            after = {
                name: digest for name, digest in _digests(warehouse, said["facts"]).items()
                if name.rpartition("/")[0] in {n.rpartition("/")[0] for n in said["files_before"]}
            }  # fmt: skip
            entries.append(_told(connection, order, row.id, {**said, "files_after": after}))
    return tuple(entries)


def _check_own(writer: WarehouseWriter) -> None:
    for name in facts():
        files = live_files(writer.warehouse, name, writer.manifest)
        strange = [path.name for path, digest in files.items() if digest is None]
        if strange:
            raise RetentionError(
                f"{name} has files that were put there by hand: {', '.join(strange)}",
                expected="landed files only", hint="land them: evenhand land",
            )  # fmt: skip


def _digests(warehouse: Path, names: Mapping[str, Any]) -> dict[str, str]:
    manifest = read_manifest(warehouse)
    return {
        f"{name}/{path}": digest_of(warehouse / name / path)
        for name in names for path in manifest.parts.get(name, {})
    }  # fmt: skip
