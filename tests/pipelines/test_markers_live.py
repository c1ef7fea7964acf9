"""From a fact in the log to the score gate: markers said, answered by the pack, and told onward."""

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event as Stop

import pytest
from sqlalchemy import create_engine, select

from core.audit.tables import ENTRY
from core.clock import SystemClock
from core.compliance.desk import ComplianceDesk
from core.compliance.judge import Judge
from core.compliance.load import packs
from core.compliance.opening import keep_packs
from core.compliance.quiet_registers import quiet_registers
from core.compliance.requests.offers import Marketing
from core.compliance.standing import Standing
from core.errors import NotReadyError
from core.events.codec import encode
from core.events.families.player import PlayerRegistered
from core.events.families.support import TicketOpened
from core.ledger.backend import LedgerBackend
from core.ledger.calls import RetryableError
from core.ledger.migrate import database_url
from core.ledger.reading import reading
from core.ledger.relay import Relay
from core.ledger.wallets import open_wallet
from core.log.event_log import EventLog
from core.log.open_log import open_log
from core.rg_state import RgFact, fold
from pipelines.markers_live import ACTS_ON_US, Following, LiveMarkers, follow
from tests.core.ledger.conftest import (  # noqa: F401 - fixtures
    ledger_backend,
    ledger_template,
    ledger_url,
    postgres_ledger_url,
)
from tests.pipelines.holds_world import entry, event

GB = packs()["GB"]
NOW = SystemClock().now()
DISTRESS = TicketOpened(ticket_id="t", topic="responsible_gambling")
REGISTERED = PlayerRegistered(jurisdiction="GB", country="GB", currency="GBP", birth_year=1990)


@pytest.fixture
def desk(ledger_backend: LedgerBackend) -> ComplianceDesk:  # noqa: F811
    judges = {"GB": Judge(GB)}
    keep_packs(ledger_backend, judges)
    open_wallet(ledger_backend, "ada", "GBP", 0)
    made = ComplianceDesk(ledger_backend, judges)
    made.enrol(
        Standing(
            player="ada", jurisdiction="GB", currency="GBP", pseudonym="x", born_on="1990-05-01",
            verified="full", registers=quiet_registers(GB), consents=("casino:email",),
        )
    )  # fmt: skip
    return made


@pytest.fixture
def log(tmp_path: Path) -> Iterator[EventLog]:
    with closing(open_log(f"sqlite:///{tmp_path / 'log.sqlite'}", 2)) as opened:
        yield opened


def _live(desk: ComplianceDesk, acts_on_us: int | None = ACTS_ON_US) -> LiveMarkers:
    return LiveMarkers(desk, {"GB": GB}, "EUR", SystemClock(), acts_on_us)


def _seen(log: EventLog, live: LiveMarkers) -> LiveMarkers:
    follow(log, live, Stop(), Following(until_caught_up=True))
    return live


def _happens(log: EventLog, *minutes_ago: int) -> None:
    log.append([entry("ada", REGISTERED, NOW - timedelta(days=40))])
    log.append(
        [entry("ada", DISTRESS, NOW - timedelta(minutes=m), n) for n, m in enumerate(minutes_ago)]
    )


def test_a_strong_marker_stops_campaigns_opens_a_review_and_reaches_the_gate(
    desk: ComplianceDesk,
    log: EventLog,
    ledger_url: str,  # noqa: F811
    tmp_path: Path,
) -> None:
    _happens(log, 5, 1)
    queued = Marketing(at_us=_us(NOW), campaign_id="c", channel="email", product="casino")
    before = desk.ask("ada", queued)

    live = _seen(log, _live(desk))

    standing = desk.standing("ada")
    assert standing is not None
    assert standing.has_mark("strong_indicator")
    assert live.counts.said == 2  # the first word about it, then the strong sign
    after = desk.ask("ada", Marketing(at_us=_us(NOW) + 10**9, campaign_id="c", channel="email"))
    assert (before.decision, after.decision) == ("allow", "refuse")
    told = _told(ledger_url, tmp_path)
    assert fold(told).name(NOW + timedelta(days=400)) == "protected"
    with reading(ledger_url) as connection:
        said = connection.execute(select(ENTRY.c.body, ENTRY.c.event)).all()
    strong = next(row for row in said if row.event == "RG_STRONG")
    assert json.loads(strong.body)["inputs"] == {
        "marker": "M-COMM", "count": 2, "distress": 2
    }  # fmt: skip


