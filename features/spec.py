"""What a feature view is. Way: features/views say it -> here, names are derived -> everything else.

A view is frozen data about the facts of one kind (or of several kinds, told apart by the column
`fact`). Its features are named, never typed: `<noun>[_<unit>]_<op>_<window>[_by_<bucket>]`. There
are three kinds: measures of facts, sessions inferred from facts, and identities shared by players.

Value of a feature for a player at an instant t, window W with hop h: the fold of all distinct facts
with floor((t - W) / h) * h <= occurred_at <= t and recorded_at <= t.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

from core.errors import DeclarationError
from features.measures import Derived, Difference, Measure, Trend, Unit, Where, Window

Category = Literal[
    "deposit_behaviour", "game_preferences", "session_patterns", "bonus_response",
    "support_interactions", "markers_of_harm", "fraud_signals", "account_profile",
]  # fmt: skip
Indicator = Literal[
    "customer_spend", "patterns_of_spend", "time_spent", "behaviour_indicators",
    "customer_led_contact", "use_of_management_tools", "account_indicators",
]  # fmt: skip
SessionFold = Literal["count", "s_sum", "s_max"]
SESSION_FOLDS: tuple[SessionFold, ...] = ("count", "s_sum", "s_max")
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_COUNTS = ("count", "distinct")
_SECONDS = ("since_first", "since_last")


@dataclass(frozen=True, slots=True)
class Feature:
    """One column: a fold in one window, or a derived value in its one or two windows.

    `bucket` is the value of the measure's `by` this column is for, in words; or empty.
    """

    name: str
    what: Measure | Derived
    windows: tuple[Window, ...]
    unit: Unit
    is_integer: bool
    bucket: str = ""


@dataclass(frozen=True)
class FeatureView:
    """Measures of the facts of `source`, in windows, with who answers for them and why.

    `subject` is the plural the sentences use ("deposits"); `where` keeps only some facts.
    """

    name: str
    source: str | tuple[str, ...]
    noun: str
    subject: str
    measures: tuple[Measure, ...]
    windows: tuple[Window, ...]
    category: Category
    indicator: Indicator
    owner: str
    why: str
    derived: tuple[Derived, ...] = ()
    where: tuple[Where, ...] = ()

    def __post_init__(self) -> None:
        names = [self.name, self.noun, *(f.name for f in self.features)]
        _refuse_bad_names(self.name, names)

    @property
    def sources(self) -> tuple[str, ...]:
        """Names of the facts read."""
        return (self.source,) if isinstance(self.source, str) else self.source

    @cached_property
    def features(self) -> tuple[Feature, ...]:
        """Every feature of the view, in the order of its declaration."""
        return (*self._measured(), *self._derived())

    def _measured(self) -> Iterator[Feature]:
        for declared in self.measures:
            for measure, bucket in split(declared):
                unit, ending = unit_of(measure), f"_by_{bucket}" if bucket else ""
                for window in measure.windows or self.windows:
                    name = f"{self.noun}_{stem(measure)}_{window.name}{ending}"
                    said = declared.by.words_of(bucket) if declared.by else ""
                    yield Feature(name, measure, (window,), unit, is_integer=True, bucket=said)

    def _derived(self) -> Iterator[Feature]:
        for derived in self.derived:
            whole = isinstance(derived, Difference)
            for windows in _windows_of(derived, self.windows):
                tail = "_to_".join(w.name for w in windows)
                name = f"{self.noun}_{derived.label}_{tail}"
                yield Feature(name, derived, windows, derived.unit, is_integer=whole)


@dataclass(frozen=True, slots=True)
class SessionFeature:
    """One column of a session view: a fold of the sessions of one window, a whole number."""

    name: str
    fold: SessionFold
    window: Window

    @property
    def unit(self) -> Unit:
        """What the number counts."""
        return "count" if self.fold == "count" else "s"


@dataclass(frozen=True)
class SessionView:
    """Sessions inferred from the facts of `source`: runs with no pause longer than `gap_s`.

    The facts of a window that are known are put in order of `occurred_at`; a session is a longest
    run of them in which each is at most `gap_s` seconds after the one before, so a session the
    tail of the window cuts counts with what is left of it. Its length is last - first in whole
    seconds, rounded down; a single fact makes a session of 0 s. Features of each window:
    `<noun>_count` (0 if none), `<noun>_s_sum` (0), `<noun>_s_max` (null). Hops are multiples of
    `gap_s` and no window is the whole life (`features.check`).
    """

    name: str
    source: str | tuple[str, ...]
    noun: str
    subject: str
    gap_s: int
    windows: tuple[Window, ...]
    category: Category
    indicator: Indicator
    owner: str
    why: str
    where: tuple[Where, ...] = ()

    def __post_init__(self) -> None:
        _refuse_bad_names(self.name, [self.name, self.noun, *(f.name for f in self.features)])

    @property
    def sources(self) -> tuple[str, ...]:
        """Names of the facts read."""
        return (self.source,) if isinstance(self.source, str) else self.source

    @cached_property
    def features(self) -> tuple[SessionFeature, ...]:
        """Every feature of the view: count, sum, max of one window, then of the next."""
        return tuple(
            SessionFeature(f"{self.noun}_{fold}_{window.name}", fold, window)
            for window in self.windows
            for fold in SESSION_FOLDS
        )


@dataclass(frozen=True)
class SharedIdentityView:
    """How many other players share a device, an address or an instrument with the player.

    `links` are (fact, column) pairs that tie a player to a key, counted from the instant the tie
    was known. Features, over the whole life: `<noun>_distinct_life`, the keys of the player, and
    `<noun>_other_player_max_life`, the most other players on one of them (null without a key).
    """

    name: str
    links: tuple[tuple[str, str], ...]
    noun: str
    subject: str
    category: Category
    indicator: Indicator
    owner: str
    why: str

    def __post_init__(self) -> None:
        _refuse_bad_names(self.name, [self.name, self.noun])

    @property
    def sources(self) -> tuple[str, ...]:
        """Names of the facts read."""
        return tuple(sorted({fact for fact, _ in self.links}))

    @property
    def names(self) -> tuple[str, str]:
        """Names of the two features: own keys, other players."""
        return (f"{self.noun}_distinct_life", f"{self.noun}_other_player_max_life")


View = FeatureView | SessionView | SharedIdentityView


def names_of(view: View) -> tuple[str, ...]:
    """Return the feature names of a view, in its order."""
    return view.names if isinstance(view, SharedIdentityView) else tuple(
        f.name for f in view.features
    )  # fmt: skip


def split(measure: Measure) -> Iterator[tuple[Measure, str]]:
    """Yield a measure once per bucket of its `by`, with the bucket's value."""
    if measure.by is None:
        yield measure, ""
        return
    for value in measure.by.values:
        where = (*measure.where, Where(measure.by.column, (value,)))
        yield replace(measure, by=None, where=where), value


