"""Reviews: a draft is read by another than who made it before it is filed."""

import sqlalchemy as sa
from alembic import op

from core.aml.migrations.keeping import append_only

revision, down_revision = "0002", "0001"
branch_labels, depends_on = None, None


def upgrade() -> None:
    """Make the table of reviews."""
    texts = ("draft_id", "reviewed_by", "verdict", "reason")
    op.create_table(
        "aml_review", *(sa.Column(name, sa.Text(), nullable=False) for name in texts),
        sa.Column(
            "reviewed_us", sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False, autoincrement=False,
        ),
        sa.PrimaryKeyConstraint("draft_id"),
    )  # fmt: skip
    append_only("aml_review")
