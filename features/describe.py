"""Features in plain words. Way: views -> here -> reasons of a score, catalogue, console."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

from core.currency import exponent
from core.errors import DeclarationError
from features.measures import LIFE, Measure, Trend, Unit, Window
from features.registry import all_views
from features.spec import Category, Feature, FeatureView, Indicator, SharedIdentityView, View

_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400
_AT_ONE_FACT = ("first", "last", "since_first", "since_last")


@dataclass(frozen=True, slots=True)
class FeatureMeta:
    """What a feature means; `indicator` is one of the seven of UKGC SR 3.4.3."""

    name: str
    view: str
    category: Category
    indicator: Indicator
    phrase: str
    unit: Unit


def describe(name: str) -> FeatureMeta:
    """Return the meaning of a feature by name.

    >>> describe("deposit_minor_sum_7d").phrase
    'Deposits in the last 7 days'

    Raises:
        DeclarationError: no view has such a feature.
    """
    known = catalogue()
    if name not in known:
        raise DeclarationError(
            f"no feature is named {name}", hint="see `evenhand features list` for all names"
        )
    return known[name]


@cache
def catalogue() -> dict[str, FeatureMeta]:
    """Return the meaning of every feature, in the order of the views."""
    return {meta.name: meta for view in all_views() for meta in describe_view(view)}


def describe_view(view: View) -> list[FeatureMeta]:
    """Return the meaning of a view's features, in its order."""
    place = (view.name, view.category, view.indicator)
    if isinstance(view, SharedIdentityView):
        own, other = view.names
        most = f"Most other players on one of the player's {view.subject}"
        return [
            FeatureMeta(own, *place, f"Different {view.subject} since registration", "count"),
            FeatureMeta(other, *place, most, "count"),
        ]
    return [FeatureMeta(f.name, *place, _phrase(view, f), f.unit) for f in view.features]


def sentence(meta: FeatureMeta, value: float | None, currency: str = "EUR") -> str:
    """Say a feature's value in plain words; null and NaN are `nothing seen`.

    >>> sentence(describe("deposit_minor_sum_7d"), 124000)
    'Deposits in the last 7 days: 1,240.00 EUR'
    """
    return f"{meta.phrase}: {spoken(value, meta.unit, currency)}"


def spoken(value: float | None, unit: Unit, currency: str = "EUR") -> str:
    """Write a value with its unit.

    >>> spoken(5400, "s"), spoken(0.375, "share"), spoken(None, "count")
    ('1 h 30 min', '37.5 %', 'nothing seen')
    """
    if value is None or math.isnan(value):
        return "nothing seen"
    if unit == "money":
        digits = exponent(currency)
        return f"{value / 10**digits:,.{digits}f} {currency}"
    if unit == "s":
        return _duration(value)
    if unit == "share":
        return f"{value * 100:,.1f} %"
    whole = f"{value:,.0f}" if value == int(value) else f"{value:,.2f}"
    return whole + {"ratio": " times", "per_day": " a day"}.get(unit, "")


def _duration(seconds: float) -> str:
    whole = int(seconds)
    parts = [
        (whole // _DAY, "d"),
        (whole % _DAY // _HOUR, "h"),
        (whole % _HOUR // _MINUTE, "min"),
        (whole % _MINUTE, "s"),
    ]
    shown = [f"{count} {word}" for count, word in parts if count]
    return " ".join(shown[:2]) or "0 s"


def _phrase(view: FeatureView, feature: Feature) -> str:
    what = feature.what
    words = what.phrase or _default_phrase(view, what)
    if feature.bucket and isinstance(what, Measure):
        column = what.where[-1].column.replace("_", " ")
        words += f" ({column}: {feature.bucket.replace('_', ' ')})"
    if isinstance(what, Trend):
        short, long = feature.windows
        return f"{words} ({_bare(short)} against {_bare(long)})"
    at_one_fact = isinstance(what, Measure) and what.op in _AT_ONE_FACT
    window = feature.windows[0]
    return words if at_one_fact and window is LIFE else f"{words} {window.phrase}"


def _bare(window: Window) -> str:
    return window.phrase.removeprefix("in the ")


def _default_phrase(view: FeatureView, what: object) -> str:
    op = what.op if isinstance(what, Measure) else ""
    one = view.noun.replace("_", " ")
    words = {
        "count": f"Number of {view.subject}",
        "sum": view.subject.capitalize(),
        "max": f"Largest {one}",
        "min": f"Smallest {one}",
        "first": f"First {one}",
        "last": f"Last {one}",
        "since_first": f"Time since the first {one}",
        "since_last": f"Time since the last {one}",
    }
    if isinstance(what, Measure) and what.op == "distinct":
        column = what.column.removesuffix("_id").replace("_", " ")
        return f"Different values of {column} among {view.subject}"
    return words.get(op, view.subject.capitalize())
