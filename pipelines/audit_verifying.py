"""What `evenhand verify-log` does. Way: command line -> here -> core.audit -> a line a chain."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress, TaskID, TimeRemainingColumn
from sqlalchemy.engine import Connection

from core.audit.broken import Break, BrokenChainError
from core.audit.chains import chains_of, index_flaws, length_of, stray_breaks
from core.audit.guards import missing_guards
from core.audit.known import Known, Witness, known_of
from core.audit.opening import looking
from core.audit.verify import verified
from core.errors import NotReadyError, SourceError
from pipelines.audit_verbs import Trust
from pipelines.ledger_verbs import ledger_url


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was found of one chain: how many entries are sound, what is signed, what is broken."""

    chain: str
    sound: int
    known: Known
    found: Break | None


def verify_chains(url: str, named: Sequence[str], trust: Trust, first: int = 1) -> bool:
    """Print what holds and what is broken; return whether all holds.

    Raises:
        NotReadyError: there is no log, or no chain of a name.
        SourceError: a first seq is given for no chain, or for several.
    """
    if first > 1 and len(named) != 1:
        raise SourceError("--from counts in one chain", expected="one --chain with it")
    console, witness, began = Console(), trust.witness(), time.perf_counter()
    with (
        looking(ledger_url(url)) as connection,
        Progress(
            *Progress.get_default_columns()[:2], MofNCompleteColumn(), TimeRemainingColumn(),
            console=console, transient=True,
        ) as progress,
    ):  # fmt: skip
        chains = _asked(connection, named, witness)
        flaws = [] if named else [str(found) for found in stray_breaks(connection)]
        flaws += [f"storage: {line}" for line in index_flaws(connection)]
        unguarded = missing_guards(connection)
        outcomes = [_outcome(connection, chain, witness, first, progress) for chain in chains]
    _print(console, outcomes, flaws, unguarded)
    read, took_s = sum(o.sound for o in outcomes), time.perf_counter() - began
    console.print(f"{read:,} entries in {took_s:.1f} s, {read / took_s:,.0f} a second")
    return not flaws and all(outcome.found is None for outcome in outcomes)


def _asked(connection: Connection, named: Sequence[str], witness: Witness) -> list[str]:
    there = chains_of(connection, witness.copies or ())
    if unknown := [name for name in named if name not in there]:
        raise NotReadyError(
            f"no chain {', '.join(unknown)} here", expected=", ".join(there) or "a log with entries"
        )
    return list(named) or there


def _outcome(
    connection: Connection, chain: str, witness: Witness, first: int, progress: Progress
) -> Outcome:
    total = max(0, length_of(connection, chain) - first + 1)
    task = progress.add_task(f"verifying {chain}", total=total)
    known = known_of(connection, chain, witness)
    try:
        for rows in verified(connection, chain, known, first):
            progress.advance(task, len(rows))
    except BrokenChainError as error:
        return Outcome(chain, _done(progress, task), known, error.found)
    return Outcome(chain, _done(progress, task), known, None)


def _done(progress: Progress, task: TaskID) -> int:
    return int(next(t.completed for t in progress.tasks if t.id == task))


def _print(
    console: Console, outcomes: Sequence[Outcome], flaws: Sequence[str], unguarded: Sequence[str]
) -> None:
    for line in (*flaws, *(str(o.found) for o in outcomes if o.found)):
        console.print(line, style="bold red", markup=False, soft_wrap=True)
    for outcome in outcomes:
        if outcome.found is None:
            console.print(_holds(outcome), markup=False, soft_wrap=True)
    if not outcomes and not flaws:
        console.print("the log is empty")
    if unguarded:
        said = f"the log can be changed: the triggers {', '.join(unguarded)} are not there"
        console.print(said, style="yellow", soft_wrap=True)


def _holds(outcome: Outcome) -> str:
    reach = outcome.known.reach
    signed = f"signed up to {reach:,}" if reach else "nothing of it is signed"
    return f"{outcome.chain}: {outcome.sound:,} entries hold, {signed}"