def stem(measure: Measure) -> str:
    """Return `[<unit>_]<op>`, the middle of a measure's name.

    >>> from features.measures import Sum
    >>> stem(Sum("amount_base_minor"))
    'minor_sum'
    """
    unit = measure.label or _unit_word(measure)
    return f"{unit}_{measure.op}" if unit else measure.op


def unit_of(measure: Measure) -> Unit:
    """Return what a measure's number counts."""
    if measure.op in _COUNTS:
        return "count"
    if measure.op in _SECONDS or measure.column.endswith("_s"):
        return "s"
    if measure.op == "sum_sq":
        return "number"
    if measure.column.endswith("_year"):
        return "year"
    return "money" if measure.column.endswith("_minor") else "number"


def _unit_word(measure: Measure) -> str:
    if measure.op in _SECONDS:
        return "s"
    column = measure.column
    for ending in ("_minor", "_s"):
        if column.endswith(ending):
            return ending[1:]
    return column.removesuffix("_id")


def _windows_of(derived: Derived, default: tuple[Window, ...]) -> Iterator[tuple[Window, ...]]:
    if isinstance(derived, Trend):
        yield (derived.short, derived.long)
        return
    for window in derived.windows or default:
        yield (window,)


def _refuse_bad_names(view: str, names: list[str]) -> None:
    bad = [name for name in names if not _NAME.fullmatch(name)]
    if bad:
        raise DeclarationError(
            f"view {view} makes the names {bad}", expected="lower case, digits, underscores"
        )
