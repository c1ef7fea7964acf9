"""A win large enough to be reported, with the player's papers. Way: judge -> here -> duty.

Each win is looked at by itself, as it is paid; several wins of one round are not added up. Where a
multiple of the stake counts and nobody knows the stake, the win is reported.
"""

from __future__ import annotations

from collections.abc import Iterable

from core.compliance.check import Case, Check, Parameters
from core.compliance.finding import Effect, Finding
from core.compliance.marks import Strict
from core.compliance.pack import PackRule
from core.compliance.requests.money import StakeSettled


class WinBand(Strict, frozen=True, kw_only=True):
    """Which wins are reported: `at_least` or `above` an amount, perhaps so many times the stake.

    `game_types` empty are all but those of `not_of`. `net` takes the stake off first.
    """

    game_types: tuple[str, ...] = ()
    not_of: tuple[str, ...] = ()
    at_least: str = ""
    above: str = ""
    times_stake: int = 0
    net: bool = False


class WinReport(Parameters, frozen=True, kw_only=True):
    """The bands, of which the first that a win falls into counts, and the log's word for it."""

    bands: tuple[WinBand, ...]
    event: str


def _judge(case: Case, rule: PackRule, parameters: WinReport) -> Iterable[Finding]:
    won = case.request
    if not isinstance(won, StakeSettled) or not won.amount:
        return
    stake = _stake(case, won)
    for band in parameters.bands:
        if _is_in(case, band, won, stake):
            inputs = {
                "win": case.text(won.amount), "threshold": band.at_least or band.above,
                "stake": None if stake is None else case.text(stake), "year": case.today.year,
                "game_type": won.game_type, "round_id": won.round_id,
            }  # fmt: skip
            yield Finding(
                rule.id, Effect.DUTY, parameters.event, "win_reported", inputs,
                duty=rule.action.duty,
            )  # fmt: skip
            return


def _is_in(case: Case, band: WinBand, won: StakeSettled, stake: int | None) -> bool:
    if band.game_types and won.game_type not in band.game_types:
        return False
    if won.game_type in band.not_of:
        return False
    amount = won.amount - (stake or 0) if band.net else won.amount
    if band.at_least and amount < case.units(band.at_least):
        return False
    if band.above and amount <= case.units(band.above):
        return False
    return stake is None or won.amount >= band.times_stake * stake


def _stake(case: Case, won: StakeSettled) -> int | None:
    """Return what was staked in the win's round, null if nobody knows."""
    rounds = case.standing.play.rounds
    return next((one.staked for one in rounds if one.round_id == won.round_id), None)


CHECK = Check(
    "win_report", (StakeSettled,), WinReport, _judge,
    says="A win of the amount, or the multiple of its stake, that must be reported makes a duty to "
    "report it.",
)  # fmt: skip
