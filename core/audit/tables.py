"""The tables of a log, the same in every database that has one. Way: create -> here -> append.

`audit_head` is locked by whoever appends: it is what makes a chain one line. `audit_checkpoint` has
no two checkpoints after one: whoever signs at the same time as another comes too late.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
)

METADATA = MetaData()
_BIG = BigInteger().with_variant(Integer(), "sqlite")


def _number(name: str) -> Column[int]:
    return Column(name, _BIG, nullable=False, autoincrement=False)


def _text(name: str) -> Column[str]:
    return Column(name, Text(), nullable=False)


ENTRY = Table(
    "audit_entry", METADATA, _text("chain"), _number("seq"), _text("body"), _text("prev_hash"),
    _text("hash"), _number("at_us"), _text("player"), _text("event"), _text("rule_id"),
    PrimaryKeyConstraint("chain", "seq", name="audit_entry_key"),
    Index("audit_entry_of_player", "player", "at_us"),
    Index("audit_entry_at", "at_us"),
)  # fmt: skip
HEAD = Table(
    "audit_head", METADATA, _text("chain"), _number("seq"), _text("hash"),
    PrimaryKeyConstraint("chain", name="audit_head_key"),
    postgresql_with={"fillfactor": 10},  # changed by every transaction: leave room on its page
)  # fmt: skip
CHECKPOINT = Table(
    "audit_checkpoint", METADATA, _text("chain"), _number("seq"), _text("hash"), _number("at_us"),
    _text("key_id"), _text("prev_digest"), _text("signature"),
    PrimaryKeyConstraint("chain", "seq", name="audit_checkpoint_key"),
    UniqueConstraint("chain", "prev_digest", name="audit_checkpoint_follows_one"),
)  # fmt: skip
