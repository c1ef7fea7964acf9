"""A game does not start too soon after the last one. Way: judge -> here."""

from __future__ import annotations

from collections.abc import Iterable

from core.compliance.calendar import SECOND_US, exact_us
from core.compliance.check import Case, Check, Parameters, refusal
from core.compliance.finding import Finding
from core.compliance.pack import PackRule
from core.compliance.requests.money import Stake
from core.compliance.visits import is_further


class Pace(Parameters, frozen=True, kw_only=True):
    """The least time from one start to the next of the same game type, an ISO 8601 term."""

    game_types: tuple[str, ...]
    at_least: str


def _judge(case: Case, rule: PackRule, parameters: Pace) -> Iterable[Finding]:
    request, play = case.request, case.standing.play
    if not isinstance(request, Stake) or request.game_type not in parameters.game_types:
        return
    last_us = play.starts_us.get(request.game_type)
    if last_us is None or is_further(play, request):
        return
    delta_us, least_us = case.at_us - last_us, exact_us(parameters.at_least)
    if delta_us >= least_us:
        return
    yield refusal(
        rule, "START_TOO_EARLY", "START_TOO_EARLY", delta=seconds_text(delta_us),
        least=seconds_text(least_us), game_type=request.game_type, last_start=case.local(last_us),
    )  # fmt: skip


def seconds_text(length_us: int) -> str:
    """Write a length of time in seconds, exactly.

    >>> seconds_text(2_499_000), seconds_text(5_000_000), seconds_text(1)
    ('2.499', '5', '0.000001')
    """
    whole, part = divmod(length_us, SECOND_US)
    return f"{whole}.{part:06d}".rstrip("0").rstrip(".")


CHECK = Check(
    "pace", (Stake,), Pace, _judge,
    says="A game cycle starts no sooner than a given time after the start of the one before of the "
    "same game type; exactly then it may.",
)  # fmt: skip
