"""Winnings that the pack wants reported, each with the row and threshold of its day."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import msgspec

from core.compliance.checks.win_report import WinBand, WinReport
from core.compliance.pack import Pack, PackRule
from core.money import amount_minor
from pipelines.reporting.known import Known
from pipelines.reporting.report import Report, Says, Sheet, money, sheet

_COLUMNS = ("event_id", "day", "rule", "event", "player_id", "round_id", "game_type",
            "win", "stake", "threshold", "note")  # fmt: skip


def _make(known: Known, _: Says) -> list[Sheet]:
    bands = list(_bands(known.scope.pack, known.scope.period.days))
    found: list[tuple[Any, ...]] = []
    if bands:
        for row in known.rows(_sql(known)):
            found += _reported(known, bands, row)
    return [sheet("winnings", _COLUMNS, 1, found)]


def _bands(pack: Pack, days: list[date]) -> Iterator[tuple[PackRule, WinReport]]:
    for rule in pack.rules:
        if rule.check == "win_report" and any(rule.effective.covers(day) for day in days):
            yield rule, msgspec.convert(rule.with_, WinReport)


def _sql(known: Known) -> str:
    """Every win with its round's stake, as far as anybody knows one; voided wins are left out."""
    return (
        f"SELECT w.event_id::VARCHAR, {known.day('w.o')} AS day, w.player_id, w.round_id, "
        f"w.game_type, {known.amount('amount_minor')} AS win, "
        "s.staked FROM k_bet_won w LEFT JOIN (SELECT player_id, round_id, "
        f"sum({known.amount('amount_minor')}) AS staked FROM k_bet_placed GROUP BY 1, 2) s "
        "ON s.player_id = w.player_id AND s.round_id = w.round_id "
        f"WHERE {known.within('w.o')} AND NOT EXISTS (SELECT 1 FROM k_bet_rolled_back v WHERE "
        "v.player_id = w.player_id AND v.reference_activity_id = w.activity_id "
        "AND v.undone = 'win') ORDER BY day, w.o, w.event_id"
    )


def _reported(
    known: Known, bands: list[tuple[PackRule, WinReport]], row: tuple[Any, ...]
) -> Iterator[tuple[Any, ...]]:
    event_id, day, player, round_id, game, win, staked = row
    if win is None:
        return
    for rule, report in bands:
        if not rule.effective.covers(day):
            continue
        band = next((b for b in report.bands if _is_in(known.scope.pack, b, row)), None)
        if band is not None:
            note = "" if staked is not None else "no stake of the round is known"
            yield (
                event_id, day, rule.id, report.event, player, round_id, game, money(known, win),
                money(known, staked), band.at_least or f"above {band.above}", note,
            )  # fmt: skip


def _is_in(pack: Pack, band: WinBand, row: tuple[Any, ...]) -> bool:
    game, win, staked = row[4], int(row[5]), row[6]
    if (band.game_types and game not in band.game_types) or game in band.not_of:
        return False
    amount = win - int(staked or 0) if band.net else win
    if band.at_least and amount < amount_minor(band.at_least, pack.currency):
        return False
    if band.above and amount <= amount_minor(band.above, pack.currency):
        return False
    return staked is None or win >= band.times_stake * int(staked)


REPORT = Report(
    "winnings", "Winnings to be reported",
    "Each win that a row of the pack wants reported on the day it was paid (in the US a W-2G). "
    "They are candidates: nothing is filed.",
    ("bet_won", "bet_placed", "bet_rolled_back"), _make, has_history=True,
)  # fmt: skip
