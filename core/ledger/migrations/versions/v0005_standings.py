"""Standings of players, duties, the packs decided by, and the log's chains."""

import sqlalchemy as sa
from alembic import op

from core.audit.create import upgrade as make_log
from core.ledger.migrations.postgres_functions import make_functions

revision, down_revision = "0005", "0004"
branch_labels, depends_on = None, None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables, and the functions anew."""
    op.create_table(
        "standing", _text("player"), _text("jurisdiction"), _number("version"), _text("body"),
        sa.PrimaryKeyConstraint("player"),
    )  # fmt: skip
    op.create_table(
        "duty", _text("player"), _number("duty_id"), _text("jurisdiction"), _text("kind"),
        _text("rule"), _number("opened_us"), _number("due_us", null=True), _text("state"),
        _number("done_us", null=True), _text("staff_id"), _text("result"),
        sa.PrimaryKeyConstraint("player", "duty_id"),
    )  # fmt: skip
    op.create_index("duty_open", "duty", ["state", "due_us"])
    op.create_table(
        "pack_content", _text("pack_hash"), _text("pack"), _text("body"),
        sa.PrimaryKeyConstraint("pack_hash"),
    )  # fmt: skip
    op.create_table(
        "kept_standing", _text("standing_hash"), _text("player"), _number("at_us"), _text("body"),
        sa.PrimaryKeyConstraint("standing_hash"),
    )  # fmt: skip
    op.create_index("kept_standing_of_player", "kept_standing", ["player", "at_us"])
    make_log(op)
    if op.get_bind().dialect.name == "postgresql":
        make_functions()


def _number(name: str, *, null: bool = False) -> sa.Column[int]:
    return sa.Column(name, BIG, nullable=null, autoincrement=False)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)
