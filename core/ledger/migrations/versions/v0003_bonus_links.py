"""A bonus knows its deposit and what it owes; a deposit, the bonus asked for with it.

Of a bonus completed before, what it released is what its bound is counted from.
"""

import sqlalchemy as sa
from alembic import op

from core.ledger.migrations.versions.v0002_postgres_functions import make_functions

revision, down_revision = "0003", "0002"
branch_labels, depends_on = None, None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add the columns; PostgreSQL's functions name columns, so they are made anew."""
    op.add_column("bonus", sa.Column("funded_by", sa.Text(), nullable=True))
    op.add_column("bonus", sa.Column("due", BIG, nullable=False, server_default="0"))
    op.add_column("payment", sa.Column("bonus_code", sa.Text(), nullable=True))
    op.execute(
        "UPDATE bonus SET due = coalesce((SELECT max(m.amount) FROM movement m"
        " WHERE m.player = bonus.player AND m.bet_ref = bonus.bonus_id"
        " AND m.operation = 'bonus_completed'), 0) WHERE state = 'completed'"
    )
    if op.get_bind().dialect.name == "postgresql":
        make_functions()
