"""LOGIN_V2: a login. Way: Fast Track <-> here <-> PlayerLoggedIn.

In: who, when, from which address, and whether a support agent acted. Missing there: device, its
type, the player's local hour. A login has no id; player and instant are its identity.
"""

from __future__ import annotations

from typing import Any

from core.events.fact import Fact
from core.events.families.player import PlayerLoggedIn
from core.events.fasttrack.fields import Fields
from core.events.fasttrack.kind import Export, MessageKind


def read(fields: Fields) -> Fact:
    """Read a login."""
    return PlayerLoggedIn(
        ip=fields.text_or_none("ip_address"), is_impersonated=fields.flag("is_impersonated")
    )


def identity(fields: Fields, _: Fact) -> tuple[str, ...]:
    """A player logs in once in an instant."""
    return fields.text("user_id"), fields.at().isoformat()


def write(export: Export) -> dict[str, Any]:
    """Write a login."""
    login = export.event.fact
    if not isinstance(login, PlayerLoggedIn):
        raise TypeError(type(login).__name__)
    address = {"ip_address": login.ip} if login.ip else {}
    return address | {"is_impersonated": login.is_impersonated}


LOGIN = MessageKind(
    kind="LOGIN_V2",
    read=read,
    identity=identity,
    writes=(PlayerLoggedIn,),
    write=write,
)
