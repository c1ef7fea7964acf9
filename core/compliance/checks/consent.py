"""A message needs the player's consent for its product and its channel. Way: judge -> here."""

from __future__ import annotations

from collections.abc import Iterable

from core.compliance.check import Case, Check, Parameters
from core.compliance.finding import Finding
from core.compliance.offering import kept_back
from core.compliance.pack import PackRule
from core.compliance.requests.offers import Marketing


class Consent(Parameters, frozen=True, kw_only=True):
    """The channels that need consent; others pass. `inducements_only` lets mere news pass, too."""

    channels: tuple[str, ...]
    inducements_only: bool = False


def _judge(case: Case, rule: PackRule, parameters: Consent) -> Iterable[Finding]:
    request = case.request
    if not isinstance(request, Marketing) or request.channel not in parameters.channels:
        return
    if parameters.inducements_only and not request.is_inducement:
        return
    given = case.standing.consents
    if f"{request.product}:{request.channel}" in given:
        return
    has_product = any(consent.startswith(f"{request.product}:") for consent in given)
    yield kept_back(
        case, rule, "channel" if has_product else "product", product=request.product,
        consent_version=case.standing.consents_version,
    )  # fmt: skip


CHECK = Check(
    "consent", (Marketing,), Consent, _judge,
    says="A message leaves only with the player's consent, as it stands then, for its product and "
    "channel.",
)  # fmt: skip
