"""Who may run, and for which day. Way: command line -> here -> records, landed facts."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.engine import Connection

from core.compliance.pack import Pack
from core.kyc.telling import By
from core.retention.chain import last_us
from core.retention.errors import RetentionError


@dataclass(frozen=True, slots=True)
class Order:
    """An order to end what is due at `at_us` (UTC): by whom, and who agreed.

    Raises:
        RetentionError: nobody agreed, or the same person, or the day is not over.
    """

    pack: Pack
    at_us: int
    by: By
    second: str

    def __post_init__(self) -> None:
        one, two = self.by.staff_id.strip().casefold(), self.second.strip().casefold()
        if not two or one == two:
            raise RetentionError(
                "an end nobody else agreed to", expected="a second person's name", hint="--second"
            )
        if self.at_us > self.by.at_us:
            raise RetentionError("a day to come", expected="today or a day before")


def check_clock(connection: Connection, order: Order) -> None:
    """Refuse a clock that went back: what it says is due may not be.

    Raises:
        RetentionError: the chain has an entry of a later instant.
    """
    if order.by.at_us < last_us(connection, order.pack.pack):
        raise RetentionError(
            "the clock went back: the chain has a later entry", hint="set the machine's clock"
        )
