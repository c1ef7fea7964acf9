"""The BentoML service. Way: `python -m serving` starts it -> here -> serving.wire -> the routes.

Importing this defines the service and does nothing else; stores and models are opened when a worker
makes its instance.
"""

from __future__ import annotations

import gc

import bentoml

from serving.http import Door
from serving.settings import workers_wanted

DOOR = Door()
APP = DOOR.app()
TIMEOUT_S = 5  # BentoML keeps a request's context for this long: a minute would double the memory


@bentoml.asgi_app(APP, path="/")
@bentoml.service(
    name="evenhand",
    workers=workers_wanted(),
    traffic={"timeout": TIMEOUT_S},
    logging={"access": {"enabled": False}},
    metrics={"enabled": False},  # ours are at /metrics
    tracing={"excluded_urls": ".*"},  # spans nobody collects: a tenth of an answer's time
)
class Scoring:
    """One worker: wires the parts, lets the door open, watches the champions."""

    def __init__(self) -> None:
        from serving.wire import open_worker

        self._worker = open_worker()
        DOOR.desk = self._worker.desk
        gc.collect()
        gc.freeze()  # what is loaded now lives as long as the process: never walk it again

    def __is_ready__(self) -> bool:
        """Say whether any model answers and there are features to score."""
        return self._worker.desk.engine.is_ready

    @bentoml.on_shutdown  # type: ignore[untyped-decorator] # BentoML has no types for it
    def close(self) -> None:
        """End the watch and the lanes."""
        DOOR.desk = None
        self._worker.close()
