"""Wallet, relay and database are killed under load: nothing is lost, nothing is told twice."""

from __future__ import annotations

import os
import random
import tempfile
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import func, select

from core.events.codec import decode
from core.events.envelope import Event
from core.events.fact import Fact
from core.events.families.game import BetPlaced, BetRolledBack, BetWon, PrizePaid
from core.ledger.audit import audit
from core.ledger.calls import Action, Call
from core.ledger.ledger import Ledger
from core.ledger.migrate import migrate
from core.ledger.open_ledger import open_backend
from core.ledger.reading import reading
from core.ledger.relay import event_id
from core.ledger.rows import Account, Fund, Leg, Movement, Outgoing
from core.ledger.schema import table_of
from core.ledger.units import whole_minor
from core.ledger.wallets import open_wallet
from core.log.sqlite_log import SqliteLog
from tests.core.wallet.killed_house import KilledHouse, wallet_processes
from tests.core.wallet.stubborn_provider import StubbornProvider
from tests.services.logs import whole
from tests.services.postgres_server import postgres_server
from tests.services.server import Server, wait_until

KILLS = int(os.environ.get("EVENHAND_KILLS", "6"))
PLAYERS, GIFT, BETWEEN = 8, 500_000_000, 40
_FACTS: dict[str, type[Fact]] = {
    "bet": BetPlaced, "win": BetWon, "rollback": BetRolledBack, "promotion": PrizePaid,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Place:
    """A house, where its ledger is, and the folder of its log."""

    house: KilledHouse
    ledger_url: str
    folder: Path


@pytest.fixture(params=["relay beside", "relay within"])
def relay(request: pytest.FixtureRequest) -> str:
    """Whether the relay is a process of its own, or dies with the wallet that it is in."""
    return str(request.param)


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path, relay: str) -> Iterator[Place]:
    """A running house."""
    with ExitStack() as stack:
        servers, url = dict[str, Server](), f"sqlite:///{tmp_path / 'ledger.sqlite'}"
        if request.param == "postgresql":
            # not pytest's folder: PostgreSQL's own user must reach it
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="evenhand-kills-"))
            database = postgres_server(Path(folder), {"fsync": "on"})
            servers["database"] = database
            url = f"postgresql://evenhand@127.0.0.1:{database.port}/postgres"
            with database.running():
                _fill(url)
        else:
            _fill(url)
        servers |= wallet_processes(tmp_path, url, is_relay_beside=relay == "relay beside")
        house = KilledHouse(servers)
        stack.enter_context(house.running())
        yield Place(house, url, tmp_path)


@pytest.mark.timeout(120 + 30 * KILLS)
def test_whatever_is_killed_everybody_is_told_the_same_and_once(
    place: Place, record_property: Callable[[str, object], None]
) -> None:
    chance, killed = random.Random(KILLS), Counter[str]()
    with _under_load(place.house.port) as providers:
        while killed.total() < KILLS and not any(provider.faults for provider in providers):
            _let_work(providers, chance)
            names = _victims(list(place.house.servers), chance)
            place.house.kill(names)
            place.house.start(names)
            killed.update(names)
        _let_work(providers, chance)
    record_property("killed", str(dict(killed)))
    record_property("requests", str(_answered(providers)))
    record_property("retries", sum(provider.retries for provider in providers))

    assert place.house.fallen() == {}
    assert [fault for provider in providers for fault in provider.faults] == []
    wait_until(lambda: _waiting_rows(place.ledger_url) == 0, 60, "an empty outbox")
    with reading(place.ledger_url) as connection:
        assert audit(connection) == []
    assert _balances(place.ledger_url) == {p.player: p.due for p in providers}
    copies = _check_downstream(place, {p.player: whole_minor(p.due, "EUR") for p in providers})
    record_property("events told again", copies)


