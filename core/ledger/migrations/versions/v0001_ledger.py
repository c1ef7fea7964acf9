"""The ledger: wallets, accounts, movements with their legs, and the states beside them.

What is appended cannot be changed or removed: a trigger refuses it, on both databases. Rows waiting
for the relay (`outgoing`) are no record and go when they are told.
"""

import sqlalchemy as sa
from alembic import op

revision, down_revision = "0001", None
branch_labels, depends_on = None, None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
APPENDED = ("movement", "leg", "tombstone", "answer")


def upgrade() -> None:
    """Make everything."""
    _owners()
    _movements()
    _play()
    _money_on_its_way()
    _messages()
    for table in APPENDED:
        _append_only(table)
    _ids()


def _number(name: str, *, null: bool = False) -> sa.Column[int]:
    return sa.Column(name, BIG, nullable=null, autoincrement=False)


def _text(name: str, *, null: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=null)


def _owners() -> None:
    op.create_table(
        "wallet", _text("player"), _text("state"), _number("version"), _number("opened_us"),
        sa.PrimaryKeyConstraint("player"),
    )  # fmt: skip
    op.create_table(
        "account", _number("id"), _text("player"), _text("currency"), _text("fund"),
        _number("balance"), _number("version"),
        sa.PrimaryKeyConstraint("player", "currency", "fund"),
        sa.UniqueConstraint("id", name="account_id"),
        sa.CheckConstraint("balance >= 0", name="account_is_not_negative"),
    )  # fmt: skip


def _movements() -> None:
    op.create_table(
        "movement", _number("id"), _text("provider"), _text("operation"), _text("scope"),
        _text("transaction_id"), _text("player"), _text("currency"), _number("amount"),
        _text("bet_ref"), _text("round_id"), _text("fingerprint"), _text("result"),
        _text("trace_id"), _number("at_us"),
        sa.PrimaryKeyConstraint("provider", "operation", "scope", "transaction_id"),
        sa.UniqueConstraint("id", name="movement_id"),
    )  # fmt: skip
    op.create_index("movement_of_player", "movement", ["player", "at_us"])
    op.create_index("movement_at", "movement", ["at_us"])
    op.create_table(
        "leg", _number("movement_id"), _number("place"), _number("account_id"), _text("currency"),
        _number("amount"), _number("balance_after", null=True), _number("version", null=True),
        sa.PrimaryKeyConstraint("movement_id", "place"),
        sa.UniqueConstraint("account_id", "version", name="leg_versions_have_no_twin"),
    )  # fmt: skip
    op.create_table(
        "tombstone", _text("provider"), _text("scope"), _text("bet_ref"), _number("movement_id"),
        _number("at_us"), sa.PrimaryKeyConstraint("provider", "scope", "bet_ref"),
    )  # fmt: skip


def _play() -> None:
    op.create_table(
        "bet", _text("provider"), _text("scope"), _text("bet_ref"), _text("player"),
        _text("currency"), _text("round_id"), _text("state"), _number("real"), _number("locked"),
        _number("bonus"), _text("bonus_id", null=True), _number("wagered"),
        _number("movement_id"), _number("at_us"), _number("ended_us", null=True),
        sa.PrimaryKeyConstraint("provider", "scope", "bet_ref"),
        sa.CheckConstraint("real >= 0 AND locked >= 0 AND bonus >= 0", name="bet_is_not_negative"),
    )  # fmt: skip
    op.create_index("bet_open", "bet", ["state", "at_us"])
    op.create_table(
        "round", _text("provider"), _text("player"), _text("round_id"), _text("currency"),
        _text("state"), _number("real"), _number("locked"), _number("bonus"),
        _text("bonus_id", null=True), _number("opened_us"), _number("closed_us", null=True),
        sa.PrimaryKeyConstraint("provider", "player", "round_id"),
    )  # fmt: skip
    op.create_index("round_open", "round", ["state", "opened_us"])


def _money_on_its_way() -> None:
    op.create_table(
        "bonus", _text("player"), _text("bonus_id"), _text("currency"), _text("code"),
        _number("granted"), _number("wagering_required"), _number("wagered"),
        _text("contributions"), _number("release_most", null=True), _text("state"),
        _number("granted_us"), _number("expires_us"), _number("ended_us", null=True),
        sa.PrimaryKeyConstraint("player", "bonus_id"),
    )  # fmt: skip
    op.create_index("bonus_state", "bonus", ["state", "expires_us"])
    op.create_table(
        "hold", _text("player"), _text("hold_id"), _text("currency"), _number("amount"),
        _text("state"), _number("placed_us"), _number("expires_us"), _number("ended_us", null=True),
        sa.PrimaryKeyConstraint("player", "hold_id"),
    )  # fmt: skip
    op.create_index("hold_pending", "hold", ["state", "expires_us"])
    op.create_table(
        "payment", _text("player"), _text("payment_id"), _text("kind"), _text("state"),
        _text("currency"), _number("amount"), _text("method"), _text("vendor_id"),
        _text("instrument_id", null=True), _number("requested_us"), _number("changed_us"),
        sa.PrimaryKeyConstraint("player", "payment_id"),
    )  # fmt: skip
    op.create_index("payment_state", "payment", ["state", "changed_us"])


def _messages() -> None:
    op.create_table(
        "game_session", _text("provider"), _text("session_hash"), _text("player"),
        _text("currency"), _text("game_id"), _text("state"), _number("opened_us"),
        _number("ended_us", null=True), sa.PrimaryKeyConstraint("provider", "session_hash"),
    )  # fmt: skip
    op.create_index("game_session_of_player", "game_session", ["player", "opened_us"])
    op.create_table(
        "answer", _text("provider"), _text("request_hash"), _number("status"), _text("body"),
        _number("at_us"), sa.PrimaryKeyConstraint("provider", "request_hash"),
    )  # fmt: skip
    op.create_table(
        "outgoing", _number("outgoing_id"), _text("player"), _text("kind"), _text("body"),
        _text("trace_id"), _number("at_us"), sa.PrimaryKeyConstraint("outgoing_id"),
    )  # fmt: skip


def _append_only(table: str) -> None:
    if op.get_bind().dialect.name == "sqlite":
        for change in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_keeps_on_{change.lower()} BEFORE {change} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
        return
    op.execute(
        f"CREATE FUNCTION {table}_keeps() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{table} is append-only'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_keeps BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_keeps()"
    )


def _ids() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.create_table("ledger_ids", _number("last_id"))
        op.execute("INSERT INTO ledger_ids VALUES (0)")
        return
    op.execute("CREATE SEQUENCE ledger_ids AS BIGINT CACHE 1")
