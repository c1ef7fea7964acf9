"""What the rules of a pack must say together. Way: Pack -> here -> lint.

Each law yields the steps to a mistake, and the mistake in words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Any

import msgspec

from core.compliance.calendar import FRAMES, exact_us, term
from core.compliance.judge import bound, known_checks
from core.compliance.marks import Effective
from core.compliance.measure import Measure
from core.compliance.pack import Action, Pack, PackRule
from core.compliance.places import Steps
from core.compliance.targets import TARGETS
from core.errors import DeclarationError

Said = Iterator[tuple[Steps, str]]
MATTERS = frozenset({
    "account", "exclusion", "game", "limit_change", "limit_tool", "open_bet", "promotion",
    "return", "session", "win",
})  # fmt: skip
"""What an action can be about beside the requests of `core.compliance.targets`."""
ENDS = frozenset({
    "acknowledged", "act", "confirmed", "contacted", "frame_end", "hold_ended", "limit_set",
    "next_start", "register_answers", "register_clear", "reviewed", "strong_authentication",
    "term_end", "verified",
})  # fmt: skip
"""What ends an action beside a term."""
_ID = re.compile(r"[A-Z]{2,4}(-[A-Z0-9]+)+")
_NEED_TARGET = frozenset({"block", "refuse", "pend", "end_session", "break", "apply", "config"})
_NEED_DUTY = frozenset({"duty", "report", "interaction"})


def ids_and_dates(pack: Pack) -> Said:
    """An id is of the form of ids; rows of one id have dates that do not meet."""
    by_id: dict[str, list[tuple[int, PackRule]]] = {}
    for place, rule in enumerate(pack.rules):
        by_id.setdefault(rule.id, []).append((place, rule))
        if not _ID.fullmatch(rule.id):
            yield ("rules", place, "id"), f"{rule.id!r} - expected such as {pack.pack}-DL-1"
        yield from _empty_dates(("rules", place, "effective"), rule.effective)
    for rows in by_id.values():
        rows.sort(key=lambda row: row[1].effective.from_)
        for (_, before), (place, after) in pairwise(rows):
            if before.effective.to is None or before.effective.to > after.effective.from_:
                yield (
                    ("rules", place, "effective"),
                    (
                        f"{after.id} from {after.effective.from_} meets its row before, "
                        f"which ends {before.effective.to or 'never'}"
                    ),
                )


def marks_and_sources(pack: Pack) -> Said:
    """What was read somewhere names a source that there is; our own choices name none."""
    for place, rule in enumerate(pack.rules):
        yield from faults_of_mark(("rules", place), rule.mark, rule.source, pack)


def checks(pack: Pack) -> Said:
    """A rule has a check that there is and that takes its parameters, or says what covers it."""
    ids = {rule.id for rule in pack.rules}
    for place, rule in enumerate(pack.rules):
        at: Steps = ("rules", place)
        if bool(rule.check) == bool(rule.covered_by):
            met = "both" if rule.check else "neither"
            yield at, f"{met} check and covered_by - expected one of the two"
        if rule.check:
            yield from _faults_of_check((*at, "check"), rule)
        elif rule.with_ or rule.adjustable:
            yield (*at, "with"), "parameters without a check"
        for name in rule.adjustable.keys() - rule.with_.keys():
            yield (*at, "adjustable"), f"{name} is not in with"
        named = re.findall(r"\brule ([A-Z][A-Z0-9-]+)", rule.covered_by)
        for other in named:
            if other not in ids:
                yield (*at, "covered_by"), f"there is no rule {other}"
        yield from _not_plain((*at, "with"), rule.with_)


def measures(pack: Pack) -> Said:
    """A window says what its kind needs, and no more."""
    for place, rule in enumerate(pack.rules):
        for said in _faults_of_window(rule.measure):
            yield ("rules", place, "measure"), said
        for window in rule.choices:
            other = msgspec.structs.replace(rule.measure, window=window)
            for said in _faults_of_window(other):
                yield ("rules", place, "choices"), said


def actions(pack: Pack) -> Said:
    """An action names what it is about, until when, and what is due, where its kind needs it."""
    for place, rule in enumerate(pack.rules):
        for said in _faults_of_action(rule.action, is_covered=bool(rule.covered_by)):
            yield ("rules", place, "action"), said
        for said in _faults_together(rule):
            yield ("rules", place), said


def faults_of_mark(at: Steps, mark: str, source: Iterable[str], pack: Pack) -> Said:
    """Yield what is wrong between a mark and its sources, of a rule or any other part."""
    keys = tuple(source)
    if mark in {"P", "S", "C"} and not keys:
        yield (*at, "mark"), f"{mark} without a source"
    if mark == "D" and keys:
        yield (*at, "mark"), "D is what no source claims; a source is named"
    for key in keys:
        if key not in pack.sources:
            yield (*at, "source"), f"{key} is no key of sources"


def _empty_dates(at: Steps, dates: Effective) -> Said:
    if dates.to is not None and dates.to <= dates.from_:
        yield at, f"ends {dates.to}, not after its beginning {dates.from_}"


def _faults_of_check(at: Steps, rule: PackRule) -> Said:
    if rule.check not in known_checks():
        yield at, f"there is no check {rule.check!r}"
        return
    try:
        bound(rule)
    except DeclarationError as error:
        yield (*at[:-1], "with"), str(error)


def _not_plain(at: Steps, value: Any) -> Said:
    """Parameters are what JSON can say, so that an archived pack is the same pack."""
    if isinstance(value, dict):
        for key, one in value.items():
            if not isinstance(key, str):
                yield at, f"key {key!r} - expected text, in quotes"
            yield from _not_plain((*at, str(key)), one)
    elif isinstance(value, list):
        for place, one in enumerate(value):
            yield from _not_plain((*at, place), one)
    elif isinstance(value, float) or not isinstance(value, str | int | None):
        yield at, f"{value!r} - expected text in quotes, a whole number, or yes or no"


def _faults_of_window(measure: Measure) -> Iterator[str]:
    window = measure.window
    if (window.type == "calendar") != bool(window.frames):
        yield f"a {window.type} window with frames {list(window.frames)}"
    if (window.type == "rolling") != bool(window.length):
        yield f"a {window.type} window with length {window.length!r}"
    yield from (f"there is no frame {one!r}" for one in window.frames if one not in FRAMES)
    if len(set(window.frames)) < len(window.frames):
        yield "a frame twice"
    if window.length:
        yield from _fault_of_term(window.length, is_exact=True)
    if window.type != "calendar" and window.anchor != "midnight":
        yield f"an anchor {window.anchor!r} without frames"
    if measure.net and measure.of not in {"deposits", "losses", "stakes"}:
        yield f"net {measure.of}: nothing is taken off those"


def _faults_of_action(action: Action, *, is_covered: bool) -> Iterator[str]:
    needs_target = action.type in _NEED_TARGET and not (action.type == "config" and is_covered)
    if needs_target and not action.target:
        yield f"{action.type} without a target"
    for target in action.target:
        if target not in TARGETS and target not in MATTERS:
            yield f"a target {target!r} - expected one of {sorted(TARGETS.keys() | MATTERS)}"
    yield from _faults_of_times(action)


def _faults_of_times(action: Action) -> Iterator[str]:
    if action.type in _NEED_DUTY and not action.duty:
        yield f"{action.type} without the name of what is due"
    if action.deadline and not action.duty and action.type != "notify":
        yield "a deadline, and nothing due"
    if action.type in {"pend", "break"} and not (action.until or action.duty):
        yield f"{action.type} without an end"
    if action.until and action.until not in ENDS:
        yield from _fault_of_term(action.until)
    if action.deadline:
        yield from _fault_of_term(action.deadline)


def _faults_together(rule: PackRule) -> Iterator[str]:
    """Yield what is wrong between measure, action and check."""
    action = rule.action
    if action.until == "frame_end" and not rule.measure.window.frames:
        yield "until frame_end, and its window has no frames"
    stops = action.type in {"block", "refuse", "pend"} and "withdrawal" in action.target
    check = known_checks().get(rule.check)
    if stops and check is not None and not check.may_hold_withdrawals:
        yield f"{action.type} of withdrawals, which {rule.check} may not hold"


def _fault_of_term(text: str, *, is_exact: bool = False) -> Iterator[str]:
    try:
        exact_us(text) if is_exact else term(text)
    except DeclarationError as error:
        yield str(error)


RULE_LAWS = (ids_and_dates, marks_and_sources, checks, measures, actions)
