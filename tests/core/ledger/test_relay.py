"""The outbox becomes events: none lost, none of them twice under two ids, and they add up."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine
from sqlalchemy.engine import Engine

from core.errors import LogError, MoneyError
from core.events.codec import decode
from core.events.envelope import Event
from core.events.families.game import BetPlaced, BetRefused, BetRolledBack, BetWon, PrizePaid
from core.ledger.calls import Action, Call
from core.ledger.ledger import Ledger
from core.ledger.migrate import database_url
from core.ledger.relay import Relay, event_id
from core.ledger.rows import Fund
from core.ledger.units import whole_minor
from core.ledger.wallets import open_wallet, set_state
from core.log.event_log import Entry
from core.log.sqlite_log import SqliteLog
from core.wallet.serving import relaying
from tests.core.ledger.desks import NOON_US, new_ledger_file, open_sqlite


def _rates(currency: str) -> int:
    if currency != "EUR":
        raise MoneyError(f"no rate of {currency}")
    return 1_000_000


class House:
    """A ledger in a file, its outbox and a log."""

    def __init__(self, folder: Path) -> None:
        path = new_ledger_file(folder / "ledger.sqlite")
        self.backend = open_sqlite(path)
        self.ledger = Ledger(self.backend)
        self.engine: Engine = create_engine(database_url(f"sqlite:///{path}"))
        self.log = SqliteLog(folder / "log.sqlite", 2)
        self.relay = Relay(self.engine, self.log, _rates, "EUR")
        self._numbers = iter(range(10**6))
        open_wallet(self.backend, "p1", "EUR", NOON_US)

    def ask(self, operation: str, amount: int, **more: str) -> None:
        """Ask for something new of player p1."""
        number = next(self._numbers)
        action = Action(operation, f"t{number}", amount, **{"bet_ref": f"b{number}", **more})  # type: ignore[arg-type]
        self.ledger.post_one(Call("tests", "p1", "EUR", (action,), NOON_US + number))

    def told(self) -> list[Event]:
        """Return what the log holds, in order."""
        lines = [
            line
            for partition in range(2)
            for batch in self.log.read_range(partition, 0, 10**9)
            for line in batch.value
        ]
        events = [decode(line) for line in lines]
        assert all(isinstance(event, Event) for event in events)
        return [event for event in events if isinstance(event, Event)]

    def close(self) -> None:
        self.backend.close()
        self.log.close()
        self.engine.dispose()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with closing(House(tmp_path)) as house:
        yield house


def test_what_moved_is_told_in_order_and_what_did_not_is_not(house: House) -> None:
    house.ask("promotion", 50_000_000)
    house.ask("bet", 10_000_000, bet_ref="r1")
    house.ask("win", 4_000_000, bet_ref="r1")
    house.ask("bet", 1_000_000, bet_ref="r2")
    house.ask("rollback", 0, bet_ref="r2")
    house.ask("rollback", 0, bet_ref="never placed")
    house.ask("bet", 900_000_000)  # not enough money
    house.ask("bet", 1_000_000, bet_ref="r3")
    house.ask("win", 0, bet_ref="r3")

    house.relay.step()

    kinds = [type(event.fact) for event in house.told()]
    assert kinds == [PrizePaid, BetPlaced, BetWon, BetPlaced, BetRolledBack, BetPlaced]
    assert house.relay.step() == 0


def test_a_stake_a_rule_refused_is_told_with_the_rule(house: House) -> None:
    set_state(house.backend, "p1", "blocked")

    house.ask("bet", 1_000_000)
    house.relay.step()

    [refused] = [event.fact for event in house.told()]
    assert isinstance(refused, BetRefused)
    assert (refused.rule, refused.amount_minor) == ("wallet_is_open", 100)


def test_an_event_is_found_by_its_movement_and_a_movement_by_its_event(house: House) -> None:
    house.ask("promotion", 50_000_000)
    house.relay.step()

    with house.engine.connect() as connection:
        [(number, at_us)] = connection.exec_driver_sql("SELECT id, at_us FROM movement").all()

    [event] = house.told()
    assert event.id == event_id("p1", number, at_us)
    assert (event.id.int >> 80) == at_us // 1_000


def test_a_row_without_a_rate_waits_and_holds_up_nobody(house: House) -> None:
    open_wallet(house.backend, "p1", "SEK", NOON_US)
    gift = Action("promotion", "gift", 10_000_000)
    house.ledger.post_one(Call("tests", "p1", "SEK", (gift,), NOON_US))
    house.ask("promotion", 50_000_000)

    assert house.relay.step() == 1
    assert list((house.relay.stuck or {}).values()) == ["promotion: no rate of SEK"]

    house.relay.rates = lambda _: 1_000_000
    house.relay.retry()
    assert house.relay.step() == 1
    assert len(house.told()) == 2


def test_more_rows_without_a_rate_than_a_question_names_hold_up_nobody(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.ledger.relay.NAMED", 2)
    open_wallet(house.backend, "p1", "SEK", NOON_US)
    for number in range(7):
        gift = Action("promotion", f"gift {number}", 10_000_000)
        house.ledger.post_one(Call("tests", "p1", "SEK", (gift,), NOON_US))
    house.ask("promotion", 50_000_000)

    assert [house.relay.step(limit=2) for _ in range(5)] == [0, 0, 0, 1, 0]
    assert len(house.relay.stuck) == 7


def test_a_relay_tries_again_what_it_could_not_tell_and_outlives_what_nobody_foresaw(
    house: House,
) -> None:
    open_wallet(house.backend, "p1", "SEK", NOON_US)
    gift = Action("promotion", "gift", 10_000_000)
    house.ledger.post_one(Call("tests", "p1", "SEK", (gift,), NOON_US))
    heard, is_told = list[str](), threading.Event()

    def rates(currency: str) -> int:
        if len(heard) == 0:
            raise UnicodeDecodeError("utf-8", b"", 0, 1, "a file half written")
        if len(heard) == 1:
            return _rates(currency)
        is_told.set()
        return 1_000_000

    house.relay.rates = rates
    with relaying(house.relay, lambda error: heard.append(str(error)), retries_s=0.1):
        assert is_told.wait(20)
    assert len(house.told()) == 1
    assert heard[1] == "1 row of the outbox waits, such as promotion: no rate of SEK"


class _Dying(SqliteLog):
    """A log that keeps what it is given and dies before it can say so."""

    def append(self, entries: Sequence[Entry], connection: object = None) -> None:
        super().append(entries)
        raise LogError("gone")


def test_a_relay_that_died_between_log_and_outbox_tells_the_same_events_again(
    house: House, tmp_path: Path
) -> None:
    house.ask("promotion", 50_000_000)
    house.ask("bet", 10_000_000)
    with closing(_Dying(tmp_path / "log.sqlite")) as dying, pytest.raises(LogError):
        Relay(house.engine, dying, _rates, "EUR").step()

    house.relay.step()

    ids = [event.id for event in house.told()]
    assert len(ids) == 4
    assert len(set(ids)) == 2


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["bet", "win"]), st.integers(0, 30_000)), max_size=12))
def test_all_events_of_a_player_add_up_to_his_balance(
    tmp_path_factory: pytest.TempPathFactory, moves: list[tuple[str, int]]
) -> None:
    with closing(House(tmp_path_factory.mktemp("sum"))) as house:
        house.ask("promotion", 45_003)
        for place, (operation, amount) in enumerate(moves):
            with suppress(MoneyError):
                house.ask("bet", amount if operation == "bet" else 0, bet_ref=f"m{place}")
            if operation == "win":
                house.ask("win", amount, bet_ref=f"m{place}")
        house.relay.step()
        facts = [event.fact for event in house.told()]
        [balance] = _balance(house)

    gained = sum(f.amount_minor for f in facts if isinstance(f, PrizePaid | BetWon))
    staked = sum(f.amount_minor for f in facts if isinstance(f, BetPlaced))
    assert gained - staked == whole_minor(balance, "EUR")


def _balance(house: House) -> list[int]:
    with house.engine.connect() as connection:
        found = connection.exec_driver_sql(
            f"SELECT balance FROM account WHERE player = 'p1' AND fund = '{Fund.REAL}'"
        )
        return [row[0] for row in found]
