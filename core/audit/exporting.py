"""A stretch of a chain as a file for somebody else. Way: audit_entry -> here -> FILE, manifest.

The chain is verified whole in the pass that writes the file, so that a broken one leaves no file;
what was taken, and what was refused, is told in the `access:` chain before anyone gets it. A line
carries what its hash is made of: who receives it can do the sum.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import IO, Any

import msgspec
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.engine import Connection

from core.audit.access import access_body, access_chain
from core.audit.append import append
from core.audit.broken import BrokenChainError
from core.audit.chains import chains_of
from core.audit.checkpoint import Checkpoint
from core.audit.checkpoints import checkpoints_of
from core.audit.entry import Head
from core.audit.heads import head_of
from core.audit.known import Witness, known_of
from core.audit.opening import appending, looking
from core.audit.tables import ENTRY
from core.audit.verify import verified
from core.errors import NotReadyError


@dataclass(frozen=True, slots=True)
class Asked:
    """Which entries, for whom, when; instants in UTC microseconds, null for no bound.

    From the first entry of `[since_us, until_us)` to the last, with all between: a line left out
    would break the chain of the rest.
    """

    chain: str
    staff_id: str
    at_us: int
    since_us: int | None = None
    until_us: int | None = None


class Manifest(msgspec.Struct, frozen=True):
    """What a file holds; `checkpoints` are those of its entries, `head` is where the chain was."""

    chain: str
    file: str
    file_sha256: str
    count: int
    first_seq: int | None
    last_seq: int | None
    prev_hash: str | None
    last_hash: str | None
    since_us: int | None
    until_us: int | None
    exported_at_us: int
    exported_by: str
    head: Head | None
    checkpoints: tuple[Checkpoint, ...]


class Line(msgspec.Struct, frozen=True):
    """A line of the file; `body` is the text as it was hashed."""

    chain: str
    seq: int
    prev_hash: str
    hash: str
    body: str


def manifest_path(out: Path) -> Path:
    """Return where the manifest of a file is.

    >>> manifest_path(Path("gb.jsonl")).name
    'gb.jsonl.manifest.json'
    """
    return out.with_name(f"{out.name}.manifest.json")


def export(url: str, asked: Asked, out: Path, witness: Witness) -> Manifest:
    """Write entries and their manifest, and tell of it in the access chain.

    Raises:
        BrokenChainError: the chain is broken; that is told, and no file is made.
        NotReadyError: the file is there already, or there is no such log.
    """
    if out.exists():
        raise NotReadyError(f"{out} is there already", expected="a new file")
    with _unfinished(out) as part:
        try:
            with looking(url) as connection, _private(part) as file:
                manifest = _written(connection, asked, file, out.name, witness)
                os.fsync(file.fileno())
        except BrokenChainError as error:
            found = error.found
            seen = {"seq": found.seq, "what": found.what, "detail": found.detail}
            _tell(url, asked, "CHAIN_BREAK", {**seen, "decision": "export refused"})
            raise
        told = ("count", "first_seq", "last_seq", "file_sha256", "since_us", "until_us")
        _tell(url, asked, "LOG_EXPORTED", {name: getattr(manifest, name) for name in told})
        with _private(manifest_path(out)) as file:
            file.write(msgspec.json.format(msgspec.json.encode(manifest), indent=2) + b"\n")
        part.rename(out)
    return manifest


def _written(
    connection: Connection, asked: Asked, file: IO[bytes], name: str, witness: Witness
) -> Manifest:
    chain, known = asked.chain, known_of(connection, asked.chain, witness)
    if chain not in chains_of(connection, witness.copies or ()):
        raise NotReadyError(f"no chain {chain} here", hint="evenhand verify-log lists them")
    first, last = _bounds(connection, asked)
    digest, ends = sha256(), list[Line]()
    for rows in verified(connection, chain, known):
        lines = [
            Line(chain, row.seq, row.prev_hash, row.hash, row.body)
            for row in rows if first <= row.seq <= last
        ]  # fmt: skip
        if lines:
            ends = [ends[0] if ends else lines[0], lines[-1]]
            text = msgspec.json.Encoder().encode_lines(lines)
            digest.update(text)
            file.write(text)
    return Manifest(
        chain=chain, file=name, file_sha256=digest.hexdigest(), count=last - first + 1,
        first_seq=ends[0].seq if ends else None, last_seq=ends[1].seq if ends else None,
        prev_hash=ends[0].prev_hash if ends else None, last_hash=ends[1].hash if ends else None,
        since_us=asked.since_us, until_us=asked.until_us,
        exported_at_us=asked.at_us, exported_by=asked.staff_id, head=head_of(connection, chain),
        checkpoints=tuple(c for c in checkpoints_of(connection, chain) if first <= c.seq <= last),
    )  # fmt: skip


def _bounds(connection: Connection, asked: Asked) -> tuple[int, int]:
    """Return the first and the last seq of what is asked for; (1, 0) for none."""
    met: list[ColumnElement[bool]] = [ENTRY.c.chain == asked.chain]
    if asked.since_us is not None:
        met.append(ENTRY.c.at_us >= asked.since_us)
    if asked.until_us is not None:
        met.append(ENTRY.c.at_us < asked.until_us)
    wanted = select(func.min(ENTRY.c.seq), func.max(ENTRY.c.seq)).where(*met)
    first, last = connection.execute(wanted).one()
    if not (isinstance(first, int) and isinstance(last, int)):  # none, or broken: verified next
        return (1, 0)
    return first, last


def _tell(url: str, asked: Asked, event: str, inputs: dict[str, Any]) -> None:
    body = access_body(event, asked.at_us, asked.staff_id, asked.chain, inputs)
    with appending(url) as connection:
        append(connection, access_chain(asked.chain), [body])


@contextmanager
def _unfinished(out: Path) -> Iterator[Path]:
    part = out.with_name(f".{out.name}.part")
    try:
        yield part
    finally:
        part.unlink(missing_ok=True)


def _private(path: Path) -> IO[bytes]:
    """Open a new file that its owner alone can read: it tells of players."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb")
