"""How many durable debits a second the ledger takes, beside bare debits on the same disc.

PostgreSQL is started for the purpose with `fsync` on; SQLite writes with `synchronous = FULL`. The
ways take turns, a few seconds each, so that whatever else the machine does falls on all alike; a
figure is the median of its turns, a ratio the median of the ratios of each round.

The first ways are SQL functions called by pgbench, which is C and keeps its statements prepared: a
bare debit; a posting with one balance row of the house, at its least and as pgledger makes it; the
ledger's own SQL for a whole bet, and the same with a balance of the house added. Then the ledger
itself, in one Python process, each debit a whole bet: guards, idempotency, funds, round, bet,
event. One by one, every client is a thread and every bet a transaction; `batched` is how the wallet
serves: an event loop whose requests share transactions.

All of it is measured twice: on this machine's disc, and on one as slow as where the bars were set.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from benchmarks.ledger_bare import Bench, flush_us, inserts_per_second, make_bare
from benchmarks.ledger_crowds import Bets, Coroutines, Threads
from benchmarks.ledger_general import make_general
from benchmarks.ledger_sql import make_ledger_bets
from benchmarks.ledger_world import durable_postgres, open_wallets
from benchmarks.slow_disc import again_on_a_slow_disc, is_slow
from benchmarks.tables import markdown
from core.ledger.batcher import Lanes
from core.ledger.ledger import Ledger
from core.ledger.migrate import migrate
from core.ledger.postgres_backend import PostgresBackend
from core.ledger.sqlite_backend import SqliteBackend

SQL_WAYS = {
    "debit": "bare debit",
    "transfer": "one house row, at its least",
    "general": "one house row, as pgledger",
    "bet": "the ledger's SQL",
    "bet_house": "the ledger's SQL + a house row",
}


@dataclass(frozen=True, slots=True)
class Plan:
    """How long, how many players, and how many clients at once."""

    seconds: float
    rounds: int
    players: int
    clients: int


@dataclass(slots=True)
class Way:
    """One way to take debits: `turn` runs it for some seconds and returns how many a second."""

    name: str
    turn: Callable[[float], float]
    taken: list[float] = field(default_factory=list)


def main() -> None:
    """Print calls a second of every way, and the ratios that have a bar, on both discs."""
    print(_measured(_plan()))
    if not is_slow():
        print(f"\n{again_on_a_slow_disc('benchmarks.ledger_speed')}")


def _measured(plan: Plan) -> str:
    with ExitStack() as stack:
        # PostgreSQL's own folder is opened to the user it runs as; ours is not
        ours = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ledger-")))
        with durable_postgres(stack) as url:
            postgres, bets = _ways_of_postgres(stack, url, ours, plan)
            _take_turns(postgres, plan)
        sqlite = _ways_of_sqlite(stack, ours, plan)
        _take_turns(sqlite, plan)
        disc = f"`fdatasync` of 8 KiB takes {flush_us(ours / 'page'):,.0f} us"
    whose = "made as slow as where the bars were set" if is_slow() else "this machine's"
    return f"The disc is {whose}: {disc}.\n\n{_page(plan, postgres, sqlite, bets)}"


def _plan() -> Plan:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--players", type=int, default=5_000)
    parser.add_argument("--clients", type=int, default=32)
    asked = parser.parse_args()
    return Plan(asked.seconds, asked.rounds, asked.players, asked.clients)


def _ways_of_postgres(
    stack: ExitStack, url: str, ours: Path, plan: Plan
) -> tuple[list[Way], dict[str, Bets]]:
    make_bare(url, plan.players)
    make_general(url, plan.players)
    migrate(url)
    backend = PostgresBackend(url, connections=plan.clients)
    stack.callback(backend.close)
    open_wallets(backend, plan.players)
    make_ledger_bets(url)
    ledger = Ledger(backend)
    many = f"ledger, batched, {4 * plan.clients} clients"
    bets = {
        name: Bets(plan.players, plan.clients) for name in ("ledger, one by one", "ledger, batched")
    }
    bets[many] = Bets(plan.players, 4 * plan.clients)
    alone, *shared = bets
    bench = Bench(url, ours, plan.players, plan.clients)
    ways = [
        *(Way(name, partial(bench.per_second, function)) for function, name in SQL_WAYS.items()),
        Way(alone, Threads(lambda asked: ledger.post([asked]), bets[alone]).turn),
        *(Way(name, Coroutines(ledger, Lanes(), bets[name]).turn) for name in shared),
    ]
    return ways, bets


def _ways_of_sqlite(stack: ExitStack, ours: Path, plan: Plan) -> list[Way]:
    path = ours / "ledger.sqlite"
    migrate(f"sqlite:///{path}")
    backend = SqliteBackend(path)
    stack.callback(backend.close)
    open_wallets(backend, plan.players)
    ledger = Ledger(backend)
    alone = Threads(lambda asked: ledger.post([asked]), Bets(plan.players, 1))
    batched = Coroutines(ledger, Lanes(count=1), Bets(plan.players, plan.clients))
    return [
        Way("bare insert", lambda seconds: inserts_per_second(ours / "bare.sqlite", seconds)),
        Way("ledger, one by one", alone.turn),
        Way("ledger, batched", batched.turn),
    ]


def _take_turns(ways: Sequence[Way], plan: Plan) -> None:
    for way in ways:
        way.turn(1.0)  # connections, plans, caches
    for _ in range(plan.rounds):
        for way in ways:
            way.taken.append(way.turn(plan.seconds))


def _ratio(way: Way, base: Way) -> float:
    pairs = zip(way.taken, base.taken, strict=True)
    return statistics.median(one / other for one, other in pairs)


def _page(plan: Plan, postgres: list[Way], sqlite: list[Way], bets: dict[str, Bets]) -> str:
    bases = postgres[:3]
    rows = [
        [way.name, f"{statistics.median(way.taken):,.0f}",
         *(f"{_ratio(way, base):.2f}" for base in bases), *_waits(bets.get(way.name))]
        for way in postgres
    ]  # fmt: skip
    ratios = ["x bare debit", "x one house row", "x as pgledger"]
    header = ["PostgreSQL", "a second", *ratios, "p50 ms", "p99 ms"]
    base = sqlite[0]
    others = [
        [way.name, f"{statistics.median(way.taken):,.0f}", f"{_ratio(way, base):.2f}"]
        for way in sqlite
    ]
    return (
        f"{plan.clients} clients, {plan.players:,} players, {plan.rounds} rounds of "
        f"{plan.seconds:g} s a way; load average {os.getloadavg()[0]:.1f} at the end.\n\n"
        + markdown(header, rows)
        + "\n\n"
        + markdown(["SQLite, on disc", "a second", "x bare insert"], others)
        + "\n\nBars: the ledger's SQL at 4 x as pgledger; the ledger in process at 0.9 of the bare "
        "debit; SQLite within 1.3 of a bare insert (0.77 here)."
    )


def _waits(bets: Bets | None) -> list[str]:
    return ["-", "-"] if bets is None else [f"{waited:.1f}" for waited in bets.waits()]


if __name__ == "__main__":
    main()
