"""Features in plain words. Way: views -> here -> reasons of a score, catalogue, console."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cache

from core.errors import DeclarationError
from features.measures import (
    LIFE,
    Derived,
    Gap,
    Measure,
    Ratio,
    Silence,
    Std,
    Trend,
    Unit,
    Window,
    Words,
)  # fmt: skip
from features.registry import all_views
from features.spec import (
    Category,
    Feature,
    FeatureView,
    Indicator,
    SessionFeature,
    SessionView,
    SharedIdentityView,
    View,
)  # fmt: skip
from features.words import spoken

_AT_ONE_FACT = ("first", "last", "since_first", "since_last")


@dataclass(frozen=True, slots=True)
class FeatureMeta:
    """What a feature means; `indicator` is one of the seven of UKGC SR 3.4.3.

    `words` say its special values, all of them filled in.
    """

    name: str
    view: str
    category: Category
    indicator: Indicator
    phrase: str
    unit: Unit
    words: Words


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
        used = f"Different {view.subject} used since registration"
        most = f"Most other players seen on one of the player's {view.subject}"
        none = Words(missing=f"no {view.subject} known", zero="none")
        return [
            FeatureMeta(own, *place, used, "count", none),
            FeatureMeta(other, *place, most, "count", none),
        ]
    if isinstance(view, SessionView):
        return [FeatureMeta(f.name, *place, *_said_of_sessions(view, f)) for f in view.features]
    return [FeatureMeta(f.name, *place, *_said(view, f)) for f in view.features]


def sentence(meta: FeatureMeta, value: float | None, currency: str = "EUR") -> str:
    """Say a feature's value in plain words.

    >>> sentence(describe("deposit_minor_sum_7d"), 124000)
    'Deposits in the last 7 days: 1,240.00 EUR'
    >>> sentence(describe("account_channel_count_life_by_paid"), 0)
    'Did not come through paid marketing'
    >>> sentence(describe("deposit_s_since_last_life"), None)
    'Time since the last deposit: never happened'
    """
    words = meta.words
    if value is None or not math.isfinite(value):
        return f"{meta.phrase}: {words.missing}"
    if words.no:
        return meta.phrase if value else words.no
    if value == 0 and words.zero:
        return f"{meta.phrase}: {words.zero}"
    if value < 0 and words.negative:
        return f"{words.negative}: {spoken(-value, meta.unit, currency)}"
    return f"{meta.phrase}: {spoken(value, meta.unit, currency)}"


def _said(view: FeatureView, feature: Feature) -> tuple[str, Unit, Words]:
    """Return a feature's phrase, unit and words, completed from its kind."""
    what, given = feature.what, feature.what.words
    phrase = _bucketed(what.phrase or _default_phrase(view, what), feature.bucket)
    when = "" if given.no else _when(feature)
    words = replace(
        given,
        missing=given.missing or _missing(view, feature),
        zero=given.zero or _zero(feature),
        negative=given.negative and given.negative + when,
        no=given.no and _bucketed(given.no, feature.bucket),
    )
    return phrase + when, feature.unit, words


def _said_of_sessions(view: SessionView, feature: SessionFeature) -> tuple[str, Unit, Words]:
    """Return phrase, unit and words; a session of one fact has no length that could be seen."""
    phrase, words = {
        "count": (f"Number of {view.subject}", Words("not known", "none")),
        "s_sum": (f"Time in {view.subject}", Words("not known", "none seen")),
        "s_max": (f"Longest of the {view.subject}", Words("none", "too short to see")),
    }[feature.fold]
    return f"{phrase} {feature.window.phrase}", feature.unit, words


def _bucketed(text: str, bucket: str) -> str:
    """Put the bucket's words where the text wants them, else in brackets behind it."""
    if not bucket:
        return text
    return text.format(bucket) if "{}" in text else f"{text} ({bucket})"


def _when(feature: Feature) -> str:
    """Return the words of a feature's window or windows, to stand behind its phrase."""
    what, window = feature.what, feature.windows[0]
    if isinstance(what, Trend):
        return f", {_bare(window)} against {_bare(feature.windows[1])}"
    at_one_fact = isinstance(what, Measure) and what.op in _AT_ONE_FACT
    return "" if at_one_fact and window is LIFE else f" {window.phrase}"


def _bare(window: Window) -> str:
    return window.phrase.removeprefix("in the ")


def _missing(view: FeatureView, feature: Feature) -> str:
    """Say why there is no value."""
    match feature.what:
        case Trend():
            return f"none {feature.windows[1].phrase}"
        case Gap() | Silence():
            return f"fewer than two {view.subject}"
        case Ratio() | Std():
            return f"no {view.subject}"
        case Measure(op="since_first" | "since_last"):
            return "never happened"
        case Measure(op="max" | "min" | "first" | "last"):
            return "none"
    return "not known"


def _zero(feature: Feature) -> str:
    """Say nothing at all, where 0 means it."""
    match feature.what:
        case Trend():
            return "none lately"
        case Std():
            return "all alike"
        case Measure(op="count" | "distinct"):
            return "none"
        case Measure(op="sum") if feature.unit != "money":
            return "none"
        case Measure(op="since_first" | "since_last"):
            return "just now"
    return ""


def _default_phrase(view: FeatureView, what: Measure | Derived) -> str:
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
