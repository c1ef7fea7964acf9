"""What the service tells of itself at /metrics. Way: every stage -> here -> Prometheus.

No metric bears a player's id, and none is told per caller.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from time import perf_counter

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

_BUCKETS = (0.0005, 0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.128, 0.256, 0.512, 1.0, 4.0)


class Metrics:
    """Counters of one worker; `of_all` tells those of every worker, shared as files.

    BentoML names the folder of the files in each worker's environment before anything is imported.
    """

    def __init__(self, *, of_all: bool = False) -> None:
        self._of_all = of_all
        registry = self._registry = CollectorRegistry()
        self._told: dict[str, str] = {}
        self.requests = Counter(
            "evenhand_requests", "Answers", ["endpoint", "status"], registry=registry
        )
        self._stages = Histogram(
            "evenhand_stage_seconds", "Time in a stage", ["stage"],
            buckets=_BUCKETS, registry=registry,
        )  # fmt: skip
        self.outcomes = Counter(
            "evenhand_gate_outcomes", "Players gated", ["outcome"], registry=registry
        )
        self.stale = Counter("evenhand_stale_answers", "Last known scores told", registry=registry)
        self.load_failures = Counter(
            "evenhand_model_load_failures", "Loads refused", ["what"], registry=registry
        )
        self.features_read = Counter(
            "evenhand_features_read", "Feature values put before a model", ["model"],
            registry=registry,
        )  # fmt: skip
        self.features_missing = Counter(
            "evenhand_features_missing", "Of these, null", ["model"], registry=registry
        )
        self.unusable = Counter(
            "evenhand_scores_unusable", "Scores that were no number", ["model"], registry=registry
        )
        self._as_of = Gauge(
            "evenhand_features_as_of_timestamp_seconds", "As-of of the features last served",
            registry=registry, multiprocess_mode="mostrecent",
        )  # fmt: skip
        self._versions = Gauge(
            "evenhand_model_version", "1 for the version in use", ["model", "version"],
            registry=registry, multiprocess_mode="mostrecent",
        )  # fmt: skip

    @contextmanager
    def timed(self, stage: str) -> Iterator[None]:
        """Time a stage, whether it ends well or not."""
        began = perf_counter()
        try:
            yield
        finally:
            self._stages.labels(stage).observe(perf_counter() - began)

    def tell_as_of(self, at: datetime) -> None:
        """Tell how fresh the features were."""
        self._as_of.set(at.timestamp())

    def tell_versions(self, versions: Mapping[str, str]) -> None:
        """Tell which versions answer; those that no longer do are told as 0."""
        for told in self._told.items() - versions.items():
            self._versions.labels(*told).set(0)
        self._told = dict(versions)
        for model, version in versions.items():
            self._versions.labels(model, version).set(1)

    def text(self) -> bytes:
        """Return the exposition, of all workers where there are several."""
        if not self._of_all:
            return generate_latest(self._registry)
        shared = CollectorRegistry()
        shared.register(_OfAllWorkers())
        return generate_latest(shared)


class _OfAllWorkers(Collector):
    """What every worker counted; Feast's own metrics, written to the same place, stay out."""

    def collect(self) -> Iterator[Metric]:
        written = MultiProcessCollector(None)  # type: ignore[no-untyped-call]
        for metric in written.collect():  # type: ignore[no-untyped-call]
            if metric.name.startswith("evenhand_"):
                yield metric
