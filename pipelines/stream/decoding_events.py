"""One event as a row, where its line is not plain. Way: decoding -> here -> decoding_batch."""

from __future__ import annotations

from core.events.envelope import Envelope, Event
from core.events.fact import Fact, MoneyFact
from core.events.registry import fact_name
from core.money import RATE_UNIT, Rounding, divided
from features.state.inputs import NULL
from features.state.layout import NOT_A_PLAYER, StateLayout
from pipelines.stream.decoding_batch import Reading
from pipelines.stream.decoding_checks import micros
from pipelines.stream.decoding_lines import (
    ROW_FACT,
    ROW_HIGH,
    ROW_LOW,
    ROW_OCCURRED,
    ROW_RECORDED,
)

_HALF, _SIGN = (1 << 64) - 1, 1 << 63
_BASE, _MINOR = "_base_minor", "_minor"


def fill_event(reading: Reading, place: int, event: Event, layout: StateLayout) -> None:
    """Fill the row of an event, and note the keys it ties its player to."""
    name = fact_name(type(event.fact))
    fill_envelope(reading, place, event, layout.number_of(name))
    reading.cells[place] = NULL
    if name in layout.facts:
        fact = layout.facts[name]
        for cell, wanted in enumerate(fact.inputs):
            reading.cells[place, cell] = wanted.encode(_column(event.fact, wanted.column))
        for link in fact.links:
            key = getattr(event.fact, link.column)
            if key is not None:
                reading.tied.append((place, link.view, key))


def fill_envelope(
    reading: Reading, place: int, envelope: Envelope, number: int = NOT_A_PLAYER
) -> None:
    """Fill a row with who and when; its cells are left as they are."""
    recorded = micros(envelope.recorded)
    rows = reading.rows[:, place]
    rows[ROW_OCCURRED], rows[ROW_RECORDED] = min(micros(envelope.time), recorded), recorded
    rows[ROW_HIGH] = _signed(envelope.id.int >> 64)
    rows[ROW_LOW] = _signed(envelope.id.int & _HALF)
    rows[ROW_FACT] = number
    reading.players[place] = envelope.subject
    reading.doubtful[place] = False


def _column(fact: Fact, column: str) -> object:
    """Return a column of a fact as the warehouse has it."""
    if not column.endswith(_BASE) or not isinstance(fact, MoneyFact) or hasattr(fact, column):
        return getattr(fact, column)
    amount = getattr(fact, column.removesuffix(_BASE) + _MINOR)
    return (
        None
        if amount is None
        else divided(amount * fact.exchange_rate_e6, RATE_UNIT, Rounding.HALF_UP)
    )


def _signed(half: int) -> int:
    return half - (half & _SIGN) * 2
