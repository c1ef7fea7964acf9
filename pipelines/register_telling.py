"""What `evenhand registers tell` and `screen` do. Way: command line -> here -> core.registers."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from sqlalchemy import select

from core.clock import SystemClock
from core.compliance.calendar import instant_us
from core.compliance.desk import ComplianceDesk
from core.compliance.opening import judges_of, keep_packs, packs_in
from core.compliance.requests.account import DayPassed
from core.errors import EvenhandError, NotReadyError
from core.ledger.backend import LedgerBackend
from core.ledger.calls import RetryableError
from core.ledger.reading import reading
from core.ledger.rule_rows import StandingRow
from core.ledger.schema import table_of
from core.registers.asking import Registrar
from core.registers.blocking import BlockingDesk
from core.registers.opening import SETTING, registers_in
from core.registers.telling import RegisterTeller, Telling
from pipelines.compliance_verbs import Where, address, desk_at


@contextmanager
def set_up() -> Iterator[BlockingDesk]:
    """Open the registers that are set up.

    Raises:
        NotReadyError: none are.
    """
    with registers_in(os.environ) as registers:
        if registers is None:
            raise NotReadyError(f"{SETTING} is not set", hint="see docs/registers.md")
        yield registers


@contextmanager
def asking_of(backend: LedgerBackend) -> Iterator[ComplianceDesk | Registrar | None]:
    """Open whom to ask of a ledger's players: registers first where any are set up.

    Null where the environment names no packs. The packs are kept in the database first.
    """
    names, overlay = packs_in(os.environ)
    wanted = names.replace(",", " ").split()
    if not wanted:
        yield None
        return
    judges = judges_of(wanted, overlay)
    keep_packs(backend, judges)
    desk = ComplianceDesk(backend, judges)
    with registers_in(os.environ) as registers:
        yield desk if registers is None else Registrar(desk, registers)


def told(where: Where, every_s: float) -> bool:
    """Tell registers what is due, once or at a pace until interrupted; say whether none waits."""
    console = Console()
    with desk_at(where) as desk, set_up() as registers:
        turn = teller_of(where, desk, registers).turn
        found = turn()
        _print(console, found)
        while every_s:
            threading.Event().wait(every_s)
            found = turn()
            if found.told or found.waiting:
                _print(console, found)
    return not found.waiting


@contextmanager
def telling(teller: RegisterTeller, report: Callable[[str], None]) -> Iterator[None]:
    """Tell registers once a second in a thread, until left; what fails is tried again."""
    stop = threading.Event()

    def run() -> None:
        while not stop.wait(1.0):
            try:
                teller.turn()
            except (EvenhandError, RetryableError) as error:
                report(f"registers are told later: {error}")

    thread = threading.Thread(target=run, name="teller", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def teller_of(where: Where, desk: ComplianceDesk, registers: BlockingDesk) -> RegisterTeller:
    """Return who tells registers of the players of a ledger."""
    packs = {name: judge.pack for name, judge in desk.judges.items()}
    return RegisterTeller(address(where.ledger), desk.backend, packs, registers)


def screened(where: Where) -> int:
    """Ask nightly registers about every player; return how many there are."""
    from rich.progress import track

    standing = table_of(StandingRow)
    with reading(address(where.ledger)) as connection:
        wanted = select(standing.c.player).order_by(standing.c.player)
        players = connection.execute(wanted).scalars().all()
    now_us = instant_us(SystemClock().now())
    with desk_at(where) as desk, set_up() as registers:
        registrar = Registrar(desk, registers)
        for player in track(players, "asking registers", console=Console(stderr=True)):
            night = DayPassed(at_us=now_us, request_id=f"night-{player}-{now_us}")
            registrar.ask(player, night)
    return len(players)


def _print(console: Console, found: Telling) -> None:
    console.print(f"{found.told} told, {found.waiting} not known to have been taken")
