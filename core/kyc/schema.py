"""The vault's tables, in a database of its region. Way: migrations, vault -> here.

In clear stand ids, sorts, days and levels; contents and keys are sealed. `kyc_player` alone leads
from the log's pseudonyms to players. `kyc_word` holds what the rules are to be told, in order.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
)

METADATA = MetaData()
_BIG = BigInteger().with_variant(Integer(), "sqlite")


def _number(name: str, *, null: bool = False) -> Column[int]:
    return Column(name, _BIG, nullable=null, autoincrement=False)


def _text(name: str) -> Column[str]:
    return Column(name, Text(), nullable=False)


def _bytes(name: str) -> Column[bytes]:
    return Column(name, LargeBinary(), nullable=False)


RECORD = Table(
    "kyc_record", METADATA, _text("id"), _text("region"), _text("jurisdiction"), _text("player"),
    _text("kind"), _text("what"), _text("expires_on"), _text("level"), _text("links"),
    _number("at_us"), _number("put_us"), _text("put_by"), _text("key_id"), _bytes("wrapped"),
    _bytes("content"), _text("blob_hash"), _number("destroyed_us", null=True),
    PrimaryKeyConstraint("id"),
    Index("kyc_record_of_player", "player", "put_us"),
    Index("kyc_record_of_key", "region", "key_id"),
    Index("kyc_record_expires", "region", "expires_on"),
)  # fmt: skip
PLAYER = Table(
    "kyc_player", METADATA, _text("region"), _text("player"), _text("pseudonym"),
    PrimaryKeyConstraint("region", "player"),
)  # fmt: skip
WORD = Table(
    "kyc_word", METADATA, _text("region"), _text("jurisdiction"), _text("player"), _number("seq"),
    _text("cause"), _text("level"), _number("at_us"), _number("told_us", null=True),
    PrimaryKeyConstraint("region", "player", "seq"),
    Index("kyc_word_untold", "told_us"),
)  # fmt: skip
KEY = Table(
    "kyc_key", METADATA, _text("region"), _text("key_id"), _number("dropped_us", null=True),
    PrimaryKeyConstraint("region", "key_id"),
)  # fmt: skip
PLACE = Table("kyc_place", METADATA, _text("region"), PrimaryKeyConstraint("region"))
HOLD = Table(
    "retention_hold", METADATA, _text("id"), _text("jurisdiction"), _text("player"),
    _text("basis"), _text("set_by"), _number("set_us"), _number("from_us"),
    _number("until_us", null=True), PrimaryKeyConstraint("id"),
    Index("retention_hold_of_player", "player"),
)  # fmt: skip
RUN = Table(
    "retention_run", METADATA, _text("id"), _text("jurisdiction"), _number("at_us"),
    _text("state"), _text("body"), PrimaryKeyConstraint("id"),
)  # fmt: skip
