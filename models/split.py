"""Which cut-offs and which players are for what. Way: a card's split -> here -> spine.

Test rows are later in time *and* hold other players than anything training saw; every label used
before the test was known before the first test cut-off. So a figure on the test slice is what the
operator would have seen had he trained on that day and waited.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from core.errors import DeclarationError, NotReadyError
from models.spec import ModelCard, Role

DAY = timedelta(days=1)
EPOCH = datetime(1970, 1, 5, tzinfo=UTC)  # a Monday: cards with one grid share their cut-offs


@dataclass(frozen=True, slots=True)
class Cutoffs:
    """The instants of a split. `trained_at` is the day training would have been run."""

    train: tuple[datetime, ...]
    recent: tuple[datetime, ...]  # of them, those validation and calibration use
    test: tuple[datetime, ...]
    trained_at: datetime
    known_until: datetime


def plan_cutoffs(card: ModelCard, first: datetime, last: datetime) -> Cutoffs:
    """Place the cut-offs of a card between the first and the last known instant of the data.

    Raises:
        NotReadyError: the data is too short; the message says how many days are needed.
    """
    split = card.split
    first, last = _midnight(first) + DAY, _midnight(last)
    if split.test_at:
        return _explicit(card, last)
    ripe = last - card.ripe_days * DAY
    test = _grid(max(first, ripe - (split.test_days - 1) * DAY), ripe, split.every_days)
    trained_at = test[0] if test else first
    final = trained_at - card.ripe_days * DAY
    train = _grid(first + split.warmup_days * DAY, final, split.every_days)
    if not train or not test:
        needed = 2 * card.ripe_days + split.test_days + split.warmup_days + 2 * split.every_days
        raise NotReadyError(
            f"{card.name}: the data spans {(last - first).days + 1} days",
            expected=f"at least {needed}: {split.warmup_days} to warm up, twice horizon and "
            f"ripening ({card.ripe_days}), {split.test_days} of test",
            hint=f"evenhand simulate --days {needed + 30}, or import a longer history",
        )
    recent = tuple(t for t in train if t > final - split.recent_days * DAY)
    return Cutoffs(train, recent or train[-1:], test, trained_at, last)


def _explicit(card: ModelCard, last: datetime) -> Cutoffs:
    train, test = tuple(sorted(card.split.train_at)), tuple(sorted(card.split.test_at))
    if any(t != _midnight(t) for t in (*train, *test)):
        raise DeclarationError(f"{card.name}: a cut-off is not midnight UTC", expected="whole days")
    if not train or train[-1] + card.horizon_days * DAY > test[0]:
        raise DeclarationError(
            f"{card.name}: training labels reach into the test",
            expected=f"a gap of {card.horizon_days} days before {test[0]:%Y-%m-%d}",
        )
    if test[-1] + card.horizon_days * DAY > last + DAY:
        raise NotReadyError(
            f"{card.name}: the data ends {last:%Y-%m-%d}",
            expected=f"{card.horizon_days} days after {test[-1]:%Y-%m-%d}",
        )
    return Cutoffs(train, train, test, test[0], last + DAY)


def _grid(start: datetime, end: datetime, every_days: int) -> tuple[datetime, ...]:
    step = every_days * DAY
    at = EPOCH + -((EPOCH - start) // step) * step
    found: list[datetime] = []
    while at <= end:
        found.append(at)
        at += step
    return tuple(found)


def _midnight(at: datetime) -> datetime:
    at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    return at.replace(hour=0, minute=0, second=0, microsecond=0)


def player_share(player_id: str, seed: int) -> float:
    """Return a player's place in [0, 1): the same in every card and run of one seed.

    >>> 0.0 <= player_share("p1", 7) < 1.0
    True
    """
    digest = hashlib.md5(f"{seed}:{player_id}".encode(), usedforsecurity=False).digest()
    return int.from_bytes(digest[:6], "big") / 2**48


def role_of(share: float, card: ModelCard) -> Role:
    """Return what a player's rows are for; with `others=False` test is everybody's later rows."""
    split = card.split
    edge = split.test_share if split.others else 0.0
    if share < edge:
        return "test"
    rest = (share - edge) / (1 - edge)
    calibration = split.calibration_share / (1 - split.test_share)
    validation = split.validation_share / (1 - split.test_share)
    if rest < validation:
        return "validation"
    if rest >= validation + calibration:
        return "train"
    if card.is_money and rest >= validation + calibration / 2:
        return "interval"
    return "calibration"
