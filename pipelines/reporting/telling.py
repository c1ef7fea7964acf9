"""What the log is told of reports and exports. Way: making, exporting -> here -> `report:<pack>`.

A tax that was reckoned is an entry for each base and reading, a record that replaces another one is
one, too. They are told after the files are written, and once: what the chain has of a manifest or a
record is not told again, so that a crash between the two is mended by making it again.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import select
from sqlalchemy.engine import Connection

from core.audit.append import append
from core.audit.opening import appending
from core.audit.tables import ENTRY
from core.compliance.load import packs
from pipelines.reporting.file_chain import read_chain
from pipelines.reporting.making import Made
from pipelines.reporting.manifest import Manifest

TAX, REPLACED = "TAX_CALC", "REPLACEMENT"


def chain_of(pack: str) -> str:
    """Return the chain of a pack's reports."""
    return f"report:{pack}"


def tell_taxes(url: str, made: Made, at_us: int) -> int:
    """Tell the log what taxes a report reckoned; return how many entries are new.

    Raises:
        NotReadyError: there is no log at the address.
    """
    return _told(url, made.manifest.pack, _taxes(made, at_us))


def tell_replacements(url: str, folder: Path, at_us: int) -> int:
    """Tell the log which records an export replaced; return how many entries are new.

    Raises:
        NotReadyError: there is no log at the address.
    """
    return _told(url, read_chain(folder).pack, _replacements(folder, at_us))


def _taxes(made: Made, at_us: int) -> Iterator[dict[str, Any]]:
    one = made.manifest
    rules = {tax.id: tax.rule for tax in packs()[one.pack].tax}
    taxes = next((sheet for sheet in made.sheets if sheet.name == "taxes"), None)
    for row in () if taxes is None else taxes.rows:
        said = dict(zip(taxes.columns, row, strict=True)) if taxes is not None else {}
        yield {
            "at_us": at_us, "event": TAX, "rule_id": rules.get(said["tax"], ""), **_of(one),
            "inputs": {name: said[name] for name in ("tax", "reading", "kind", "base", "due")},
        }  # fmt: skip


def _of(one: Manifest) -> dict[str, Any]:
    return {
        "pack_id": one.pack, "pack_version": one.pack_version, "pack_hash": one.pack_hash,
        "report": one.report, "period": one.period, "known_us": one.known_us,
        "manifest": one.hash, "is_provisional": one.is_provisional,
    }  # fmt: skip


def _replacements(folder: Path, at_us: int) -> Iterator[dict[str, Any]]:
    chain = read_chain(folder)
    for entry in chain.entries:
        for line in _lines(folder / entry.file) if entry.file else ():
            if line.get("action") == "replacement":
                yield {
                    "at_us": at_us, "event": REPLACED, "pack_id": chain.pack,
                    "period": entry.period, "known_us": entry.known_us, "file": entry.hash,
                    "inputs": {
                        "kind": entry.kind, "record_id": line["record_id"],
                        "replaces_record_id": line["replaces_record_id"],
                    },
                }  # fmt: skip


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rb") as file:
        for line in file:
            yield msgspec.json.decode(line)


def _told(url: str, pack: str, bodies: Iterable[dict[str, Any]]) -> int:
    chain = chain_of(pack)
    with appending(url) as connection:
        append(connection, chain, [])  # begins the chain and holds its head: nobody tells meanwhile
        known = set(_names(connection, chain))
        fresh = [body for body in bodies if _name(body) not in known]
        append(connection, chain, fresh)
    return len(fresh)


def _names(connection: Connection, chain: str) -> Iterator[str]:
    wanted = select(ENTRY.c.body).where(ENTRY.c.chain == chain)
    for body in connection.execute(wanted).scalars():
        yield _name(msgspec.json.decode(body))


def _name(body: dict[str, Any]) -> str:
    """Return what tells an entry from others: not the instant it was told at."""
    inputs = body["inputs"]
    if body["event"] == REPLACED:
        return f"{inputs['kind']} {inputs['record_id']}"
    return f"{body['manifest']} {inputs['tax']} {inputs['reading']}"
