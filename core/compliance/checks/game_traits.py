"""A game that does what is forbidden, or lacks what it must do, is not offered.

Way: back office -> judge -> here.
"""

from __future__ import annotations

from collections.abc import Iterable

from core.compliance.check import Case, Check, Parameters, refusal
from core.compliance.finding import Finding
from core.compliance.pack import PackRule
from core.compliance.requests.offers import GamePublished


class GameTraits(Parameters, frozen=True, kw_only=True):
    """Traits, as a game's certificate names them, it must not and must have; `game_types` () all.

    `other` is the type of a game of which none was told: name it where it must not slip through.
    """

    game_types: tuple[str, ...] = ()
    forbidden: tuple[str, ...] = ()
    required: tuple[str, ...] = ()


def _judge(case: Case, rule: PackRule, parameters: GameTraits) -> Iterable[Finding]:
    request = case.request
    if not isinstance(request, GamePublished):
        return
    if parameters.game_types and request.game_type not in parameters.game_types:
        return
    has = sorted(set(request.traits) & set(parameters.forbidden))
    lacks = sorted(set(parameters.required) - set(request.traits))
    if has or lacks:
        yield refusal(
            rule, "GAME_REJECTED", "FORBIDDEN_TRAIT" if has else "MISSING_TRAIT",
            game_id=request.game_id, traits=", ".join(has), missing=", ".join(lacks),
        )  # fmt: skip


CHECK = Check(
    "game_traits", (GamePublished,), GameTraits, _judge,
    says="A game is rejected whose certificate names a forbidden trait or lacks a required one.",
)  # fmt: skip
