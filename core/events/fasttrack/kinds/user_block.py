"""USER_BLOCK_V2: an account's blocks changed. Way: Fast Track <-> here <-> block facts.

The message does not say which block, nor whether it came or went; the operator API's user blocks
(`Excluded`, `Blocked`) do, given beside it. Without them the account counts as blocked: a block
taken for granted wrongly costs a message, the other mistake harms a player. An exclusion is never
ended by a message: that takes the player's own confirmed return.
Out: only that something changed; reasons of a block stay in the house.
"""

from __future__ import annotations

from typing import Any

from core.errors import EventError
from core.events.fact import Fact
from core.events.families.player import (
    PlayerBlocked,
    PlayerExclusionEnded,
    PlayerSelfExcluded,
    PlayerTimedOut,
    PlayerUnblocked,
)
from core.events.fasttrack.fields import Fields
from core.events.fasttrack.kind import Export, MessageKind


def read(fields: Fields) -> Fact:
    """Read a change of blocks; of two active ones the exclusion counts."""
    if not fields.details:
        return PlayerBlocked(reason="operator")
    active = _active(fields)
    if "Excluded" in active:
        return PlayerSelfExcluded(scope="operator")
    if "Blocked" in active:
        return PlayerBlocked(reason="operator")
    return PlayerUnblocked(reason="operator")


def identity(fields: Fields, fact: Fact) -> tuple[str, ...]:
    """A player's blocks change once in an instant."""
    return type(fact).__name__, fields.text("user_id"), fields.at().isoformat()


def write(_: Export) -> dict[str, Any]:
    """Write that the blocks changed."""
    return {}


def _active(fields: Fields) -> set[str]:
    blocks = fields.details.get("blocks")
    if not isinstance(blocks, list) or not all(isinstance(block, dict) for block in blocks):
        raise EventError(f"blocks are {blocks!r}", expected="the operator API's list of blocks")
    read_blocks = [Fields(block, fields.base_currency) for block in blocks]
    return {block.text("type") for block in read_blocks if block.flag("active")}


USER_BLOCK = MessageKind(
    kind="USER_BLOCK_V2",
    read=read,
    identity=identity,
    writes=(
        PlayerBlocked,
        PlayerUnblocked,
        PlayerSelfExcluded,
        PlayerTimedOut,
        PlayerExclusionEnded,
    ),
    write=write,
)
