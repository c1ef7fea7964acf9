"""The checkpoints of a database: read, made, kept. Way: `evenhand log checkpoint` -> here -> table.

What came since the last checkpoint is verified before it is signed: a signature over a broken chain
would be worse than none.
"""

from __future__ import annotations

from sqlalchemy import insert, select
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from core.audit.checkpoint import Checkpoint
from core.audit.stored import stored_texts
from core.audit.tables import CHECKPOINT
from core.errors import LogError


def checkpoints_of(connection: Connection, chain: str) -> list[Checkpoint]:
    """Return the checkpoints of a chain, in order, as they are stored."""
    columns = [CHECKPOINT.c[name] for name in Checkpoint.__struct_fields__]
    wanted = select(*columns).where(CHECKPOINT.c.chain == chain).order_by(CHECKPOINT.c.seq)
    with stored_texts(connection):
        return [Checkpoint(*row) for row in connection.execute(wanted)]


def keep(connection: Connection, checkpoint: Checkpoint) -> None:
    """Write a signed checkpoint.

    Raises:
        LogError: another one was written meanwhile after the one before it.
    """
    row = {name: getattr(checkpoint, name) for name in Checkpoint.__struct_fields__}
    try:
        connection.execute(insert(CHECKPOINT), row)
    except IntegrityError as error:
        raise LogError(
            f"{checkpoint.chain} has another checkpoint after the last", hint="ask again"
        ) from error
