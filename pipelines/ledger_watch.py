"""What `evenhand ledger check --every` does: the ledger examines itself, again and again.

Way: command line -> here -> core.ledger.audit -> a line a run, for a journal or a log collector.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from itertools import count

from rich.console import Console
from sqlalchemy import func, select

from core.clock import Clock, SystemClock
from core.errors import NotReadyError, SourceError
from core.ledger.audit import LAWS, Finding, findings_of, scope_since
from core.ledger.reading import reading
from core.ledger.rows import Account, Movement
from core.ledger.schema import table_of
from pipelines.ledger_verbs import ledger_url, microseconds, print_findings

_SPAN = re.compile(r"(\d{1,6})([smhd])")
_SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}


def _wait(seconds: float) -> None:
    threading.Event().wait(seconds)


@dataclass(frozen=True, slots=True)
class Pace:
    """How many seconds lie between two runs' beginnings, and how many runs there are; 0: no end."""

    every_s: int
    times: int = 0
    wait: Callable[[float], None] = _wait


@dataclass(frozen=True, slots=True)
class Examined:
    """What a run looked at and what it found."""

    movements: int
    accounts: int
    findings: tuple[Finding, ...]

    @property
    def broken(self) -> list[str]:
        """The laws that are broken, in their order."""
        return list(dict.fromkeys(found.law for found in self.findings))


def seconds_of(span: str) -> int:
    """Read how often something is to be done.

    >>> seconds_of("1h"), seconds_of("90s")
    (3600, 90)

    Raises:
        SourceError: it is no span above 0.
    """
    found = _SPAN.fullmatch(span)
    seconds = int(found[1]) * _SECONDS[found[2]] if found else 0
    if not seconds:
        raise SourceError(f"{span!r} is no span of time", expected="such as 30m, 1h or 1d")
    return seconds


def watch_ledger(url: str, since: datetime | None, pace: Pace, clock: Clock | None = None) -> bool:
    """Examine the ledger at a pace, a line a run; return whether no run found anything.

    The first finding ends it. A ledger that cannot be read now is said so and asked again, except
    the first time.

    Raises:
        NotReadyError: there is no ledger to begin with.
    """
    clock, console = clock or SystemClock(), Console(soft_wrap=True, markup=False, highlight=False)
    for run in count(1):
        began, at = time.monotonic(), clock.now()
        try:
            examined = examine(url, microseconds(since))
        except NotReadyError as error:
            if run == 1:
                raise
            console.print(f"{at:%Y-%m-%dT%H:%M:%SZ} not examined: {error}")
        else:
            took_s = time.monotonic() - began
            console.print(f"{at:%Y-%m-%dT%H:%M:%SZ} {_line(examined)} seconds={took_s:.1f}")
            if examined.findings:
                _print_all(examined)
                return False
        if run == pace.times:
            return True
        pace.wait(max(0.0, pace.every_s - (time.monotonic() - began)))
    return True


def examine(url: str, since_us: int) -> Examined:
    """Ask all laws of one snapshot of the ledger.

    Raises:
        NotReadyError: it cannot be read.
    """
    with reading(ledger_url(url)) as connection:
        scope = scope_since(connection, since_us)
        found = [one for law in LAWS for one in findings_of(connection, law, scope)]
        movements, accounts = (
            int(connection.execute(select(func.count()).select_from(table_of(kind))).scalar() or 0)
            for kind in (Movement, Account)
        )
    return Examined(movements, accounts, tuple(found))


def _line(examined: Examined) -> str:
    broken = examined.broken
    said = f"{'BROKEN' if broken else 'ok'} laws={len(LAWS)} broken={len(broken)}"
    said += f" findings={len(examined.findings)} movements={examined.movements}"
    return f"{said} accounts={examined.accounts}"


def _print_all(examined: Examined) -> None:
    meanings = {law.__name__: law.__doc__ or "" for law in LAWS}
    for law in examined.broken:
        print_findings(meanings[law], [found for found in examined.findings if found.law == law])
