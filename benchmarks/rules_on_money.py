"""What every rule of a pack adds to a bet: the guarded ledger call beside the bare one.

Two ledgers of a kind, alike but for the guard, take the same bets in turn, one transaction each, so
that whatever else the machine does falls on both. Every rule of the pack is on, those that ship
off, too. Players have limits of three periods, forty payments in the last month and a visit that
runs; a bet comes every second of business time, so that nobody plays for an hour. `added` is the
difference of the two calls made for the same bet; `judged` is the rules alone, without rows. All of
it twice: on this machine's disc, and on one as slow as where the bars were set.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from benchmarks.ledger_world import durable_postgres
from benchmarks.slow_disc import again_on_a_slow_disc, is_slow
from benchmarks.tables import markdown
from core.compliance.calendar import DAY_US, SECOND_US
from core.compliance.desk import ComplianceDesk
from core.compliance.guard import PackGuard
from core.compliance.judge import Judge
from core.compliance.load import packs
from core.compliance.pack import Pack
from core.compliance.quiet_registers import quiet_registers
from core.compliance.request import Request
from core.compliance.requests.account import Login, PlayAsked
from core.compliance.requests.limits import LimitAsked, LimitContacted
from core.compliance.requests.money import Deposit, DepositSettled, Stake
from core.compliance.standing import Standing
from core.ledger.backend import LedgerBackend
from core.ledger.calls import Action, Call, Status
from core.ledger.guard import WALLET_IS_OPEN
from core.ledger.ledger import Ledger
from core.ledger.migrate import migrate
from core.ledger.open_ledger import open_backend
from core.ledger.units import units
from core.ledger.wallets import open_wallet

GAP_US = SECOND_US
PAYMENTS = 40


@dataclass(slots=True)
class Pair:
    """A bare ledger and a guarded one with the same players."""

    bare: Ledger
    guarded: Ledger
    pack: Pack
    players: int
    start_us: int
    number: int = 0

    def turn(self, count: int) -> tuple[list[float], list[float]]:
        """Take bets in both; return what each took, in microseconds."""
        took: tuple[list[float], list[float]] = ([], [])
        for _ in range(count):
            self.number += 1
            sides = (self.bare, self.guarded) if self.number % 2 else (self.guarded, self.bare)
            for ledger in sides:
                call = self._bet()
                began = time.perf_counter()
                outcome = ledger.post_one(call)
                spent = (time.perf_counter() - began) * 1e6
                if outcome.results[0].status is not Status.OK:
                    raise RuntimeError(str(outcome))
                took[ledger is self.guarded].append(spent)
        return took

    def _bet(self) -> Call:
        name, player = f"b{self.number}", f"p{self.number % self.players + 1}"
        stake = units("0.50", self.pack.currency)
        context = {"game_type": "slots", "game_id": "g1"}
        bet = Action("bet", name, stake, bet_ref=name, round_id=name, context=context)
        at_us = self.start_us + self.number * GAP_US
        return Call("studio", player, self.pack.currency, (bet,), at_us)


def main() -> None:
    """Print what the rules add, pack by pack and on both databases."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bets", type=int, default=1_500)
    parser.add_argument("--players", type=int, default=20)
    parser.add_argument("--packs", nargs="+", default=sorted(packs()))
    asked = parser.parse_args()
    rows = []
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="rules-")))
        for name in asked.packs:
            pack = packs()[name]
            for place, ledgers in _databases(stack, folder, name):
                rows.append(_measured(pack, place, ledgers, asked))
    header = [
        "pack", "rules", "database", "bare p50 us", "guarded p50 us", "ratio", "added p50 us",
        "added p99 us", "judged p50 us", "judged p99 us",
    ]  # fmt: skip
    whose = "made as slow as where the bars were set" if is_slow() else "this machine's"
    print(f"The disc is {whose}.\n\n{markdown(header, rows)}")
    print(f"\nBars: ratio 1.5, added p99 1,000 us; load average {os.getloadavg()[0]:.1f}.")
    if not is_slow():
        print(f"\n{again_on_a_slow_disc('benchmarks.rules_on_money')}")


def _databases(
    stack: ExitStack, folder: Path, name: str
) -> Iterator[tuple[str, tuple[LedgerBackend, LedgerBackend]]]:
    urls = tuple(f"sqlite:///{folder / f'{name}-{side}.sqlite'}" for side in ("bare", "guarded"))
    yield "SQLite", _opened(stack, urls)
    with ExitStack() as running, durable_postgres(running) as url:
        import psycopg

        with psycopg.connect(url.rsplit("/", 1)[0] + "/postgres", autocommit=True) as connection:
            connection.execute("CREATE DATABASE guarded")
        yield "PostgreSQL", _opened(running, (url, url.rsplit("/", 1)[0] + "/guarded"))


