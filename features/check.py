"""Whether views hold together and read only what they may. Way: views -> here -> frame, command.

Two kinds of refusal. A *leak* raises `LeakError` wherever a view is compiled: a view reads facts of
the event contract and nothing else, so ground truth, labels and the house's own decisions (family
`decision`) are out of reach. A *flaw* of a declaration is listed, so all can be mended at once.
"""

from __future__ import annotations

import re
import typing
from collections.abc import Iterator

from core.errors import LeakError
from core.events.registry import facts
from features.columns import PSEUDO, column_types, columns_of
from features.measures import Derived, Measure, Trend, Where, Window
from features.spec import FeatureView, SessionView, SharedIdentityView, View, names_of

_Windowed = FeatureView | SessionView
_LABEL = re.compile(r"(^|_)(truth|label|target|outcome|score|is_fraud|churned|harmed|ltv)(_|$)")
_INTEGER_OPS = ("sum", "sum_sq", "max", "min", "first", "last")
_PYTHON = {"VARCHAR": str, "BIGINT": int, "BOOLEAN": bool}


def refuse_leaks(view: View) -> None:
    """Refuse a view that reads anything but facts of the contract.

    Raises:
        LeakError: naming the source or column and what is wrong with it.
    """
    for source in view.sources:
        if source not in facts():
            raise LeakError(
                f"view {view.name} reads {source!r}, which is not a fact of the event contract",
                expected="one of core.events.registry.facts()",
                hint="ground truth and labels are never features; land what happened as events",
            )
        if facts()[source].family == "decision":
            raise LeakError(
                f"view {view.name} reads {source}, a decision of the house itself",
                expected="what the player did, not what we concluded",
                hint="scores, alerts and case outcomes are labels",
            )
    for column in sorted(columns_read(view)):
        _refuse_column(view, column)


def _refuse_column(view: View, column: str) -> None:
    known = set(PSEUDO).union(*(columns_of(source) for source in view.sources))
    if column not in known or _LABEL.search(column):
        raise LeakError(
            f"view {view.name} reads the column {column!r}",
            expected=f"a column of {', '.join(view.sources)} that is no label",
            hint="only the fields declared in core/events/families can be read",
        )


def columns_read(view: View) -> set[str]:
    """Return every column a view reads of its facts."""
    if isinstance(view, SharedIdentityView):
        return {column for _, column in view.links}
    named = {measure.column for measure in _measures(view) if measure.column}
    return named | {where.column for where in _wheres(view)}


def flaws(view: View) -> list[str]:
    """Return what is wrong with a declaration, in words; empty if it is sound."""
    found = [f"{view.name}: {text}" for text in _told(view)]
    if isinstance(view, FeatureView):
        found += [f"{view.name}: {text}" for text in _flaws_of_parts(view)]
    if isinstance(view, SessionView):
        found += [f"{view.name}: {text}" for text in _flaws_of_sessions(view)]
    return found


def misfit(view: SessionView, window: Window) -> str:
    """Say why the sessions of a view cannot be told in a window; empty if they can."""
    if window.length_s is None:
        return (
            f"window {window.name} has no end; every session there ever was would have to be "
            "kept - give it a window that ends"
        )
    if view.gap_s <= 0 or window.hop_s % view.gap_s:
        return (
            f"gap {view.gap_s} s does not divide the hop of window {window.name} ({window.hop_s} s)"
        )
    return ""


def _told(view: View) -> Iterator[str]:
    if not view.owner or not view.why:
        yield "owner and why must be said"
    names = names_of(view)
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield f"the name {name} is made twice; give one of them a label"


def _flaws_of_parts(view: FeatureView) -> Iterator[str]:
    types = column_types(view)
    for window in sorted({w for f in view.features for w in f.windows}, key=lambda w: w.name):
        yield from _flaws_of_window(window)
    for measure in _measures(view):
        yield from _flaws_of_measure(measure, types)
    for where in _wheres(view):
        yield from _flaws_of_where(where, types, view)
    for derived in view.derived:
        if isinstance(derived, Trend):
            yield from _flaws_of_trend(derived)


def _flaws_of_sessions(view: SessionView) -> Iterator[str]:
    types = column_types(view)
    for window in view.windows:
        yield from _flaws_of_window(window)
        if unfit := misfit(view, window):
            yield unfit
    for where in view.where:
        yield from _flaws_of_where(where, types, view)


def _flaws_of_window(window: Window) -> Iterator[str]:
    if window.length_s is not None and window.length_s % window.hop_s:
        yield f"hop {window.hop_s} s does not divide window {window.name} ({window.length_s} s)"


def _flaws_of_measure(measure: Measure, types: dict[str, str]) -> Iterator[str]:
    kind = types.get(measure.column)
    if measure.op in _INTEGER_OPS and kind != "BIGINT":
        yield (
            f"{measure.op} of {measure.column or 'no column'} ({kind}) - only integers add up the "
            "same in any order; keep amounts in minor units"
        )
    if measure.op == "distinct" and kind not in ("VARCHAR", "BIGINT"):
        yield f"distinct of {measure.column} ({kind}) - expected text or integers"


def _flaws_of_where(where: Where, types: dict[str, str], view: _Windowed) -> Iterator[str]:
    kind = _PYTHON.get(types[where.column])
    strange = [value for value in where.values if type(value) is not kind]
    if strange:
        yield f"condition on {where.column} ({types[where.column]}) compares it to {strange}"
    allowed = _enum(view, where.column)
    unknown = [value for value in where.values if allowed and value not in allowed]
    if unknown:
        yield f"{where.column} never is {unknown} - expected some of {sorted(allowed)}"


def _flaws_of_trend(trend: Trend) -> Iterator[str]:
    short, long = trend.short.length_s, trend.long.length_s
    if short is None or long is None or short >= long:
        yield f"trend {trend.label} needs a short and a longer window, not the whole life"


def _enum(view: _Windowed, column: str) -> set[str]:
    """Closed set of values of a column over all sources; empty if any of them is open."""
    if column == "fact":
        return set(view.sources)
    found: set[str] = set()
    for source in view.sources:
        hint = typing.get_type_hints(facts()[source]).get(column)
        if hint is not None:
            values = set(typing.get_args(hint)) if _is_literal(hint) else set()
            if not values:
                return set()
            found |= values
    return found


def _is_literal(hint: object) -> bool:
    return typing.get_origin(hint) is typing.Literal


def _measures(view: _Windowed) -> Iterator[Measure]:
    for feature in view.features if isinstance(view, FeatureView) else ():
        what = feature.what
        yield from what.operands if isinstance(what, Derived) else (what,)


def _wheres(view: _Windowed) -> list[Where]:
    return [*view.where, *(where for measure in _measures(view) for where in measure.where)]
