"""What registers are to be told, and the settled part of standings on its own.

A standing written before stays whole in its row until it changes next; reading takes both.
"""

import sqlalchemy as sa
from alembic import op

from core.ledger.migrations.postgres_functions import make_functions

revision, down_revision = "0006", "0005"
branch_labels, depends_on = None, None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables, and the functions anew."""
    op.create_table(
        "standing_settled", _text("player"), _text("body"), sa.PrimaryKeyConstraint("player")
    )
    op.create_table(
        "register_message", _text("player"), _number("message_no"), _text("jurisdiction"),
        _text("register"), _text("kind"), _text("payment_id"), _text("amount"), _text("currency"),
        _text("period"), _number("at_us"), _text("state"),
        sa.PrimaryKeyConstraint("player", "message_no"),
    )  # fmt: skip
    op.create_index("register_message_due", "register_message", ["state", "message_no"])
    if op.get_bind().dialect.name == "postgresql":
        make_functions()


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, BIG, nullable=False, autoincrement=False)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)
