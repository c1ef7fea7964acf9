"""Hub88 Wallet API v2: the aggregator's calls to the operator. Shared parts: hub88_family.

A player is named in every request beside his session's token, and must be the session's own.
"""

from __future__ import annotations

from typing import Annotated

import msgspec

from core.wallet.adapter import Adapter, Provider
from core.wallet.hub88_family import PUBLIC_KEY, Family, FamilyWallet, family_wallet
from core.wallet.hub88_messages import Named, Playing, Staking, Undoing, Winning

User = Annotated[str, msgspec.Meta(min_length=1, max_length=255)]


class Hub88Info(Named, frozen=True, kw_only=True):
    """Who is this player?"""

    request_uuid: str
    user: User


class Hub88Balance(Playing, frozen=True, kw_only=True):
    """What has this player?"""

    request_uuid: str
    user: User


class Hub88Bet(Staking, frozen=True, kw_only=True):
    """A bet."""

    user: User
    game_code: str


class Hub88Win(Winning, frozen=True, kw_only=True):
    """A win."""

    user: User
    game_code: str


class Hub88Rollback(Undoing, frozen=True, kw_only=True):
    """A rollback."""

    user: User


_FAMILY = Family(
    signature="x-hub88-signature",
    calls={
        "user/info": ("info", Hub88Info),
        "user/balance": ("balance", Hub88Balance),
        "transaction/bet": ("bet", Hub88Bet),
        "transaction/win": ("win", Hub88Win),
        "transaction/rollback": ("rollback", Hub88Rollback),
    },
    transient="RS_ERROR_UNKNOWN",
    limit="RS_ERROR_LIMIT_REACHED",
)


def _made(provider: Provider) -> FamilyWallet:
    return family_wallet(provider, _FAMILY)


HUB88 = Adapter(name="hub88", secrets=(PUBLIC_KEY,), made=_made)
