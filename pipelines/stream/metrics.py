"""A worker's figures for Prometheus. Way: tallies -> here -> http://127.0.0.1:<port>/metrics.

No metric bears a player's id. `prometheus_client` must be imported before Feast, whose import would
turn every counter into a shared file; the verbs see to it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from threading import Thread
from wsgiref.simple_server import WSGIServer

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, SummaryMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from pipelines.stream.tallies import Ages, Tallies

_OUTCOMES = ("applied", "unread", "duplicate", "late", "poison")
_COUNTS = {
    "alerts": "Alerts said",
    "flushes": "Flushes that ended with a commit",
    "written": "States written to the store",
    "loaded": "Players' states read back from the store",
    "outages": "Attempts to reach log or store that failed",
}


@dataclass(slots=True)
class Gauges:
    """What has no history: set by the worker, read by a scrape."""

    lag: int = 0
    partitions: int = 0
    residents: int = 0
    state_bytes: int = 0
    checked: int = 0
    differences: int = 0


@dataclass(slots=True, eq=False)
class StreamMetrics(Collector):
    """Reads the tallies when it is scraped; the worker's loop does nothing for it."""

    generation: str
    tallies: Tallies
    gauges: Gauges
    registry: CollectorRegistry = field(default_factory=CollectorRegistry)

    def __post_init__(self) -> None:
        self.registry.register(self)

    def collect(self) -> Iterator[Metric]:
        """Yield every metric."""
        events = CounterMetricFamily(
            "evenhand_stream_events", "Messages taken from the log", labels=["outcome"]
        )
        for outcome in _OUTCOMES:
            events.add_metric([outcome], getattr(self.tallies, outcome))
        yield events
        for name, told in _COUNTS.items():
            yield CounterMetricFamily(
                f"evenhand_stream_{name}", told, value=getattr(self.tallies, name)
            )
        yield from self._gauges()
        yield from self._ages("hook", self.tallies.to_hook)
        yield from self._ages("store", self.tallies.to_store)

    def _gauges(self) -> Iterator[Metric]:
        told = {
            "lag": ("Messages of this worker's partitions not yet read", self.gauges.lag),
            "partitions": ("Partitions this worker reads", self.gauges.partitions),
            "residents": ("Players in memory", self.gauges.residents),
            "state_bytes": ("Bytes of their states", self.gauges.state_bytes),
            "consistency_checked": ("Values recomputed by the last check", self.gauges.checked),
            "consistency_differences": ("Of these, not equal", self.gauges.differences),
        }
        for name, (meaning, value) in told.items():
            yield GaugeMetricFamily(f"evenhand_stream_{name}", meaning, value=value)
        info = GaugeMetricFamily(
            "evenhand_stream_generation", "1 for the generation built", labels=["generation"]
        )
        info.add_metric([self.generation], 1)
        yield info

    def _ages(self, stage: str, ages: Ages) -> Iterator[Metric]:
        yield SummaryMetricFamily(
            f"evenhand_stream_to_{stage}_seconds", f"Age of facts when they reached the {stage}",
            count_value=ages.seen, sum_value=ages.total_us / 1e6,
        )  # fmt: skip
        for share in (0.5, 0.99):
            yield GaugeMetricFamily(
                f"evenhand_stream_to_{stage}_p{share * 100:.0f}_seconds",
                f"{share:.0%} of the last minute's facts were no older at the {stage}",
                value=ages.recent_s(share) or 0.0,
            )


def serve_metrics(metrics: StreamMetrics, port: int) -> Callable[[], None]:
    """Answer scrapes on loopback until the returned function is called."""
    server: WSGIServer
    thread: Thread
    server, thread = start_http_server(port, addr="127.0.0.1", registry=metrics.registry)

    def close() -> None:
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)

    return close
