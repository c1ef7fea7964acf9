"""What can be measured of a player's facts. Way: views say it -> here -> SQL, reference, names.

A measure folds the facts of one window into one number. Every fold is a commutative monoid over
integers, so neither order nor grouping of facts can change a bit of it:

    Count         facts (with a value in `column`, if one is named)     nothing seen: 0
    Sum, SumOfSquares   of an integer column                            nothing seen: 0
    Max, Min      of an integer column                                  nothing seen: null
    Distinct      bits set in the union of 63-bit bitmaps ("lanes")     nothing seen: 0
    First, Last   value of the earliest/latest fact (ties: event id)    nothing seen: null
    SinceFirst, SinceLast   whole seconds from that fact to the as-of   nothing seen: null

A `Distinct` of integers counts values modulo `63 * lanes` (exact while they span less); of strings
it counts md5 buckets, so two of k values collide with chance about k*k / (126 * lanes).

A derived feature is computed in double precision from folds, in one fixed order of operations;
it is null where it is undefined.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Literal

BITS = 63
Unit = Literal[
    "count", "money", "s", "share", "ratio", "number", "per_day", "year", "times_usual",
    "times_as_long",
]  # fmt: skip
Op = Literal[
    "count", "sum", "sum_sq", "max", "min", "distinct", "first", "last", "since_first", "since_last"
]


@dataclass(frozen=True, slots=True)
class Where:
    """Keep the facts whose `column` holds one of `values`; null is never one of them."""

    column: str
    values: tuple[str | int | bool, ...]


@dataclass(frozen=True, slots=True)
class By:
    """One feature per value of `column`; the value ends the feature's name.

    `said` says the values in words, one for each, where they are not plain by themselves.
    """

    column: str
    values: tuple[str, ...]
    said: tuple[str, ...] = ()

    def words_of(self, value: str) -> str:
        """Return a value in words."""
        said = self.said or tuple(plain.replace("_", " ") for plain in self.values)
        return dict(zip(self.values, said, strict=True))[value]


@dataclass(frozen=True, slots=True)
class Words:
    """How special values are said; what is empty follows from the kind of feature.

    `missing` stands for null and `zero` for 0, after the phrase. `negative` replaces the phrase
    below 0, the value then being said without its sign. `no` makes a yes-or-no of the feature: the
    phrase alone says yes, `no` says no.
    """

    missing: str = ""
    zero: str = ""
    negative: str = ""
    no: str = ""


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of business time ending at the as-of; its tail moves in steps of `hop_s`.

    `length_s` None is the player's whole life; its hop only groups work and changes no value.
    """

    name: str
    length_s: int | None
    hop_s: int
    phrase: str


HOUR = Window("1h", 3_600, 60, "in the last hour")
DAY = Window("24h", 86_400, 3_600, "in the last 24 hours")
WEEK = Window("7d", 7 * 86_400, 6 * 3_600, "in the last 7 days")
MONTH = Window("30d", 30 * 86_400, 86_400, "in the last 30 days")
QUARTER = Window("90d", 90 * 86_400, 3 * 86_400, "in the last 90 days")
LIFE = Window("life", None, 30 * 86_400, "since registration")


@dataclass(frozen=True, slots=True)
class Measure:
    """Base of the folds.

    `label` replaces the unit in the name, `phrase` the generated words (a `{}` in it is where the
    bucket of `by` is said); `windows` empty means the view's own; `where` are conditions all of
    which must hold.
    """

    op: ClassVar[Op]
    column: str = ""
    label: str = ""
    where: tuple[Where, ...] = ()
    by: By | None = None
    windows: tuple[Window, ...] = ()
    phrase: str = ""
    words: Words = Words()


class Count(Measure):
    """How many facts."""

    __slots__ = ()
    op: ClassVar[Op] = "count"


class Sum(Measure):
    """Sum of a column."""

    __slots__ = ()
    op: ClassVar[Op] = "sum"


class SumOfSquares(Measure):
    """Sum of the squares of a column; it feeds `Std`."""

    __slots__ = ()
    op: ClassVar[Op] = "sum_sq"


class Max(Measure):
    """Largest value of a column."""

    __slots__ = ()
    op: ClassVar[Op] = "max"


class Min(Measure):
    """Smallest value of a column."""

    __slots__ = ()
    op: ClassVar[Op] = "min"


@dataclass(frozen=True, slots=True)
class Distinct(Measure):
    """How many different values, by bitmaps of `lanes` x 63 buckets."""

    op: ClassVar[Op] = "distinct"
    lanes: int = 1


class First(Measure):
    """Value of the earliest fact that has one."""

    __slots__ = ()
    op: ClassVar[Op] = "first"


class Last(Measure):
    """Value of the latest fact that has one."""

    __slots__ = ()
    op: ClassVar[Op] = "last"


class SinceFirst(Measure):
    """Seconds since the earliest fact."""

    __slots__ = ()
    op: ClassVar[Op] = "since_first"


class SinceLast(Measure):
    """Seconds since the latest fact."""

    __slots__ = ()
    op: ClassVar[Op] = "since_last"


@dataclass(frozen=True, slots=True, kw_only=True)
class Derived:
    """Base of what is computed from folds; `label` is its place in the name."""

    label: str
    phrase: str
    windows: tuple[Window, ...] = ()
    unit: Unit = "ratio"
    words: Words = Words()

    @property
    def operands(self) -> tuple[Measure, ...]:
        """The folds it reads, in the order its formula names them."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference(Derived):
    """`left - right`, an integer."""

    left: Measure
    right: Measure

    @property
    def operands(self) -> tuple[Measure, ...]:
        """Left, right."""
        return (self.left, self.right)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratio(Derived):
    """`(over - less) / under`; null when `under` is 0 or any part is null."""

    over: Measure
    under: Measure
    less: Measure | None = None

    @property
    def operands(self) -> tuple[Measure, ...]:
        """Over, under and, if given, less."""
        return (self.over, self.under) if self.less is None else (self.over, self.under, self.less)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend(Derived):
    """Rate of a fold in a short window against its rate in a long one; 1 = as ever."""

    measure: Measure
    short: Window
    long: Window
    unit: Unit = field(default="times_usual")

    @property
    def operands(self) -> tuple[Measure, ...]:
        """The fold, read in both windows."""
        return (self.measure,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Std(Derived):
    """Population standard deviation of a column; null when nothing was seen."""

    column: str
    where: tuple[Where, ...] = ()

    @property
    def operands(self) -> tuple[Measure, ...]:
        """Count, sum, sum of squares."""
        return (
            Count(self.column, where=self.where),
            Sum(self.column, where=self.where),
            SumOfSquares(self.column, where=self.where),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap(Derived):
    """Mean seconds between one fact and the next; null below two facts."""

    where: tuple[Where, ...] = ()
    unit: Unit = field(default="s")

    @property
    def operands(self) -> tuple[Measure, ...]:
        """Count, since first, since last."""
        return (Count(where=self.where), SinceFirst(where=self.where), SinceLast(where=self.where))


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence(Derived):
    """Seconds since the last fact over the player's own mean gap; null below two moments."""

    where: tuple[Where, ...] = ()
    unit: Unit = field(default="times_as_long")

    @property
    def operands(self) -> tuple[Measure, ...]:
        """Count, since first, since last."""
        return (Count(where=self.where), SinceFirst(where=self.where), SinceLast(where=self.where))
