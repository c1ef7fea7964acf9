"""Tells registers what they are to be told. Way: ledger's table -> here -> registers -> told.

Messages are written in the transaction of what they tell, so none is lost; a register takes the
same message again without a change, so a crash between telling and marking does no harm. Those of
one player go in order: one that cannot be told holds up his others for the same register.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

import msgspec
from sqlalchemy import select

from core.compliance.pack import Pack
from core.ledger.backend import LedgerBackend
from core.ledger.books import Wanted
from core.ledger.calls import RetryableError
from core.ledger.reading import reading
from core.ledger.rule_rows import RegisterMessage
from core.ledger.schema import table_of
from core.registers.blocking import BlockingDesk
from core.registers.due import DueMessage, within_s
from core.registers.wire import MessageKind

AT_A_TIME = 500
WITHIN_S = 5.0
"""How long a register may take that the pack no longer knows."""


@dataclass(frozen=True, slots=True)
class Telling:
    """How many messages a turn told, and how many it left."""

    told: int = 0
    waiting: int = 0


@dataclass(frozen=True, slots=True)
class RegisterTeller:
    """Takes what is due from a ledger."""

    url: str
    backend: LedgerBackend
    packs: Mapping[str, Pack]
    registers: BlockingDesk

    def turn(self, most: int = AT_A_TIME) -> Telling:
        """Tell what is due, so many of each register, oldest first.

        Raises:
            NotReadyError: the ledger cannot be read.
        """
        told, held = 0, set[tuple[str, str]]()
        due = [row for register in self._registers() for row in self._due(register, most)]
        for row in due:
            place = (row.player, row.register)
            if place in held or not self._tell(row):
                held.add(place)
            else:
                told += 1
        return Telling(told, len(due) - told)

    def _registers(self) -> list[str]:
        """Return whom something is to be told; one that is silent keeps none from the others."""
        table = table_of(RegisterMessage)
        wanted = select(table.c.register).where(table.c.state == "due").distinct()
        with reading(self.url) as connection:
            return sorted(connection.execute(wanted).scalars())

    def _due(self, register: str, most: int) -> list[RegisterMessage]:
        table = table_of(RegisterMessage)
        wanted = select(table).where(table.c.state == "due", table.c.register == register)
        with reading(self.url) as connection:
            rows = connection.execute(wanted.order_by(table.c.message_no).limit(most)).all()
        return msgspec.convert([tuple(row) for row in rows], list[RegisterMessage])

    def _tell(self, row: RegisterMessage) -> bool:
        """Tell one and mark it; say whether it is known to have been taken."""
        if self.registers.tell(row.player, (self._message(row),)):
            return False
        wanted = Wanted({row.player})
        wanted.add(RegisterMessage, row.player, row.message_no)
        try:
            with self.backend.transaction() as transaction:
                transaction.load(wanted, 0)
                transaction.write([msgspec.structs.replace(row, state="told")])
        except RetryableError:
            return False  # told again later, under the same id
        return True

    def _message(self, row: RegisterMessage) -> DueMessage:
        pack = self.packs.get(row.jurisdiction)
        register = None if pack is None else pack.registers.get(row.register)
        return DueMessage(
            row.register, cast("MessageKind", row.kind),
            WITHIN_S if register is None else within_s(register), row.payment_id, row.amount,
            row.currency, row.period, f"message-{row.message_no}",
        )  # fmt: skip
