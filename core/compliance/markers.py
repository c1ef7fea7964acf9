"""What a pack answers to a marker of harm. Way: MarkerMet, pack.interventions -> here -> checks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from core.compliance.check import Case
from core.compliance.measure import exceeds
from core.compliance.pack import PackRule
from core.compliance.parts import Intervention, Predicate
from core.compliance.requests.protection import MarkerMet

LEVELS = ("inform", "contact", "restrict")
BY_PEOPLE = frozenset({"staff_task", "call", "review"})


@dataclass(frozen=True, slots=True)
class Answer:
    """The level and steps that are due, and by when; null without a deadline."""

    level: str
    steps: tuple[str, ...]
    due_us: int | None

    @property
    def needs_person(self) -> bool:
        """Whether somebody must act, rather than the platform by itself."""
        return bool(BY_PEOPLE.intersection(self.steps))


def answer_of(case: Case, rule: PackRule, met: MarkerMet) -> Answer | None:
    """Return what a rule answers to a marker, null if nothing.

    Of the interventions that match, the highest level is carried out, by the earliest deadline of
    all of them; people have until `review_within` where that is given. The rule's own deadline
    binds as well, and alone where nothing in the pack matches.
    """
    found = [
        one for one in case.pack.interventions if one.rule == rule.id and is_met(one.when, met)
    ]
    terms = [one.review_within or one.deadline for one in found]
    if rule.action.deadline:
        terms.append(rule.action.deadline)
    due_us = min((case.later(term, met.at_us) for term in terms if term), default=None)
    if not found:
        return Answer("contact", ("staff_task",), due_us) if rule.action.deadline else None
    highest = max(found, key=lambda one: LEVELS.index(one.level))
    return Answer(highest.level, tuple(_steps(found, highest)), due_us)


def is_met(when: Predicate, met: MarkerMet) -> bool:
    """Say whether a marker meets a predicate; a figure nobody can read counts as met.

    >>> long_day = Predicate(marker="session_length", value="minutes", comparator=">", than="360")
    >>> hour = MarkerMet(at_us=0, marker="session_length", values={"minutes": 60})
    >>> is_met(long_day, hour), is_met(Predicate(marker="*", is_strong=True), hour)
    (False, False)
    """
    if when.marker not in ("*", met.marker) or (when.is_strong and not met.is_strong):
        return False
    if not when.value:
        return True
    figure, bound = _number(met.values.get(when.value)), _number(when.than)
    if figure is None or bound is None:
        return True
    return exceeds(_whole(figure, bound), _whole(bound, figure), when.comparator)


def _steps(found: list[Intervention], highest: Intervention) -> Iterator[str]:
    """Yield the steps of all interventions of the highest level, each once."""
    steps = (step for one in found if one.level == highest.level for step in one.steps)
    yield from dict.fromkeys(steps)


def _number(said: Any) -> Fraction | None:
    try:
        return Fraction(str(said))
    except (ValueError, ZeroDivisionError):
        return None


def _whole(one: Fraction, other: Fraction) -> int:
    """Return a number on the scale of both denominators, so that whole numbers compare."""
    return one.numerator * other.denominator
