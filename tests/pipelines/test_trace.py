"""One bet, followed from the ledger to the warehouse."""

from __future__ import annotations

from contextlib import closing
from datetime import datetime
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import create_engine

from core.clock import SystemClock
from core.compliance.desk import ComplianceDesk
from core.compliance.guard import PackGuard
from core.compliance.judge import Judge
from core.compliance.load import packs
from core.compliance.quiet_registers import quiet_registers
from core.compliance.requests.limits import LimitAsked
from core.compliance.standing import Standing
from core.ledger.calls import Action, Call
from core.ledger.ledger import Ledger
from core.ledger.migrate import database_url, migrate
from core.ledger.open_ledger import open_backend
from core.ledger.relay import Relay, event_id
from core.ledger.wallets import open_wallet
from core.log.open_log import open_log
from core.settings import Settings
from pipelines.stream.opening import make_worker, opened, refuse_unbuilt
from pipelines.stream.settings import StreamSettings
from pipelines.tracing.stops import stops_of
from tests.pipelines.log_landing import land_all


@pytest.fixture
def stream(tmp_path: Path) -> StreamSettings:
    return StreamSettings(
        Settings(tmp_path, tmp_path / "mlruns"), f"sqlite:///{tmp_path / 'log.sqlite'}",
        str(tmp_path / "states.sqlite"),
    )  # fmt: skip


@pytest.fixture
def ledger(tmp_path: Path) -> str:
    url = f"sqlite:///{tmp_path / 'ledger.sqlite'}"
    migrate(url)
    return url


def _bet(ledger: str) -> UUID:
    now = SystemClock().now()
    at_us = int(now.timestamp()) * 1_000_000 + now.microsecond
    with closing(open_backend(ledger)) as backend:
        open_wallet(backend, "p1", "EUR", at_us)
        gift = Action("promotion", "gift", 20_000_000)
        bet = Action("bet", "bet 1", 5_000_000, bet_ref="bet 1")
        outcome = Ledger(backend).post_one(
            Call("studio", "p1", "EUR", (gift, bet), at_us, trace_id="abc")
        )
    number = outcome.results[-1].movement_id
    assert number is not None
    return event_id("p1", number, at_us)


def _relay(ledger: str, stream: StreamSettings) -> None:
    engine = create_engine(database_url(ledger))
    with closing(open_log(stream.log, 2)) as log:
        Relay(engine, log, lambda _: 1_000_000, "EUR").step()
    engine.dispose()


def _work(stream: StreamSettings) -> None:
    with opened(stream) as parts:
        refuse_unbuilt(parts)
        make_worker(parts).run(until_caught_up=True)


def _seen(event: UUID, stream: StreamSettings, ledger: str) -> dict[str, datetime | None]:
    return {stop.name: stop.at for stop in stops_of(event, stream, ledger)}


def test_every_stop_is_shown_once_the_event_has_reached_it(
    stream: StreamSettings, ledger: str
) -> None:
    event = _bet(ledger)
    assert _seen(event, stream, ledger).keys() == {"ledger", "event log"}

    _relay(ledger, stream)
    told = _seen(event, stream, ledger)
    assert told["event log"] is not None
    assert told["states"] is None
    assert told["warehouse"] is None

    _work(stream)
    with closing(open_log(stream.log)) as log:
        land_all(log, stream.settings)
    times = [at for name, at in _seen(event, stream, ledger).items() if name != "alerts"]
    assert len(times) == 4
    assert all(at is not None for at in times)
    assert times[0] == min(at for at in times if at is not None)


def test_what_the_ledger_says_names_movement_and_trace(stream: StreamSettings, ledger: str) -> None:
    event = _bet(ledger)

    stop = next(stops_of(event, stream, ledger))

    assert stop.said.endswith("studio bet bet 1, trace abc")


def test_an_event_of_another_ledger_is_not_there(stream: StreamSettings, ledger: str) -> None:
    _bet(ledger)
    _relay(ledger, stream)
    other = UUID(int=event_id("p1", 999, 5).int | (1 << 90))

    assert set(_seen(other, stream, ledger).values()) == {None}


def test_an_imported_event_is_said_to_hold_no_instant(stream: StreamSettings, ledger: str) -> None:
    imported = UUID("eb01e5f8-bdee-8787-a531-07c8234d317d")
    with closing(open_log(stream.log, 2)):
        pass

    said = [stop.said for stop in stops_of(imported, stream, ledger)]

    assert all("version 8" in one for one in said)


def test_what_the_rules_said_of_a_movement_is_a_stop_of_its_own(
    stream: StreamSettings, ledger: str
) -> None:
    now = SystemClock().now()
    at_us = int(now.timestamp()) * 1_000_000 + now.microsecond
    pack, judges = packs()["GB"], {"GB": Judge(packs()["GB"])}
    with closing(open_backend(ledger)) as backend:
        open_wallet(backend, "p1", "GBP", 0)
        desk = ComplianceDesk(backend, judges)
        desk.enrol(
            Standing(
                player="p1", jurisdiction="GB", currency="GBP", pseudonym="x",
                born_on="1990-05-01", verified="full", registers=quiet_registers(pack),
            )
        )  # fmt: skip
        limit = LimitAsked(at_us=0, limit="deposit", period="day", amount=20_000_000)
        desk.ask("p1", limit)
        guarded = Ledger(backend, (PackGuard(judges),))
        gift = Action("promotion", "gift", 20_000_000)
        paid = Action("deposit_requested", "d1", 20_000_000, bet_ref="d1")
        numbers = [
            guarded.post_one(Call("bank", "p1", "GBP", (one,), at_us)).results[-1].movement_id
            for one in (gift, paid)
        ]
    said = [
        [one.said for one in stops_of(event_id("p1", number or 0, at_us), stream, ledger)
         if one.name == "rules"]
        for number in numbers
    ]  # fmt: skip

    assert said[0] == ["every rule of GB was asked, none had a word to say"]
    assert any("LIMIT_REACHED by GB-DL-1, allow" in word for word in said[1])
