"""Caleta's wallet API 1.5, made after Hub88's. Shared parts: hub88_family.

Requests name no player: he is the session's. `wallet/check` gives a session a new name.
Which fields are required is said by the provider's own OpenAPI description.
"""

from __future__ import annotations

from core.wallet.adapter import Adapter, Provider
from core.wallet.hub88_family import PUBLIC_KEY, Family, FamilyWallet, family_wallet
from core.wallet.hub88_messages import Playing, Staking, Undoing, Winning


class CaletaCheck(Playing, frozen=True, kw_only=True):
    """A new name for the session."""


class CaletaBalance(Playing, frozen=True, kw_only=True):
    """What has the session's player?"""

    request_uuid: str
    game_code: str
    supplier_user: str | None


class CaletaBet(Staking, frozen=True, kw_only=True):
    """A bet."""

    game_code: str
    round_closed: bool
    is_free: bool
    supplier_user: str | None


class CaletaWin(Winning, frozen=True, kw_only=True):
    """A win."""

    game_code: str
    round_closed: bool
    is_free: bool
    supplier_user: str | None


class CaletaRollback(Undoing, frozen=True, kw_only=True):
    """A rollback."""

    game_code: str
    round_closed: bool


_FAMILY = Family(
    signature="x-auth-signature",
    calls={
        "wallet/check": ("check", CaletaCheck),
        "wallet/balance": ("balance", CaletaBalance),
        "wallet/bet": ("bet", CaletaBet),
        "wallet/win": ("win", CaletaWin),
        "wallet/rollback": ("rollback", CaletaRollback),
    },
    transient="RS_ERROR_TIMEOUT",
    limit="RS_ERROR_BET_LIMIT_EXCEEDED",
)


def _made(provider: Provider) -> FamilyWallet:
    return family_wallet(provider, _FAMILY)


CALETA = Adapter(name="caleta", secrets=(PUBLIC_KEY,), made=_made)
