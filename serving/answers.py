"""What a caller is told: the only place where scores become an answer. Way: gate -> here -> HTTP.

Flat JSON with stable keys, so that a template engine needs no nesting. The CRM's answer for a
protected player is one fixed shape: it does not depend on the reason, the models or the wish.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from core.currency import exponent
from core.decisions import Decision
from serving.auth import Scope
from serving.ports import Reason
from serving.products import may_see
from serving.score import ModelScore, PlayerScores

SUPPRESSED = "suppressed"
ALLOWED = "allowed"
Json = dict[str, object]


@dataclass(frozen=True, slots=True)
class Audience:
    """Who asks, and in which manner he is to be answered."""

    scope: Scope
    models: frozenset[str]
    currency: str
    explain: bool = False
    is_stale: bool = False


def answer(scores: PlayerScores, decision: Decision, audience: Audience) -> Json:
    """Return the answer on one player."""
    if decision.is_suppressed and audience.scope is Scope.CRM:
        return {"player_id": scores.player_id, "suppressed": True, "code": SUPPRESSED}
    told: Json = {
        "player_id": scores.player_id,
        "suppressed": decision.is_suppressed,
        "code": SUPPRESSED if decision.is_suppressed else ALLOWED,
        "stale": audience.is_stale,
        "features_as_of": _instant(scores.features_as_of),
        "facts_known_until": _instant(scores.newest_as_of),
    }
    if audience.scope is Scope.RISK:
        told["rules"] = [finding.rule for finding in decision.findings]
        told["findings"] = [finding.detail for finding in decision.findings]
    told["models_missing"] = _missing(scores, decision, audience)
    for score in _visible(scores, decision, audience):
        told |= _score(score, audience)
    return told


def _instant(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%S.%fZ}"


def _visible(scores: PlayerScores, decision: Decision, audience: Audience) -> Iterable[ModelScore]:
    for name, score in sorted(scores.scores.items()):
        if name in audience.models and may_see(
            audience.scope, name, is_suppressed=decision.is_suppressed
        ):
            yield score


def _missing(scores: PlayerScores, decision: Decision, audience: Audience) -> list[str]:
    """Return the models asked for that gave no answer, as far as the caller may see them."""
    gone = audience.models - scores.scores.keys()
    suppressed = decision.is_suppressed
    return sorted(n for n in gone if may_see(audience.scope, n, is_suppressed=suppressed))


def _score(score: ModelScore, audience: Audience) -> Json:
    name, is_money = score.model, score.kind == "money"
    told: Json = {
        f"{name}": round(score.score) if is_money else score.score,
        f"{name}_text": _text(score, audience.currency),
        f"{name}_unit": f"{audience.currency} minor" if is_money else "probability",
        f"{name}_version": score.version,
        f"{name}_features_missing": score.missing_count,
        f"{name}_fallback": score.is_fallback,
    }
    if score.bounds is not None:
        low, high = map(round, score.bounds)
        told |= {f"{name}_low": low, f"{name}_high": high}
    if audience.explain:
        told[f"{name}_reasons"] = [_reason(r) for r in _readable(score.reasons, audience.scope)]
    return told


def _text(score: ModelScore, currency: str) -> str:
    return _decimal(score.score, currency) if score.kind == "money" else f"{score.score:.4f}"


def _readable(reasons: Iterable[Reason], scope: Scope) -> list[Reason]:
    return [r for r in reasons if scope is Scope.RISK or not r.is_sensitive]


def _reason(reason: Reason) -> Json:
    return {
        "category": reason.category,
        "direction": "raises" if reason.share >= 0 else "lowers",
        "share": reason.share,
        "because": list(reason.sentences),
    }


def _decimal(minor: float, currency: str) -> str:
    """Write minor units as a decimal text, in integers only.

    >>> _decimal(-1234.4, "EUR"), _decimal(5, "EUR"), _decimal(70, "JPY")
    ('-12.34', '0.05', '70')
    """
    digits = exponent(currency)
    whole = round(minor)
    sign, text = "-" if whole < 0 else "", str(abs(whole)).rjust(digits + 1, "0")
    return f"{sign}{text[:-digits]}.{text[-digits:]}" if digits else f"{sign}{text}"
