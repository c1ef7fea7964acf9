"""A promotion whose terms the law forbids is not published. Way: judge -> here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import Any

from core.compliance.check import Case, Check, Parameters
from core.compliance.finding import Effect, Finding
from core.compliance.measure import Comparator
from core.compliance.pack import PackRule
from core.compliance.requests.offers import PromotionPublished

Fault = tuple[str, dict[str, Any]]


class PromotionTerms(Parameters, frozen=True, kw_only=True):
    """The bounds of a promotion, null for none; amounts are of the pack's currency.

    `multiple_most` is of the bonus that must be wagered (decimal text), compared as the rule's
    measure says. `demands` are what a promotion must not ask for or do.
    """

    multiple_most: str | None = None
    products_most: int | None = None
    deposit_most: str | None = None
    amount_most: str | None = None
    days_least: int | None = None
    recipients_least: int | None = None
    demands: tuple[str, ...] = ()


def _judge(case: Case, rule: PackRule, parameters: PromotionTerms) -> Iterable[Finding]:
    request = case.request
    if not isinstance(request, PromotionPublished):
        return
    for reason, said in _faults(case, request, parameters, rule.measure.comparator):
        inputs = {"promotion_id": request.promotion_id, "reason": reason, **said}
        yield Finding(rule.id, Effect.REFUSE, "PROMO_REJECTED", reason.upper(), inputs)


def _faults(
    case: Case, asked: PromotionPublished, parameters: PromotionTerms, comparator: Comparator
) -> Iterator[Fault]:  # fmt: skip
    yield from _multiple(asked, parameters.multiple_most, comparator)
    products = sorted(set(asked.products))
    if parameters.products_most is not None and len(products) > parameters.products_most:
        yield "mixed_product", {"products": ", ".join(products)}
    yield from _amount(case, "deposit_asked", asked.deposit_asked, parameters.deposit_most)
    yield from _amount(case, "amount_offered", asked.amount_offered, parameters.amount_most)
    yield from _fewer("days_to_complete", asked.days_to_complete, parameters.days_least)
    yield from _fewer("recipients", asked.recipients, parameters.recipients_least)
    for demand in asked.demands:
        if demand in parameters.demands:
            yield "demand", {"demand": demand}


def _multiple(
    asked: PromotionPublished, most: str | None, comparator: Comparator
) -> Iterator[Fault]:
    """Compare exactly: by amounts where they are given, for 201 of 20 is more than ten times."""
    multiple = multiple_of(asked)
    if most is None or multiple is None:
        return
    bound = Fraction(most)
    if multiple > bound or (multiple == bound and comparator == ">="):
        yield "multiple", {"multiple": multiple_text(multiple), "most": most}


def multiple_of(asked: PromotionPublished) -> Fraction | None:
    """Return how many times the bonus must be staked, the highest of what is said; null if none."""
    said: list[Fraction] = []
    if asked.wagering_multiple_e2 is not None:
        said.append(Fraction(asked.wagering_multiple_e2, 100))
    if asked.wager_asked and asked.amount_offered:
        said.append(Fraction(asked.wager_asked, asked.amount_offered))
    return max(said, default=None)


def multiple_text(multiple: Fraction) -> str:
    """Write a multiple with two decimals, rounded up: what is above a bound is shown above it.

    >>> multiple_text(Fraction(201, 20)), multiple_text(Fraction(100_001, 10_000))
    ('10.05', '10.01')
    """
    hundredths = -(-multiple.numerator * 100 // multiple.denominator)
    return f"{hundredths // 100}.{hundredths % 100:02d}"


def _amount(case: Case, name: str, amount: int | None, most: str | None) -> Iterator[Fault]:
    if amount is not None and most is not None and amount > case.units(most):
        yield name, {name: case.text(amount), "most": most}


def _fewer(name: str, count: int | None, least: int | None) -> Iterator[Fault]:
    if count is not None and least is not None and count < least:
        yield name, {name: count, "least": least}


CHECK = Check(
    "promotion_terms", (PromotionPublished,), PromotionTerms, _judge,
    says="A promotion is rejected that must be wagered too often, mixes products, asks or gives "
    "too much, leaves too little time, is for too few, or demands what it must not.",
)  # fmt: skip
