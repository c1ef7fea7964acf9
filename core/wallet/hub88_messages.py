"""What providers of Hub88's family ask. Way: core/providers/{hub88,caleta} -> here -> hub88_family.

Every shape ignores fields it does not know; a provider narrows one where it asks for more.
"""

from __future__ import annotations

from typing import Annotated

import msgspec

from core.money import INT64_MAX
from core.typed_json import reader_of

Id = Annotated[str, msgspec.Meta(min_length=1, max_length=255)]
Amount = Annotated[int, msgspec.Meta(ge=0, le=INT64_MAX)]
"""Whole currency x 100,000."""


class Named(msgspec.Struct, frozen=True, kw_only=True):
    """Any request; `request_uuid` names it and is echoed."""

    request_uuid: str = ""
    user: str | None = None


class Playing(Named, frozen=True, kw_only=True):
    """A request of a session."""

    token: str
    game_code: str = ""


class Moving(Playing, frozen=True, kw_only=True):
    """A transaction."""

    request_uuid: str
    transaction_uuid: Id
    round: str
    round_closed: bool = False


class Staking(Moving, frozen=True, kw_only=True):
    """A bet; `is_free` ones are paid by whoever gave the reward."""

    currency: str
    amount: Amount
    is_free: bool = False
    reward_uuid: str | None = None
    campaign_uuid: str | None = None


class Winning(Staking, frozen=True, kw_only=True):
    """A win of a bet; `jackpot_win` says how much of it a jackpot gave."""

    reference_transaction_uuid: Id
    jackpot_win: Amount | None = None


class Undoing(Moving, frozen=True, kw_only=True):
    """A rollback of a transaction."""

    reference_transaction_uuid: Id


class _Uuid(msgspec.Struct):
    request_uuid: str = ""


def echoed(body: bytes) -> str:
    """Return a request's uuid, "" if it cannot be read."""
    try:
        return reader_of(_Uuid).decode(body).request_uuid
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return ""


def is_json(body: bytes) -> bool:
    """Say whether anything can be read from the bytes."""
    try:
        msgspec.json.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return False
    return True