def _us(at: datetime) -> int:
    return int(at.timestamp()) * 1_000_000


def _told(url: str, tmp_path: Path) -> list[RgFact]:
    """Return what the outbox tells of a player, read back as the worker would."""
    from core.events.codec import decode
    from core.events.envelope import Event

    engine = create_engine(database_url(url))
    found = []
    with closing(open_log(f"sqlite:///{tmp_path / 'told.sqlite'}", 1)) as told:
        Relay(engine, told, lambda _: 1_000_000, "EUR").step()
        for batch in told.read_range(0, 0, told.bounds(0).end):
            for value in batch.value:
                one = decode(value, base_currency="EUR")
                if isinstance(one, Event):
                    found.append(RgFact(one.time, one.fact))
    engine.dispose()
    return found


def test_a_second_reader_and_one_after_a_crash_say_nothing_twice(
    desk: ComplianceDesk,
    log: EventLog,
    ledger_url: str,  # noqa: F811
) -> None:
    _happens(log, 5, 1)
    first = _seen(log, _live(desk))
    with reading(ledger_url) as connection:
        entries = len(connection.execute(select(ENTRY.c.seq)).all())

    second = _seen(log, _live(desk))

    with reading(ledger_url) as connection:
        assert len(connection.execute(select(ENTRY.c.seq)).all()) == entries
    assert first.counts.said == second.counts.said + second.counts.known


def test_however_the_log_is_cut_into_batches_the_same_is_said_under_the_same_ids(
    desk: ComplianceDesk,
) -> None:
    facts = [REGISTERED, DISTRESS, DISTRESS, *[DISTRESS] * 3]
    values = [
        encode(event("ada", fact, NOW - timedelta(minutes=9 - n), n))
        for n, fact in enumerate(facts)
    ]

    def said(size: int) -> list[str]:
        live = _live(desk)
        for place in range(0, len(values), size):
            live.take(values[place : place + size])
        return [met.request_id for _, met in live._waiting]

    assert said(1) == said(2) == said(len(values)) != []


def test_what_is_long_known_makes_the_past_and_is_not_acted_upon(
    desk: ComplianceDesk, log: EventLog
) -> None:
    _happens(log, 60 * 24 * 3, 60 * 24 * 2)

    live = _seen(log, _live(desk))
    log.append([entry("ada", DISTRESS, NOW, 9)])
    later = _seen(log, _live(desk))
    replayed = _seen(log, _live(desk, acts_on_us=None))

    assert (live.counts.said, live.counts.deeds) == (0, 3)
    assert later.counts.said == 1
    assert replayed.counts.said + replayed.counts.known >= 1


def test_garbage_strangers_and_copies_are_counted_and_do_no_harm(
    desk: ComplianceDesk, log: EventLog
) -> None:
    _happens(log, 5, 1)
    copies = [entry("ada", DISTRESS, NOW - timedelta(minutes=5))] * 3
    stranger = [
        entry("bob", REGISTERED, NOW - timedelta(days=2)), entry("bob", DISTRESS, NOW)
    ]  # fmt: skip
    live = _live(desk)
    good = encode(event("ada", DISTRESS, NOW))

    live.take([b"no json .ticket_opened.", good[:-7], b"\xff\\"])
    live.say()
    log.append([*copies, *stranger])
    _seen(log, live)

    assert live.counts.unread == 3
    assert live.counts.unruled == 1
    assert live.counts.said == 2


def test_while_the_ledger_is_away_nothing_is_lost(desk: ComplianceDesk, log: EventLog) -> None:
    _happens(log, 5, 1)

    class Away:
        """A ledger that answers the third time."""

        tries = 0

        def ask(self, player: str, request: object, trace_id: str = "") -> object:
            self.tries += 1
            if self.tries < 3:
                raise RetryableError("away")
            return desk.ask(player, request, trace_id)  # type: ignore[arg-type]

    live = LiveMarkers(Away(), {"GB": GB}, "EUR", SystemClock())
    follow(log, live, Stop(), Following(until_caught_up=True, wait_s=0.0))

    standing = desk.standing("ada")
    assert standing is not None
    assert standing.has_mark("strong_indicator")


def test_a_player_without_a_standing_is_not_acted_upon(desk: ComplianceDesk) -> None:
    with pytest.raises(NotReadyError):
        desk.ask("bob", Marketing(at_us=0, campaign_id="c", channel="email"))
