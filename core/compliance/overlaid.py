"""A pack under an operator's overlay: what he may change, and the pack that comes of it.

Way: Pack, Overlay -> here -> load -> desk. An overlay never changes a date, a mark, a law or a
check. It switches off nothing marked P. Of a rule that ships on it changes only the parameters the
pack calls adjustable, in the direction the pack gives; of our own choices (D) and of rules that
ship off it changes any.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

from core.compliance.calendar import DAY_US, term
from core.compliance.judge import bound
from core.compliance.overlay import Overlay
from core.compliance.pack import Pack, PackRule
from core.errors import DeclarationError

_FIRM = frozenset({"P"})
_AMOUNTS = frozenset({"above", "amount", "at_least", "most"})
_OPEN = frozenset({"D", "K", "proposed", "draft"})


def overlaid(pack: Pack, overlay: Overlay) -> Pack:
    """Return the pack as the operator has it; the overlay is part of its content and hash.

    Raises:
        DeclarationError: the overlay is of another pack, or changes what it may not; says all.
    """
    faults = list(faults_of(pack, overlay))
    if faults:
        raise DeclarationError(
            f"overlay {overlay.name!r} of {overlay.pack}: {'; '.join(faults)}",
            hint="docs/packs.md says what an overlay may change",
        )
    rules = tuple(_changed(rule, overlay) for rule in pack.rules)
    for rule in rules:
        if rule.check and rule.id in overlay.with_:
            bound(rule)
    kept = pack.retention + overlay.retention
    return msgspec.structs.replace(pack, rules=rules, retention=kept, overlay=overlay)


def faults_of(pack: Pack, overlay: Overlay) -> Iterator[str]:
    """Yield, in words, all that an overlay must not say of a pack."""
    if overlay.pack != pack.pack:
        yield f"it is of pack {overlay.pack}, met {pack.pack}"
        return
    if pack.overlay is not None:
        yield "the pack has an overlay already"
    known: dict[str, list[PackRule]] = {}
    for rule in pack.rules:
        known.setdefault(rule.id, []).append(rule)
    yield from _faults_of_switching(overlay, known)
    for rule_id, changes in overlay.with_.items():
        yield from _faults_of_changing(rule_id, changes, known.get(rule_id, []))
    for rule_id, window in overlay.windows.items():
        if all(window not in rule.choices for rule in known.get(rule_id, ())):
            yield f"{rule_id} leaves no such choice of a window"


def _faults_of_switching(overlay: Overlay, known: Mapping[str, list[PackRule]]) -> Iterator[str]:
    for rule_id in overlay.switched_on:
        if all(rule.ships_on for rule in known.get(rule_id, ())):
            yield f"{rule_id} is no rule that ships off"
    for rule_id, reason in overlay.switched_off.items():
        yield from _faults_of_switching_off(rule_id, reason, known.get(rule_id, []))


def _faults_of_switching_off(rule_id: str, reason: str, rows: list[PackRule]) -> Iterator[str]:
    if not rows:
        yield f"there is no rule {rule_id}"
    if not reason.strip():
        yield f"{rule_id} is switched off without a reason"
    if any(rule.mark in _FIRM for rule in rows):
        yield f"{rule_id} is marked P and cannot be switched off"


def _faults_of_changing(
    rule_id: str, changes: Mapping[str, Any], rows: list[PackRule]
) -> Iterator[str]:
    if not rows:
        yield f"there is no rule {rule_id}"
    for rule in rows:
        yield from _faults_of_changes(rule, changes)


def _faults_of_changes(rule: PackRule, changes: Mapping[str, Any]) -> Iterator[str]:
    if not rule.check:
        yield f"{rule.id} has no check whose parameters could change"
    for name, value in changes.items():
        way = rule.adjustable.get(name, "free" if rule.mark in _OPEN else "")
        if not way:
            yield f"{rule.id} has no adjustable parameter {name}"
        elif way != "free" and not is_beyond(rule.with_.get(name), value, way):
            yield f"{rule.id}: {name} may only be made {way} than {rule.with_.get(name)}"


def is_beyond(old: Any, new: Any, way: str) -> bool:
    """Say whether a value lies on the given side of another, or is the same.

    Amounts and counts by size, terms by length (a month as 30 days), lists of words by what they
    hold, bands one by one by their amounts and nothing else, yes above no. What cannot be compared
    lies on no side.

    >>> is_beyond("100.00", "99.99", "lower"), is_beyond("PT24H", "P2D", "higher")
    (True, True)
    >>> is_beyond(["SMS"], ["SMS", "push"], "lower"), is_beyond("10", None, "lower")
    (False, False)
    >>> is_beyond([{"below": 25, "most": "2"}], [{"below": 21, "most": "2"}], "lower")
    False
    """
    if isinstance(old, dict) and isinstance(new, dict):
        is_band = bool(_AMOUNTS & old.keys())
        return old.keys() == new.keys() and all(
            old[key] == new[key] or (
                (not is_band or key in _AMOUNTS) and is_beyond(old[key], new[key], way)
            )
            for key in old
        )  # fmt: skip
    if isinstance(old, list) and isinstance(new, list):
        return _is_list_beyond(old, new, way)
    first, second = _size(old), _size(new)
    if first is None or second is None or first[0] != second[0]:
        return False
    return second[1] <= first[1] if way == "lower" else second[1] >= first[1]


def _is_list_beyond(old: list[Any], new: list[Any], way: str) -> bool:
    if any(isinstance(one, dict) for one in (*old, *new)):
        pairs = zip(old, new, strict=False)
        return len(old) == len(new) and all(is_beyond(one, two, way) for one, two in pairs)
    small, large = (new, old) if way == "lower" else (old, new)
    return all(one in large for one in small)


def _size(value: Any) -> tuple[str, Decimal] | None:
    if isinstance(value, bool):
        return "yes or no", Decimal(value)
    if not isinstance(value, int | str):
        return None
    try:
        found = Decimal(value)
    except InvalidOperation:
        return _length(str(value))
    return ("number", found) if found.is_finite() else None


def _length(text: str) -> tuple[str, Decimal] | None:
    try:
        length = term(text)
    except DeclarationError:
        return None
    days = 30 * length.months + length.days + length.business_days
    return "term", Decimal(days * DAY_US + length.exact_us)


def _changed(rule: PackRule, overlay: Overlay) -> PackRule:
    changes, window = overlay.with_.get(rule.id), overlay.windows.get(rule.id)
    if changes:
        rule = msgspec.structs.replace(rule, with_={**rule.with_, **changes})
    if window is not None and window in rule.choices:
        measure = msgspec.structs.replace(rule.measure, window=window)
        rule = msgspec.structs.replace(rule, measure=measure)
    return rule
