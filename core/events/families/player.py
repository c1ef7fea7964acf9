"""Who the player is and may do. Way: account system -> here -> RG state, features, labels."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Literal

from core.events.fact import Fact

DeviceType = Literal["desktop", "mobile", "tablet", "unknown"]
BlockReason = Literal[
    "fraud_chargeback", "fraud_multi_account", "fraud_bonus_abuse", "kyc", "aml", "operator"
]


class PlayerRegistered(Fact, frozen=True, kw_only=True):
    """An account was opened. `birth_year` only: the day of birth stays with KYC."""

    family: ClassVar[str] = "player"
    jurisdiction: str
    country: str
    currency: str
    birth_year: int | None = None
    channel: Literal["organic", "affiliate", "paid", "referral", "unknown"] = "unknown"
    affiliate_id: str | None = None
    device_id: str | None = None
    ip: str | None = None


class PlayerVerified(Fact, frozen=True, kw_only=True):
    """Identity was confirmed to a level; `method` is the check that did it."""

    family: ClassVar[str] = "player"
    level: Literal["basic", "full"]
    method: str = "unknown"


class PlayerLoggedIn(Fact, frozen=True, kw_only=True):
    """A login succeeded. `local_hour` is 0-23 on the player's own clock."""

    family: ClassVar[str] = "player"
    device_id: str | None = None
    device_type: DeviceType = "unknown"
    ip: str | None = None
    local_hour: int | None = None
    is_impersonated: bool = False


class PlayerLoginFailed(Fact, frozen=True, kw_only=True):
    """A login was refused (wrong secret, locked, unknown device)."""

    family: ClassVar[str] = "player"
    reason: str
    device_id: str | None = None
    ip: str | None = None


class PlayerConsentsChanged(Fact, frozen=True, kw_only=True):
    """The player's marketing consents, all of them as they stand after the change."""

    family: ClassVar[str] = "player"
    email: bool
    sms: bool
    telephone: bool
    post_mail: bool
    site_notification: bool
    push_notification: bool


class PlayerBlocked(Fact, frozen=True, kw_only=True):
    """The operator blocked the account; `until_at` null means until lifted."""

    family: ClassVar[str] = "player"
    reason: BlockReason
    until_at: datetime | None = None


class PlayerUnblocked(Fact, frozen=True, kw_only=True):
    """An operator block was lifted by a person."""

    family: ClassVar[str] = "player"
    reason: str


class PlayerSelfExcluded(Fact, frozen=True, kw_only=True):
    """The player excluded himself; `until_at` null means for good."""

    family: ClassVar[str] = "player"
    scope: Literal["operator", "register"]
    register: str | None = None
    until_at: datetime | None = None


class PlayerTimedOut(Fact, frozen=True, kw_only=True):
    """The player took a short break, ending at `until_at`."""

    family: ClassVar[str] = "player"
    until_at: datetime


class PlayerExclusionEnded(Fact, frozen=True, kw_only=True):
    """An exclusion ended by the player's own confirmed return; expiry alone never ends one."""

    family: ClassVar[str] = "player"
    scope: Literal["operator", "register"]


class PlayerProtected(Fact, frozen=True, kw_only=True):
    """A strong sign of harm was found: he is left alone until a person has looked and released him.

    What the sign was stays with the rules.
    """

    family: ClassVar[str] = "player"
    rule: str


class PlayerReleased(Fact, frozen=True, kw_only=True):
    """A person looked, and the player need not be left alone for a sign of harm any longer."""

    family: ClassVar[str] = "player"
    rule: str


class PlayerClosed(Fact, frozen=True, kw_only=True):
    """The account was closed at the player's wish, for a reason other than harm."""

    family: ClassVar[str] = "player"
    reason: str
