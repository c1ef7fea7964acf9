"""A probe is over when an answer counts it, not before; what is never counted is said."""

from dataclasses import dataclass, field
from typing import cast

from benchmarks.stream_messages import Messages
from benchmarks.stream_probes import Answer, Probe, Prober, deposit, shows
from core.events.codec import decode
from core.events.envelope import Event
from core.log.event_log import Entry, EventLog

LATER = "2999-01-01T00:00:00.000000Z"
EARLIER = "2000-01-01T00:00:00.000000Z"


@dataclass
class Log:
    entries: list[Entry] = field(default_factory=list)

    def append(self, entries: list[Entry]) -> None:
        self.entries += entries


@dataclass
class Service:
    """Counts a player's event with the third look after it was sent."""

    looks: dict[str, int] = field(default_factory=dict)
    code: str = "allowed"
    counts_from: int = 3

    def __call__(self, player: str) -> Answer:
        self.looks[player] = self.looks.get(player, 0) + 1
        is_in = self.looks[player] >= self.counts_from
        return {"code": self.code, "facts_known_until": LATER if is_in else EARLIER}


def probed(service: Service, given_up_s: float = 10.0) -> tuple[list[Probe], Log]:
    log, players = Log(), [f"p{number}" for number in range(5)]
    prober = Prober(cast("EventLog", log), service, players, 0.0001, 0.0, given_up_s)
    return prober.run(0.0005), log


def test_every_probe_is_asked_for_until_an_answer_counts_it() -> None:
    service = Service()

    probes, log = probed(service)

    assert sorted(p.player for p in probes) == [e.key for e in log.entries] == sorted(service.looks)
    assert set(service.looks.values()) == {3}
    assert all(p.shown_s is not None and not p.is_protected for p in probes)
    assert all(p.acknowledged_s is not None for p in probes)


def test_what_is_never_counted_is_given_up_and_has_no_time() -> None:
    probes, _ = probed(Service(counts_from=10**9), given_up_s=0.02)

    assert [p.shown_s for p in probes] == [None] * 5


def test_a_player_protected_meanwhile_is_no_answer_about_his_event() -> None:
    probes, _ = probed(Service(code="suppressed"))

    assert all(p.is_protected and p.shown_s is None for p in probes)


def test_an_answer_without_an_instant_shows_nothing() -> None:
    assert not shows({}, EARLIER)
    assert not shows({"facts_known_until": None}, EARLIER)
    assert shows({"facts_known_until": EARLIER}, EARLIER)


def test_a_probe_is_a_deposit_recorded_at_the_instant_that_is_waited_for() -> None:
    entry, recorded = deposit("p", 3)
    event = decode(entry.value)

    assert isinstance(event, Event)
    assert (event.subject, entry.key) == ("p", "p")
    assert f"{event.recorded:%Y-%m-%dT%H:%M:%S.%fZ}" == recorded


def test_senders_of_other_seeds_and_ranges_share_no_id_and_no_player() -> None:
    one = Messages(10, seed=1).drawn(50, 0, 1)
    other = Messages(10, seed=2, first=1_000).drawn(50, 0, 1)
    ids = [{decoded.id for e in part if isinstance(decoded := decode(e.value), Event)}
           for part in (one, other)]  # fmt: skip

    assert [len(part) for part in ids] == [50, 50]
    assert not ids[0] & ids[1]
    assert not {e.key for e in one} & {e.key for e in other}