def _opened(stack: ExitStack, urls: Sequence[str]) -> tuple[LedgerBackend, LedgerBackend]:
    for url in urls:
        migrate(url)
    bare, guarded = (open_backend(url) for url in urls)
    stack.callback(bare.close)
    stack.callback(guarded.close)
    return bare, guarded


def _measured(
    pack: Pack, place: str, backends: tuple[LedgerBackend, LedgerBackend], asked: argparse.Namespace
) -> list[str]:
    judge = Judge(pack, frozenset(rule.id for rule in pack.rules))
    start_us = pack.zone.instant(datetime.fromisoformat("2026-11-17 12:00"))
    for backend in backends:
        _open_wallets(backend, asked.players, pack.currency)
    guarded = Ledger(backends[1], (WALLET_IS_OPEN, PackGuard({pack.pack: judge})))
    desk = ComplianceDesk(backends[1], {pack.pack: judge})
    for number in range(1, asked.players + 1):
        desk.enrol(_lived(judge, f"p{number}", start_us))
    pair = Pair(Ledger(backends[0]), guarded, pack, asked.players, start_us)
    pair.turn(asked.bets // 10)
    bare, with_rules = pair.turn(asked.bets)
    added = sorted(two - one for one, two in zip(bare, with_rules, strict=True))
    judged = sorted(_judged(judge, desk.standing("p1"), start_us, asked.bets))
    middle = statistics.median
    ratio = middle(with_rules) / middle(bare)
    on = [
        rule
        for rule in pack.in_force(pack.zone.local(start_us).date(), switched_on=judge.switched_on)
        if rule.check
    ]
    return [
        pack.pack, str(len(on)), place, f"{middle(bare):,.0f}", f"{middle(with_rules):,.0f}",
        f"{ratio:.2f}", f"{middle(added):,.0f}", f"{added[len(added) * 99 // 100]:,.0f}",
        f"{middle(judged):,.0f}", f"{judged[len(judged) * 99 // 100]:,.0f}",
    ]  # fmt: skip


def _open_wallets(backend: LedgerBackend, players: int, currency: str) -> None:
    ledger = Ledger(backend)
    for number in range(1, players + 1):
        player = f"p{number}"
        open_wallet(backend, player, currency, 1)
        gift = Action("promotion", player, units("1000000", currency))
        ledger.post_one(Call("studio", player, currency, (gift,), 1))


def _judged(judge: Judge, standing: Standing | None, start_us: int, count: int) -> Iterator[float]:
    """Yield how long the rules alone take for a stake, in microseconds."""
    if standing is None:
        return
    for number in range(count):
        stake = Stake(
            at_us=start_us + DAY_US // 2 + number * GAP_US, amount=1, currency=standing.currency,
            game_type="slots", game_id="g1", round_id=f"r{number}",
        )  # fmt: skip
        began = time.perf_counter()
        judge.decide(stake, standing)
        yield (time.perf_counter() - began) * 1e6


def _lived(judge: Judge, player: str, start_us: int) -> Standing:
    """Return the standing of a player with limits, a month of payments and a visit that runs."""
    pack = judge.pack
    standing = Standing(
        player=player, jurisdiction=pack.pack, currency=pack.currency, pseudonym=f"of-{player}",
        born_on="1985-03-01", verified="full", opened_us=start_us - 400 * DAY_US,
        registers=quiet_registers(pack, frozenset()),
    )  # fmt: skip
    for request in _life(pack, start_us):
        _, standing = judge.decide(request, standing)
    return standing


def _limits(pack: Pack) -> Iterator[tuple[str, str, int]]:
    """Yield the limits a careful player sets: every kind, for every period."""
    much = units("5000", pack.currency)
    for place, period in enumerate(("day", "week", "month")):
        for limit in ("deposit", "loss", "stake", "spend"):
            yield limit, period, much
        yield "time", period, 80_000 * 7**place
    yield "balance", "", units("100000000", pack.currency)


def _life(pack: Pack, start_us: int) -> Iterator[Request]:
    much = units("5000", pack.currency)
    long_ago = start_us - 60 * DAY_US
    for limit, period, amount in _limits(pack):
        yield LimitAsked(at_us=long_ago, limit=limit, period=period, amount=amount)
        yield LimitContacted(
            at_us=long_ago,
            actor="staff",
            staff_id="s",
            limit=limit,
            period=period,
            content="CRUKS was spoken of",
        )
    for number in range(PAYMENTS):
        at_us = start_us - 25 * DAY_US + number * DAY_US // 2
        amount, currency = units("5", pack.currency), pack.currency
        named = f"d{number}"
        yield Deposit(at_us=at_us, payment_id=named, amount=amount, currency=currency)
        yield DepositSettled(at_us=at_us, payment_id=named, amount=amount, currency=currency)
    yield Login(at_us=start_us, session_id="s1")
    yield PlayAsked(at_us=start_us, session_s=86_400, session_spend=much, game_type="slots")


if __name__ == "__main__":
    main()
