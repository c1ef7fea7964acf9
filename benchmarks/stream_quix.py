"""The same dictionaries inside Quix Streams, in an environment of its own. Way: Kafka -> here.

Run by `stream_state` as a program: broker, topic, plan, number of messages, what to do with them
(`nothing` or `dictionaries`). Messages are JSON arrays of integers, decoded beforehand as far as
the engine's arrays are. It prints the processor seconds from the first message to the last.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.stream_dictionaries import Dictionaries, Event


def run(given: list[str]) -> None:
    """Read the topic to its end and print what it took."""
    from quixstreams import Application  # type: ignore[import-not-found]

    broker, name, plan, count, what = given
    application = Application(
        broker_address=broker, consumer_group=f"quix-{what}", auto_offset_reset="earliest",
        use_changelog_topics=False, loglevel="WARNING",
    )  # fmt: skip
    topic = application.topic(name, value_deserializer="json", key_deserializer="str")
    states = Dictionaries(json.loads(Path(plan).read_text()))
    clock = [0.0, 0.0]

    def fold(value: list[Any], key: str, _timestamp: int, _headers: object) -> None:
        if not clock[0]:
            clock[0] = time.process_time()
        if what == "dictionaries":
            states.add(key, Event(*value))
        clock[1] += 1
        if clock[1] == int(count):
            print(json.dumps(time.process_time() - clock[0]), flush=True)

    application.dataframe(topic).update(fold, metadata=True)
    application.run(count=int(count), timeout=60)


if __name__ == "__main__":
    run(sys.argv[1:])
