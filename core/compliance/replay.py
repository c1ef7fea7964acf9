"""A decision of the log judged again. Way: audit_entry, pack_content, kept_standing -> here.

The request as it came, the player's standing as it was and the pack as it read then are all kept,
so the answer must be the same to the last letter. A difference is named: the pack's content, the
standing, or the code.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import msgspec
from sqlalchemy import select
from sqlalchemy.engine import Connection

from core.audit.tables import ENTRY
from core.compliance.archive import restored
from core.compliance.entry import Entry, entries_of
from core.compliance.judge import Judge
from core.compliance.request import any_request
from core.compliance.standing import Standing
from core.errors import LogError
from core.ledger.rule_rows import KeptStanding, PackContent
from core.ledger.schema import table_of


@dataclass(frozen=True, slots=True)
class Replay:
    """What was said, what is said now, and how they differ; no difference is a proof."""

    then: Entry
    now: Entry | None
    differences: tuple[str, ...]


def replay(connection: Connection, chain: str, seq: int) -> Replay:
    """Judge an entry's request again.

    Raises:
        LogError: there is no such entry, or what it was decided by is no longer kept.
    """
    then = _entry(connection, chain, seq)
    standing = _standing(connection, then.standing_hash)
    judge = _judge(connection, then.pack_hash)
    request = msgspec.convert(dict(then.request), any_request())
    verdict, case = judge.verdict(request, standing)
    said = list(entries_of(case, verdict, then.correlation_id))
    now = next((entry for entry in said if _named(entry) == _named(then)), None)
    return Replay(then, now, tuple(_differences(then, now)))


def _entry(connection: Connection, chain: str, seq: int) -> Entry:
    asked = select(ENTRY.c.body).where(ENTRY.c.chain == chain, ENTRY.c.seq == seq)
    body = connection.execute(asked).scalar()
    if body is None:
        raise LogError(f"no entry {seq} in {chain}")
    try:
        return msgspec.json.decode(body, type=Entry)
    except msgspec.ValidationError as error:
        raise LogError(f"entry {seq} of {chain} is no decision: {error}") from error


def _standing(connection: Connection, named: str) -> Standing:
    kept = table_of(KeptStanding)
    asked = select(kept.c.body).where(kept.c.standing_hash == named)
    body = connection.execute(asked).scalar()
    if body is None:
        raise LogError(f"standing {named[:12]} is not kept", hint="its retention may be over")
    if sha256(body.encode()).hexdigest() != named:
        raise LogError(f"standing {named[:12]} was changed", expected="the bytes of then")
    return msgspec.json.decode(body, type=Standing)


def _judge(connection: Connection, named: str) -> Judge:
    contents = table_of(PackContent)
    asked = select(contents.c.body).where(contents.c.pack_hash == named)
    body = connection.execute(asked).scalar()
    if body is None:
        raise LogError(f"pack {named[:12]} is not kept", expected="every pack that decided")
    switched_on = frozenset(filter(None, named.partition("+")[2].split(",")))
    return Judge(restored(body.encode(), named), switched_on)


def _named(entry: Entry) -> tuple[str, str]:
    return entry.rule_id, entry.event


def _differences(then: Entry, now: Entry | None) -> Iterator[str]:
    if now is None:
        yield f"{then.rule_id or 'no rule'} no longer says {then.event}: the code differs"
        return
    before, after = _plain(then), _plain(now)
    for name in sorted(before.keys() | after.keys()):
        if before.get(name) != after.get(name):
            yield f"{name}: {before.get(name)} then, {after.get(name)} now"


def _plain(entry: Entry) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(msgspec.json.encode(entry))
    return found
