"""The account: who the player is, logins, visits. Way: account system -> here -> checks, folds."""

from __future__ import annotations

from typing import ClassVar

from core.compliance.request import Request


class Registration(Request, frozen=True, kw_only=True, tag="registration"):
    """Somebody wants an account. `born_on` is ISO 8601, null when not yet known."""

    born_on: str | None = None
    currency: str = ""
    is_returning: bool = False


class Verified(Request, frozen=True, kw_only=True, tag="verified"):
    """Identity was confirmed. `name_key` is the hash of the normalised name, never the name."""

    is_wish: ClassVar[bool] = False
    born_on: str | None = None
    name_key: str | None = None
    level: str = "full"


class Login(Request, frozen=True, kw_only=True, tag="login"):
    """A player with the right secret wants in."""

    session_id: str = ""
    device_id: str | None = None
    is_strong: bool = False


class LoginFailed(Request, frozen=True, kw_only=True, tag="login_failed"):
    """A secret was wrong."""

    is_wish: ClassVar[bool] = False
    device_id: str | None = None


class Logout(Request, frozen=True, kw_only=True, tag="logout"):
    """The visit is over; `cause` says who ended it."""

    is_wish: ClassVar[bool] = False
    session_id: str = ""
    cause: str = "player"
    balance: int | None = None


class PlayAsked(Request, frozen=True, kw_only=True, tag="play_asked"):
    """A player wants to begin a game (before any stake), with limits of this visit if he sets any.

    `session_s` and `session_spend` are the time and money he gives himself, null when not asked.
    """

    game_type: str = "other"
    game_id: str = ""
    session_s: int | None = None
    session_spend: int | None = None


class RealityCheckAsked(Request, frozen=True, kw_only=True, tag="reality_check_asked"):
    """A player chooses how often he is told how long he has played; `every_s` null switches off."""

    every_s: int | None = None


class MessageAcknowledged(Request, frozen=True, kw_only=True, tag="message_acknowledged"):
    """A player has answered a message shown during play: `rule` is whose, `choice` what he chose.

    `choice` is continue, stop or history.
    """

    is_wish: ClassVar[bool] = False
    rule: str
    choice: str = "continue"


class LimitsDeclined(Request, frozen=True, kw_only=True, tag="limits_declined"):
    """A player was asked for a limit and said in so many words that he wants none."""

    is_wish: ClassVar[bool] = False


class Activity(Request, frozen=True, kw_only=True, tag="activity"):
    """The clock moved on for a player who is logged in; `is_active` if he did something."""

    is_wish: ClassVar[bool] = False
    is_active: bool = False


class DayPassed(Request, frozen=True, kw_only=True, tag="day_passed"):
    """The daily look at an account: dormancy, reminders, checks that are due."""

    is_wish: ClassVar[bool] = False


class ConsentsGiven(Request, frozen=True, kw_only=True, tag="consents_given"):
    """The marketing consents as they stand now, each `<product>:<channel>`."""

    is_wish: ClassVar[bool] = False
    consents: tuple[str, ...] = ()
    version: str = ""
