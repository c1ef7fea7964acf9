"""USER_CREATE_V2: a registration. Way: Fast Track <-> here <-> PlayerRegistered.

The message says who, when and from which address. Country, currency, birth year, market and
affiliate come from the operator API's user details, given beside it. Without them the codes for
"not known" stand in: country `ZZ`, currency `XXX`, jurisdiction `unknown`. Names, addresses and
contacts of the details are never read.
"""

from __future__ import annotations

from typing import Any

from core.currency import NO_CURRENCY
from core.errors import EventError
from core.events.fact import Fact
from core.events.families.player import PlayerRegistered
from core.events.fasttrack.fields import Fields
from core.events.fasttrack.kind import Export, MessageKind

NO_COUNTRY = "ZZ"
NOT_KNOWN = "unknown"


def read(fields: Fields) -> Fact:
    """Read a registration, with its details where they are known."""
    details = Fields(fields.details, fields.base_currency)
    affiliate = details.text_or_none("affiliate_reference")
    return PlayerRegistered(
        jurisdiction=details.text_or_none("market") or NOT_KNOWN,
        country=details.text_or_none("country") or NO_COUNTRY,
        currency=details.currency() if details.text_or_none("currency") else NO_CURRENCY,
        birth_year=_birth_year(details.text_or_none("birth_date")),
        channel="affiliate" if affiliate else "unknown",
        affiliate_id=affiliate,
        ip=fields.text_or_none("ip_address"),
    )


def identity(fields: Fields, _: Fact) -> tuple[str, ...]:
    """A player registers once."""
    return (fields.text("user_id"),)


def write(export: Export) -> dict[str, Any]:
    """Write a registration."""
    player = export.event.fact
    if not isinstance(player, PlayerRegistered):
        raise TypeError(type(player).__name__)
    return {"ip_address": player.ip} if player.ip else {}


def _birth_year(birth_date: str | None) -> int | None:
    if birth_date is None:
        return None
    year, *_ = birth_date.split("-")
    if len(year) != 4 or not year.isascii() or not year.isdigit():
        raise EventError(f"birth_date is {birth_date!r}", expected="YYYY-MM-DD")
    return int(year)


USER_CREATE = MessageKind(
    kind="USER_CREATE_V2",
    read=read,
    identity=identity,
    writes=(PlayerRegistered,),
    write=write,
)
