"""Ways to tamper with a log, each with what must be said of it. Way: here -> test_tampering.

Each way changes the database through one connection, triggers off, and returns which entry of which
chain is the first broken one, and as what. Ways that rewrite hashes do it as one who knows the sum.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import LargeBinary, Text, bindparam, cast, delete, insert, update
from sqlalchemy.engine import Connection

from core.audit.broken import What
from core.audit.chain import chained
from core.audit.checkpoint import Checkpoint
from core.audit.entry import Body, Entry, Head, body_of, is_chain
from core.audit.tables import CHECKPOINT, ENTRY, HEAD
from tests.core.audit.logs import body

NUMBERS = ("seq", "at_us")
GONE = frozenset({What.MISSING, What.TRUNCATED})


@dataclass(frozen=True)
class World:
    """A sound log: its entries and checkpoints by chain, and a connection to do harm with."""

    connection: Connection
    chance: random.Random
    entries: dict[str, list[Entry]]
    checkpoints: dict[str, list[Checkpoint]]

    @property
    def is_sqlite(self) -> bool:
        return self.connection.dialect.name == "sqlite"

    def chain(self) -> str:
        return self.chance.choice(sorted(self.entries))

    def reach(self, chain: str) -> int:
        return self.checkpoints[chain][-1].seq

    def signed_from(self, chain: str, seq: int) -> int:
        """Return the first checkpoint that covers an entry."""
        return next(c.seq for c in self.checkpoints[chain] if c.seq >= seq)


@dataclass(frozen=True)
class Expected:
    """The first broken entry, and what may be said of it; `also` are chains broken besides."""

    chain: str
    seq: int
    whats: frozenset[What]
    also: frozenset[str] = frozenset()


Way = Callable[[World], Expected]


def flip_a_byte_of_an_entry(world: World) -> Expected:
    chain = world.chain()
    entry = world.chance.choice(world.entries[chain])
    column = world.chance.choice(Entry.__struct_fields__)
    value = getattr(entry, column)
    is_it = (ENTRY.c.chain == chain) & (ENTRY.c.seq == entry.seq)
    if column == "seq":
        new = _free_seq(world, entry)
        _set(world, ENTRY, is_it, column, new)
        if new < 1:
            return Expected(chain, new, frozenset({What.ORDER}))
        return Expected(chain, entry.seq, GONE)
    new = _flipped(world, value)
    _set(world, ENTRY, is_it, column, new)
    if column == "chain":
        return Expected(chain, entry.seq, GONE, frozenset({_named(new)}))
    what = {"body": What.BODY, "hash": What.HASH, "prev_hash": What.LINK}.get(column, What.COLUMN)
    return Expected(chain, entry.seq, frozenset({what}))


def flip_a_byte_of_a_head(world: World) -> Expected:
    chain = world.chain()
    last = world.entries[chain][-1]
    column = world.chance.choice(("chain", "seq", "hash"))
    new = _flipped(world, getattr(last, column))
    _set(world, HEAD, HEAD.c.chain == chain, column, new)
    also = frozenset({_named(new)}) if column == "chain" else frozenset[str]()
    return Expected(chain, last.seq, frozenset({What.HEAD}), also)


def flip_a_byte_of_a_checkpoint(world: World) -> Expected:
    chain = world.chain()
    checkpoint = world.chance.choice(world.checkpoints[chain])
    column = world.chance.choice(Checkpoint.__struct_fields__)
    taken = {c.seq for c in world.checkpoints[chain]}
    new = _flipped(world, getattr(checkpoint, column))
    while column == "seq" and new in taken:
        new = _flipped(world, checkpoint.seq)
    is_it = (CHECKPOINT.c.chain == chain) & (CHECKPOINT.c.seq == checkpoint.seq)
    _set(world, CHECKPOINT, is_it, column, new)
    seq = min(checkpoint.seq, new) if column == "seq" else checkpoint.seq
    also = frozenset({_named(new)}) if column == "chain" else frozenset[str]()
    return Expected(chain, seq, frozenset({What.CHECKPOINT}), also)


def drop_an_entry(world: World) -> Expected:
    chain = world.chain()
    entry = world.chance.choice(world.entries[chain])
    _drop(world, chain, entry.seq, entry.seq)
    return Expected(chain, entry.seq, GONE)


def drop_the_tail(world: World) -> Expected:
    chain = world.chain()
    seq = world.chance.randint(1, len(world.entries[chain]))
    _drop(world, chain, seq, len(world.entries[chain]))
    return Expected(chain, seq, frozenset({What.TRUNCATED}))


def drop_the_tail_and_set_the_head_back(world: World) -> Expected:
    chain = world.chain()
    seq = world.chance.randint(1, world.reach(chain))
    _drop(world, chain, seq, len(world.entries[chain]))
    _put_head(world, Head(chain) if seq == 1 else _head(world.entries[chain][seq - 2]))
    return Expected(chain, seq, frozenset({What.TRUNCATED}))


def drop_a_chain_and_all_that_tells_of_it(world: World) -> Expected:
    chain = world.chain()
    for table in (ENTRY, HEAD, CHECKPOINT):
        world.connection.execute(delete(table).where(table.c.chain == chain))
    return Expected(chain, 1, frozenset({What.TRUNCATED}))


def drop_a_head(world: World) -> Expected:
    chain = world.chain()
    world.connection.execute(delete(HEAD).where(HEAD.c.chain == chain))
    return Expected(chain, len(world.entries[chain]), frozenset({What.HEAD}))


def drop_a_checkpoint(world: World) -> Expected:
    chain = world.chain()
    seq = world.chance.choice(world.checkpoints[chain]).seq
    is_it = (CHECKPOINT.c.chain == chain) & (CHECKPOINT.c.seq == seq)
    world.connection.execute(delete(CHECKPOINT).where(is_it))
    return Expected(chain, seq, frozenset({What.CHECKPOINT}))


def swap_two_entries(world: World) -> Expected:
    chain = world.chain()
    one, other = sorted(world.chance.sample(world.entries[chain], 2), key=lambda e: e.seq)
    _drop(world, chain, one.seq, one.seq)
    _drop(world, chain, other.seq, other.seq)
    _add(world, [msgspec.structs.replace(one, seq=other.seq)])
    _add(world, [msgspec.structs.replace(other, seq=one.seq)])
    return Expected(chain, one.seq, frozenset({What.ORDER}))


def swap_what_two_entries_say(world: World) -> Expected:
    chain = world.chain()
    one, other = sorted(world.chance.sample(world.entries[chain], 2), key=lambda e: e.seq)
    parts = ("body", "at_us", "player", "event", "rule_id")
    _drop(world, chain, one.seq, one.seq)
    _drop(world, chain, other.seq, other.seq)
    said = {name: (getattr(one, name), getattr(other, name)) for name in parts}
    _add(world, [
        msgspec.structs.replace(one, **{name: pair[1] for name, pair in said.items()}),
        msgspec.structs.replace(other, **{name: pair[0] for name, pair in said.items()}),
    ])  # fmt: skip
    return Expected(chain, one.seq, frozenset({What.BODY}))


def exchange_one_entry_for_a_forged_one(world: World) -> Expected:
    """Whole in itself; what follows still remembers the true one."""
    chain = world.chain()
    seq = world.chance.randint(1, len(world.entries[chain]))
    _forge(world, chain, seq, seq)
    if seq in {c.seq for c in world.checkpoints[chain]}:
        return Expected(chain, seq, frozenset({What.CHECKPOINT}))
    what = What.HEAD if seq == len(world.entries[chain]) else What.REWRITTEN
    return Expected(chain, seq, frozenset({what}))


def rewrite_a_stretch(world: World) -> Expected:
    chain = world.chain()
    first, last = sorted(world.chance.sample(range(1, len(world.entries[chain])), 2))
    _forge(world, chain, first, last)
    signed = [c.seq for c in world.checkpoints[chain] if first <= c.seq <= last]
    if signed:
        return Expected(chain, signed[0], frozenset({What.CHECKPOINT}))
    return Expected(chain, last, frozenset({What.REWRITTEN}))


def rewrite_to_the_end(world: World) -> Expected:
    chain = world.chain()
    first = world.chance.randint(1, world.reach(chain))
    _put_head(world, _forge(world, chain, first, len(world.entries[chain])))
    return Expected(chain, world.signed_from(chain, first), frozenset({What.CHECKPOINT}))


def insert_a_forged_entry_and_chain_the_rest_to_it(world: World) -> Expected:
    chain = world.chain()
    seq = world.chance.randint(1, world.reach(chain))
    true = world.entries[chain]
    told = [body_of(body(999_999, event="FORGED")), *map(_body, true[seq - 1 :])]
    _drop(world, chain, seq, len(true))
    _put_head(world, _head(_chain_on(world, chain, seq, told)[-1]))
    return Expected(chain, world.signed_from(chain, seq), frozenset({What.CHECKPOINT}))


def leave_an_entry_out_and_chain_the_rest_anew(world: World) -> Expected:
    chain = world.chain()
    seq = world.chance.randint(1, world.reach(chain) - 1)
    true = world.entries[chain]
    _drop(world, chain, seq, len(true))
    _put_head(world, _head(_chain_on(world, chain, seq, list(map(_body, true[seq:])))[-1]))
    if world.signed_from(chain, seq) == len(true):  # nothing stands there any more
        return Expected(chain, len(true), frozenset({What.TRUNCATED}))
    return Expected(chain, world.signed_from(chain, seq), frozenset({What.CHECKPOINT}))


def append_past_the_head(world: World) -> Expected:
    chain = world.chain()
    beyond = len(world.entries[chain]) + 1
    _chain_on(world, chain, beyond, [body_of(body(n)) for n in range(world.chance.randint(1, 3))])
    return Expected(chain, beyond, frozenset({What.AFTER_HEAD}))


def move_an_entry_to_another_chain(world: World) -> Expected:
    one, other = world.chance.sample(sorted(world.entries), 2)
    entry = world.chance.choice(world.entries[one])
    is_it = (ENTRY.c.chain == one) & (ENTRY.c.seq == entry.seq)
    place = len(world.entries[other]) + 1
    world.connection.execute(update(ENTRY).where(is_it).values(chain=other, seq=place))
    return Expected(one, entry.seq, GONE, frozenset({other}))


def change_the_kind_of_a_value(world: World) -> Expected:
    """SQLite lets any column hold any kind; elsewhere this is a byte flipped."""
    if not world.is_sqlite:
        return flip_a_byte_of_an_entry(world)
    chain = world.chain()
    entry = world.chance.choice(world.entries[chain])
    column = world.chance.choice([n for n in Entry.__struct_fields__ if n != "chain"])
    is_it = (ENTRY.c.chain == chain) & (ENTRY.c.seq == entry.seq)
    blob = cast(ENTRY.c[column], LargeBinary)
    odd = "x" if column in NUMBERS and world.chance.random() < 0.5 else blob
    world.connection.execute(update(ENTRY).where(is_it).values({column: odd}))
    known = {"body": What.BODY, "hash": What.HASH, "prev_hash": What.LINK}
    if column == "seq":
        return Expected(chain, entry.seq, GONE | {What.ORDER})
    return Expected(chain, entry.seq, frozenset({known.get(column, What.COLUMN)}))


WAYS: Sequence[Way] = (
    flip_a_byte_of_an_entry, flip_a_byte_of_an_entry, flip_a_byte_of_an_entry,
    flip_a_byte_of_a_head, flip_a_byte_of_a_checkpoint, drop_an_entry, drop_the_tail,
    drop_the_tail_and_set_the_head_back, drop_a_chain_and_all_that_tells_of_it, drop_a_head,
    drop_a_checkpoint, swap_two_entries, swap_what_two_entries_say,
    exchange_one_entry_for_a_forged_one, rewrite_a_stretch, rewrite_to_the_end,
    insert_a_forged_entry_and_chain_the_rest_to_it, leave_an_entry_out_and_chain_the_rest_anew,
    append_past_the_head, move_an_entry_to_another_chain, change_the_kind_of_a_value,
)  # fmt: skip

ONLY_A_COPY_KNOWS: frozenset[Way] = frozenset(
    {drop_a_checkpoint, drop_a_chain_and_all_that_tells_of_it}
)
"""The last checkpoint, or all there ever was, may go: what is left looks whole."""


def _flipped(world: World, value: Any) -> Any:
    """Return a value with one byte changed, as the database can store it; bytes for a text."""
    if isinstance(value, int):
        raw = bytearray(value.to_bytes(8, "big", signed=True))
        raw[world.chance.randrange(8)] ^= world.chance.randint(1, 255)
        return int.from_bytes(raw, "big", signed=True)
    raw = bytearray(value.encode())
    while True:
        place = world.chance.randrange(len(raw))
        new = raw[:place] + bytes([raw[place] ^ world.chance.randint(1, 255)]) + raw[place + 1 :]
        if world.is_sqlite or _is_text(bytes(new)):
            return bytes(new)


def _is_text(raw: bytes) -> bool:
    try:
        return "\0" not in raw.decode()
    except UnicodeDecodeError:
        return False


def _free_seq(world: World, entry: Entry) -> int:
    taken = {e.seq for e in world.entries[entry.chain]}
    while (new := int(_flipped(world, entry.seq))) in taken:
        pass
    return new


def _set(world: World, table: Any, is_it: Any, column: str, value: Any) -> None:
    if isinstance(value, int):
        world.connection.execute(update(table).where(is_it).values({column: value}))
    elif world.is_sqlite:
        raw = cast(bindparam("raw", value, LargeBinary), Text)
        world.connection.execute(update(table).where(is_it).values({column: raw}))
    else:
        world.connection.execute(update(table).where(is_it).values({column: value.decode()}))


def _named(raw: bytes) -> str:
    """Return how a verification names a chain whose name was changed."""
    name = raw.decode("utf-8", "surrogateescape")
    return name if is_chain(name) else repr(name)


def _drop(world: World, chain: str, first: int, last: int) -> None:
    which = (ENTRY.c.chain == chain) & ENTRY.c.seq.between(first, last)
    world.connection.execute(delete(ENTRY).where(which))


def _add(world: World, entries: Sequence[Entry]) -> None:
    world.connection.execute(insert(ENTRY), [msgspec.structs.asdict(entry) for entry in entries])


def _body(entry: Entry) -> Body:
    return Body(entry.body, entry.at_us, entry.player, entry.event, entry.rule_id)


def _head(entry: Entry) -> Head:
    return Head(entry.chain, entry.seq, entry.hash)


def _chain_on(world: World, chain: str, seq: int, bodies: Sequence[Body]) -> list[Entry]:
    """Put bodies at `seq` and after it, chained to what stands before; return the entries."""
    before = Head(chain) if seq == 1 else _head(world.entries[chain][seq - 2])
    entries = list(chained(before, bodies))
    _add(world, entries)
    return entries


def _forge(world: World, chain: str, first: int, last: int) -> Head:
    """Change what an entry says, and the hashes up to another one; return that one's head."""
    true = world.entries[chain][first - 1 : last]
    changed = body_of(msgspec.json.decode(true[0].body) | {"decision": "allow"})
    _drop(world, chain, first, last)
    return _head(_chain_on(world, chain, first, [changed, *map(_body, true[1:])])[-1])


def _put_head(world: World, head: Head) -> None:
    world.connection.execute(
        update(HEAD).where(HEAD.c.chain == head.chain).values(seq=head.seq, hash=head.hash)
    )
