"""CloudEvents, one JSON object a line, as the event log and other Evenhand systems write them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from core.events.codec import decode
from pipelines.landing.adapter import Adapter, Found, Intake
from pipelines.landing.event_lines import line_candidates


def _candidates(intake: Intake) -> Iterator[Found]:
    return line_candidates(intake, partial(decode, base_currency=intake.base_currency))


EVENTS_NDJSON = Adapter(
    name="events_ndjson",
    reads="NDJSON of CloudEvents 1.0 in the contract of core.events",
    why="The contract itself, as it travels.",
    candidates=_candidates,
)
