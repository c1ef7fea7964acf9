"""Fast Track's real-time messages, one `{"type": "CASINO", "payload": {...}}` a line."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from core.events.fasttrack import import_line
from pipelines.landing.adapter import Adapter, Found, Intake
from pipelines.landing.event_lines import line_candidates


def _candidates(intake: Intake) -> Iterator[Found]:
    return line_candidates(intake, partial(import_line, base_currency=intake.base_currency))


FASTTRACK = Adapter(
    name="fasttrack",
    reads="NDJSON of Fast Track messages",
    why="Many casinos feed their CRM in this format already; the same feed can feed us.",
    candidates=_candidates,
)
