"""What a log holds: bodies, and the entries they become. Way: canonical -> here -> chain, append.

A body is any JSON object with `at_us`; `player_id` (the pseudonym), `event` and `rule_id` are found
by it if it has them. These four stand beside the body as columns, to be searched.
"""

from __future__ import annotations

import re
from typing import TypeGuard

import msgspec

from core.audit.canonical import canonical
from core.errors import LogError

GENESIS = "0" * 64
"""What stands before the first entry of a chain."""
_CHAIN = re.compile(r"[a-z][a-z0-9_]*(:[A-Za-z0-9_-]+)+")


class Searched(msgspec.Struct, frozen=True):
    """The fields of a body that columns repeat; `at_us` in UTC microseconds."""

    at_us: int
    player_id: str = ""
    event: str = ""
    rule_id: str = ""


class Body(msgspec.Struct, frozen=True):
    """What one entry is to say: its text, and the columns beside it."""

    text: str
    at_us: int
    player: str = ""
    event: str = ""
    rule_id: str = ""


class Entry(msgspec.Struct, frozen=True):
    """A line of a chain; `hash` names it and, by `prev_hash`, all before it."""

    chain: str
    seq: int
    body: str
    prev_hash: str
    hash: str
    at_us: int
    player: str
    event: str
    rule_id: str


class Head(msgspec.Struct, frozen=True):
    """Where a chain ends; `seq` 0 and the zeros for one that has not begun."""

    chain: str
    seq: int = 0
    hash: str = GENESIS


searched = msgspec.json.Decoder(Searched).decode
"""Read the searched fields of a body's text."""


def body_of(value: object) -> Body:
    """Return what a value, such as a `core.compliance.entry.Entry`, says in the log.

    Raises:
        LogError: it is no JSON object with `at_us`, or what it is found by cannot be a column.

    >>> body_of({"at_us": 5, "event": "LIMIT_REACHED"})
    Body(text='{"at_us":5,"event":"LIMIT_REACHED"}', at_us=5, player='', event='LIMIT_REACHED', rule_id='')
    """  # noqa: E501 - a doctest's line
    text = canonical(value)
    try:
        found = searched(text)
    except msgspec.ValidationError as error:
        raise LogError(
            f"a body of the log: {error}",
            expected="an object with at_us, and texts for player_id, event and rule_id",
        ) from error
    columns = (found.player_id, found.event, found.rule_id)
    if any("\0" in column for column in columns) or not -(2**63) <= found.at_us < 2**63:
        raise LogError(
            f"a body of the log is found by {found}", expected="64 bits and no zero bytes"
        )
    return Body(text, found.at_us, *columns)


def is_chain(name: object) -> TypeGuard[str]:
    """Say whether a value is the name of a chain: a purpose and a place."""
    return isinstance(name, str) and _CHAIN.fullmatch(name) is not None


def check_chain(name: str) -> str:
    """Return a chain's name, such as `rg:GB`.

    Raises:
        LogError: it is none.
    """
    if not is_chain(name):
        raise LogError(f"a chain named {name!r}", expected="a purpose and a place, such as rg:GB")
    return name
