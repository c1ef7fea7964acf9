"""Rules in words, for tables and pages. Way: Pack -> here -> `evenhand packs show`, docs."""

from __future__ import annotations

from core.compliance.calendar import term
from core.compliance.marks import Effective
from core.compliance.measure import Measure
from core.compliance.pack import Action
from core.errors import DeclarationError

_OF = {
    "play_time": "time of play", "count": "how often", "stake": "the stake", "winnings": "the win",
    "status": "a status", "none": "nothing",
}  # fmt: skip
_SCOPE = {"account": "", "operator": ", all players", "all_operators": ", all operators"}
_COMPARES = {">": "more than", ">=": "at or above"}
_UNTIL = {
    "act": "the player's own act", "frame_end": "the frame ends", "term_end": "its term ends",
    "limit_set": "a limit is set", "register_clear": "the register says clear",
    "register_answers": "the register answers", "next_start": "the time is over",
    "hold_ended": "the hold is ended", "strong_authentication": "strong authentication",
}  # fmt: skip
_NUMBERS = ("months", "days", "business days")


def measure_words(measure: Measure) -> str:
    """Say what a rule looks at.

    >>> from core.compliance.measure import Window
    >>> rolling = Window(type="rolling", length="P30D")
    >>> measure_words(Measure(of="deposits", net=True, window=rolling))
    'net deposits, rolling 30 days, more than'
    """
    window = measure.window
    of = _OF.get(measure.of, measure.of)
    if measure.of in {"none", "status"} and not window.frames:
        return of + _SCOPE[measure.scope]
    what = ("net " if measure.net else "") + of + _SCOPE[measure.scope]
    since = {
        "calendar": f"by {', '.join(name.replace('_', ' ') for name in window.frames)}",
        "rolling": f"rolling {term_words(window.length)}" if window.length else "",
        "session": "of the visit", "round": "of the round", "accrued": "in all", "instant": "now",
    }[window.type]  # fmt: skip
    return f"{what}, {since}, {_COMPARES[measure.comparator]}"


def action_words(action: Action) -> str:
    """Say what a rule does.

    >>> action_words(Action(type="pend", target=("limit_change",), until="PT24H"))
    'pend limit change until 24 hours'
    """
    words = action.type.replace("_", " ")
    if action.target:
        words += " " + ", ".join(name.replace("_", " ") for name in action.target)
    if action.until:
        words += f" until {_UNTIL.get(action.until) or term_words(action.until)}"
    if action.duty:
        words += f"; due: {action.duty.replace('_', ' ')}"
    if action.deadline:
        words += f" within {term_words(action.deadline)}"
    return words


def dates_words(effective: Effective) -> str:
    """Say from when to when; a first day nobody gave is said to be assumed."""
    start = f"from {effective.from_}" + (" (assumed)" if effective.is_assumed else "")
    return start if effective.to is None else f"{start} until {effective.to}"


def term_words(text: str) -> str:
    """Say a term; what is none is said as it is.

    >>> term_words("PT72H"), term_words("P1M"), term_words("P3B"), term_words("PT2.5S")
    ('72 hours', '1 month', '3 business days', '2.5 seconds')
    """
    try:
        length = term(text)
    except DeclarationError:
        return text.replace("_", " ")
    parts = [
        _counted(number, name)
        for number, name in zip(
            (length.months, length.days, length.business_days), _NUMBERS, strict=True
        )
        if number
    ]
    if length.exact_us or not parts:
        parts.append(_exact_words(length.exact_us))
    return " and ".join(parts)


def _exact_words(length_us: int) -> str:
    if not length_us:
        return "at once"
    for name, unit_us in (("hours", 3_600_000_000), ("minutes", 60_000_000)):
        if length_us % unit_us == 0:
            return _counted(length_us // unit_us, name)
    return f"{length_us / 1_000_000:g} seconds"


def _counted(number: int, name: str) -> str:
    return f"{number} {name[:-1] if number == 1 else name}"
