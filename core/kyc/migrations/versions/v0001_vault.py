"""Records, players, words, keys, places, holds, runs; and the audit tables beside them."""

import sqlalchemy as sa
from alembic import op

from core.audit.create import upgrade as make_log

revision, down_revision = "0001", None
branch_labels, depends_on = None, None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make everything."""
    make_log(op)
    _records()
    _rules()
    _retention()


def _number(name: str, *, null: bool = False) -> sa.Column[int]:
    return sa.Column(name, BIG, nullable=null, autoincrement=False)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _bytes(name: str) -> sa.Column[bytes]:
    return sa.Column(name, sa.LargeBinary(), nullable=False)


def _records() -> None:
    op.create_table(
        "kyc_record", _text("id"), _text("region"), _text("jurisdiction"), _text("player"),
        _text("kind"), _text("what"), _text("expires_on"), _text("level"), _text("links"),
        _number("at_us"), _number("put_us"), _text("put_by"), _text("key_id"), _bytes("wrapped"),
        _bytes("content"), _text("blob_hash"), _number("destroyed_us", null=True),
        sa.PrimaryKeyConstraint("id"),
    )  # fmt: skip
    op.create_index("kyc_record_of_player", "kyc_record", ["player", "put_us"])
    op.create_index("kyc_record_of_key", "kyc_record", ["region", "key_id"])
    op.create_index("kyc_record_expires", "kyc_record", ["region", "expires_on"])


def _rules() -> None:
    op.create_table(
        "kyc_player", _text("region"), _text("player"), _text("pseudonym"),
        sa.PrimaryKeyConstraint("region", "player"),
    )  # fmt: skip
    op.create_table(
        "kyc_word", _text("region"), _text("jurisdiction"), _text("player"), _number("seq"),
        _text("cause"), _text("level"), _number("at_us"), _number("told_us", null=True),
        sa.PrimaryKeyConstraint("region", "player", "seq"),
    )  # fmt: skip
    op.create_index("kyc_word_untold", "kyc_word", ["told_us"])
    op.create_table(
        "kyc_key", _text("region"), _text("key_id"), _number("dropped_us", null=True),
        sa.PrimaryKeyConstraint("region", "key_id"),
    )  # fmt: skip
    op.create_table("kyc_place", _text("region"), sa.PrimaryKeyConstraint("region"))


def _retention() -> None:
    op.create_table(
        "retention_hold", _text("id"), _text("jurisdiction"), _text("player"), _text("basis"),
        _text("set_by"), _number("set_us"), _number("from_us"), _number("until_us", null=True),
        sa.PrimaryKeyConstraint("id"),
    )  # fmt: skip
    op.create_index("retention_hold_of_player", "retention_hold", ["player"])
    op.create_table(
        "retention_run", _text("id"), _text("jurisdiction"), _number("at_us"), _text("state"),
        _text("body"), sa.PrimaryKeyConstraint("id"),
    )  # fmt: skip
