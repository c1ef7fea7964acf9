"""Messages, promotions and games as they are offered. Way: CRM, back office -> here -> checks."""

from __future__ import annotations

from core.compliance.request import Request


class Marketing(Request, frozen=True, kw_only=True, tag="marketing"):
    """A message is about to leave for a player.

    `channel` is one of the contract's (`core.events.families.crm`). `is_inducement` says that it
    offers something for playing. `targeted_by` names what its recipients were picked by: features,
    models, segments.
    """

    campaign_id: str
    channel: str
    product: str = "casino"
    is_direct: bool = True
    is_vip: bool = False
    is_inducement: bool = False
    targeted_by: tuple[str, ...] = ()


class PromotionPublished(Request, frozen=True, kw_only=True, tag="promotion_published"):
    """A promotion is about to be published: the terms the packs have words for.

    `wagering_multiple_e2` is a hundred times the multiple (1005 is 10.05 x). Amounts are ledger
    units of the pack's currency, null where the promotion has none. `wager_asked` is what must be
    staked of `amount_offered` before it is the player's: exact where the multiple is rounded.
    `demands` are what it asks for or does besides, such as minimum_stake or during_play.
    """

    promotion_id: str
    wagering_multiple_e2: int | None = None
    products: tuple[str, ...] = ("casino",)
    deposit_asked: int | None = None
    amount_offered: int | None = None
    days_to_complete: int | None = None
    recipients: int | None = None
    demands: tuple[str, ...] = ()
    wager_asked: int | None = None


class GamePublished(Request, frozen=True, kw_only=True, tag="game_published"):
    """A game is about to be offered; `traits` are what its certificate says it does."""

    game_id: str
    game_type: str
    traits: tuple[str, ...] = ()


class LimitToolPublished(Request, frozen=True, kw_only=True, tag="limit_tool_published"):
    """How the operator's limit tool names and measures a limit."""

    name: str
    is_net: bool
    prominence: str = "equal"