def _check_downstream(place: Place, due_minor: dict[str, int]) -> int:
    """Every movement of money is told by one event, in the player's order, and they add up.

    Returns how many lines of the log were copies.
    """
    moved, told, lines_read = _moved(place.ledger_url), dict[UUID, Event](), 0
    with closing(SqliteLog(place.folder / "log.sqlite")) as log:
        for lines in whole(log).of.values():
            lines_read += len(lines)
            for _, _, line in lines:
                event = decode(line)
                assert isinstance(event, Event)
                assert told.setdefault(event.id, event) == event, "one id, two contents"
    sums = Counter[str]()
    for event in told.values():
        sums[event.subject] += _gained(event.fact)

    assert told.keys() == moved.keys()
    assert Counter(type(event.fact) for event in told.values()) == Counter(
        _FACTS[row.operation] for row in moved.values()
    )
    assert sums == due_minor
    for player in due_minor:
        in_log = [key for key, event in told.items() if event.subject == player]
        assert in_log == [key for key, row in moved.items() if row.player == player]
    return lines_read - len(told)


def _gained(fact: Fact) -> int:
    if isinstance(fact, BetPlaced):
        return -fact.amount_minor
    assert isinstance(fact, BetWon | BetRolledBack | PrizePaid)
    return fact.amount_minor


@contextmanager
def _under_load(port: int) -> Iterator[list[StubbornProvider]]:
    ended = threading.Event()
    providers = [
        StubbornProvider(port, f"p{n}", random.Random(n), GIFT, ended) for n in range(PLAYERS)
    ]
    threads = [threading.Thread(target=provider.play, daemon=True) for provider in providers]
    for thread in threads:
        thread.start()
    try:
        yield providers
    finally:
        ended.set()
        for thread in threads:
            thread.join()


def _let_work(providers: list[StubbornProvider], chance: random.Random) -> None:
    """Wait until more was answered, then for a moment of any phase of the work."""
    enough = _answered(providers) + chance.randint(1, BETWEEN)
    wait_until(
        lambda: _answered(providers) >= enough or any(p.faults for p in providers), 120, "answers"
    )
    threading.Event().wait(chance.random() * 0.1)


def _answered(providers: list[StubbornProvider]) -> int:
    return sum(len(provider.finals) for provider in providers)


def _victims(names: list[str], chance: random.Random) -> list[str]:
    """Choose one, or all of them: the machine goes down."""
    return names if chance.random() < 0.15 else [chance.choice(names)]


def _fill(url: str) -> None:
    migrate(url)
    with closing(open_backend(url)) as backend:
        for number in range(PLAYERS):
            player = f"p{number}"
            open_wallet(backend, player, "EUR", at_us=1)
            gift = Action("promotion", f"gift of {player}", GIFT)
            Ledger(backend).post_one(Call("tests", player, "EUR", (gift,), at_us=1))


@dataclass(frozen=True, slots=True)
class Moved:
    """Whose money was moved by what."""

    player: str
    operation: str


def _moved(url: str) -> dict[UUID, Moved]:
    """Return the movements that moved money by the id of their event, in order."""
    movement, leg = table_of(Movement).c, table_of(Leg).c
    wanted = (
        select(movement.id, movement.player, movement.at_us, movement.operation)
        .where(movement.id.in_(select(leg.movement_id).where(leg.amount != 0)))
        .order_by(movement.id)
    )
    with reading(url) as connection:
        return {
            event_id(row.player, row.id, row.at_us): Moved(row.player, row.operation)
            for row in connection.execute(wanted)
        }


def _balances(url: str) -> dict[str, int]:
    account = table_of(Account).c
    wanted = select(account.player, account.balance).where(account.fund == Fund.REAL)
    with reading(url) as connection:
        return {row.player: row.balance for row in connection.execute(wanted)}


def _waiting_rows(url: str) -> int:
    counted = select(func.count()).select_from(table_of(Outgoing))
    with reading(url) as connection:
        return int(connection.execute(counted).scalar() or 0)
