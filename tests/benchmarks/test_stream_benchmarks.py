"""What the stream benchmarks compare is the same state, and their times are whole."""

import numpy as np
import pytest

from benchmarks.stream_dictionaries import Dictionaries
from benchmarks.stream_facts import Stream, cut, facts_of
from benchmarks.stream_plan import plan_of
from benchmarks.stream_stages import Stages
from benchmarks.stream_state import compare, events_of
from benchmarks.stream_views import REFERENCE
from features.registry import all_views
from features.spec import View, names_of
from features.state.engine import Engine
from features.state.facts import FactBatch
from features.state.layout import layout_of

FEW = Stream(3_000, 40, days=60)


def _both(views: tuple[View, ...], left_out: int = -1) -> tuple[Engine, Dictionaries, FactBatch]:
    layout = layout_of(views)
    batch = facts_of(layout, FEW)
    engine, plain = Engine(layout), Dictionaries(plan_of(layout))
    for part in cut(batch, 700):
        engine.update(part)
    for place, event in enumerate(events_of(batch)):
        if place != left_out:
            plain.add(batch.player[place], event)
    return engine, plain, batch


@pytest.mark.parametrize("views", [all_views(), REFERENCE], ids=["all views", "reference"])
def test_dictionaries_hold_what_the_engine_holds(views: tuple[View, ...]) -> None:
    engine, plain, batch = _both(views)

    compare(engine, plain, int(batch.recorded.max()))


def test_a_fact_left_out_is_noticed() -> None:
    engine, plain, batch = _both(REFERENCE, left_out=2_990)

    with pytest.raises(SystemExit, match="differ"):
        compare(engine, plain, int(batch.recorded.max()))


def test_the_reference_set_has_sixteen_measures_in_six_windows() -> None:
    assert sum(len(view.measures) for view in REFERENCE) == 16
    assert sum(len(names_of(view)) for view in REFERENCE) == 16 * 6


def test_one_fact_in_a_hundred_is_late_and_the_log_is_in_order() -> None:
    batch = facts_of(layout_of(REFERENCE), Stream(20_000, 100, days=10))
    delay = batch.recorded - batch.occurred

    assert (np.diff(batch.recorded) >= 0).all()
    assert 0.005 < (delay > 1_000_000).mean() < 0.015
    assert delay.max() <= 900_000_000


class _Work:
    def outer(self) -> int:
        return sum(range(20_000)) + self.inner()

    def inner(self) -> int:
        return sum(range(200_000))


def test_a_stage_is_not_charged_what_it_calls() -> None:
    stages, before = Stages(), _Work.inner

    with stages.watching({"outer": ((_Work, "outer"),), "inner": ((_Work, "inner"),)}):
        for _ in range(20):
            _Work().outer()

    assert 0 < stages.spent["outer"] < stages.spent["inner"]
    assert _Work.inner is before
