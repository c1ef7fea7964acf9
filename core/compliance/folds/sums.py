"""What moved in each frame of the calendar. Way: verdict -> here -> standing.sums, weeks."""

from __future__ import annotations

from collections.abc import Iterable

from core.compliance.check import Case
from core.compliance.finding import Verdict
from core.compliance.fold import Fold
from core.compliance.frames_kept import frames_kept
from core.compliance.moves import MOVES, Move, moves_of
from core.compliance.standing import Standing, Sums, with_changes
from core.compliance.used import sums_at
from core.compliance.visits import HEARD, stretch

WEEKS_KEPT = 8
"""Finished weeks remembered; the longest run of weeks a pack reads is three."""


def _apply(case: Case, verdict: Verdict, standing: Standing) -> Standing:
    moves = tuple(moves_of(case, verdict))
    played = stretch(case)
    notices = _notices(verdict)
    if not (moves or played or notices):
        return standing
    sums = {
        name: _moved(sums_at(case, name), moves, played, notices.get(name, ()))
        for name in frames_kept(case.pack)
    }
    weeks = _weeks(case, sums["week"], moves)
    stakes, wins = standing.accrued_stakes, standing.accrued_wins
    for move in moves:
        stakes += move.amount if move.what == "stakes" else 0
        wins += move.amount if move.what == "wins" else 0
    return with_changes(standing, sums=sums, weeks=weeks, accrued_stakes=stakes, accrued_wins=wins)


def _moved(
    sums: Sums, moves: Iterable[Move], played: tuple[int, int] | None, notices: tuple[str, ...]
) -> Sums:  # fmt: skip
    """Add what lies within the frame: a move dated before it began belongs to another."""
    start_us = sums.start_us
    changes: dict[str, int] = {}
    for move in moves:
        if move.at_us >= start_us:
            before = changes.get(move.what, getattr(sums, move.what))
            changes[move.what] = before + move.amount
    if played is not None:
        changes["play_us"] = sums.play_us + max(0, played[1] - max(played[0], start_us))
    if notices:
        return with_changes(sums, noticed=(*sums.noticed, *notices), **changes)
    return with_changes(sums, **changes) if changes else sums


def _notices(verdict: Verdict) -> dict[str, tuple[str, ...]]:
    """Return the notices a verdict gives, by the frame they are given once in."""
    given: dict[str, tuple[str, ...]] = {}
    for finding in verdict.findings:
        notice = finding.inputs.get("notice")
        if notice:
            frame = str(finding.inputs["period"])
            given[frame] = (*given.get(frame, ()), str(notice))
    return given


def _weeks(case: Case, current: Sums, moves: Iterable[Move]) -> tuple[tuple[int, int], ...]:
    """Return the net losses of finished weeks, with those dated back into one of them."""
    weeks = case.standing.weeks
    held = case.standing.sums.get("week")
    if held is not None and held.start_us != current.start_us:
        weeks = (*weeks, (held.start_us, held.stakes - held.wins))[-WEEKS_KEPT:]
    for move in moves:
        if move.what in ("stakes", "wins") and move.at_us < current.start_us:
            weeks = _dated_back(weeks, move)
    return weeks


def _dated_back(weeks: tuple[tuple[int, int], ...], move: Move) -> tuple[tuple[int, int], ...]:
    at = max((n for n, (start_us, _) in enumerate(weeks) if start_us <= move.at_us), default=None)
    if at is None:
        return weeks
    start_us, loss = weeks[at]
    loss += move.amount if move.what == "stakes" else -move.amount
    return (*weeks[:at], (start_us, loss), *weeks[at + 1 :])


FOLD = Fold(
    "sums",
    tuple(dict.fromkeys((*MOVES, *HEARD))),
    ("sums", "weeks", "accrued_stakes", "accrued_wins"),
    _apply,
)
