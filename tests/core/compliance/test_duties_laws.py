"""Deadlines, reviews and steps: what is late is a breach, and only a person takes a stop back."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.compliance.finding import Effect, Verdict
from core.compliance.judge import Judge, known_checks
from core.compliance.load import packs
from core.compliance.parts import Intervention, Predicate
from core.compliance.requests.money import Stake, StakeSettled
from core.compliance.requests.protection import DutyDone, MarkerMet, ModelSignal
from tests.core.compliance.play_world import EURO, MINUTE_US, NOON_US, PACKS, World, standing_in

HOUR_US = 60 * MINUTE_US


def events(verdict: Verdict) -> list[str]:
    return [finding.event for finding in verdict.findings]


@given(
    delays=st.lists(st.integers(0, 3 * HOUR_US), min_size=1, max_size=5),
    acted=st.one_of(st.integers(0, 6 * HOUR_US), st.sampled_from([HOUR_US, HOUR_US + 1])),
)
@settings(max_examples=150, deadline=None)
def test_a_deed_is_a_breach_exactly_if_the_first_sign_it_answers_was_due_before(
    delays: list[int], acted: int
) -> None:
    world, detected = World("NL"), sorted(NOON_US + delay for delay in delays)
    acted_us = NOON_US + acted
    for at_us in detected:
        if at_us <= acted_us:
            world.ask(MarkerMet(at_us=at_us, marker="M-COMM", values={"count": 1}))

    verdict = world.ask(DutyDone(at_us=acted_us, duty_kind="intervene", staff_id="s"))

    seen = [at_us for at_us in detected if at_us <= acted_us]
    if not seen:
        assert events(verdict) == []
    else:
        assert ("BREACH" in events(verdict)) == (acted_us > min(seen) + HOUR_US)
        assert ("DUTY_DONE" in events(verdict)) == (acted_us <= min(seen) + HOUR_US)
        assert not [duty for duty in world.standing.duties if duty.kind == "intervene"]


def test_a_deed_does_not_answer_a_sign_detected_after_it() -> None:
    world = World("NL")
    world.ask(MarkerMet(at_us=NOON_US, marker="M-COMM", values={"count": 1}))

    verdict = world.ask(
        DutyDone(at_us=NOON_US - MINUTE_US, duty_kind="intervene", staff_id="s")
    )  # fmt: skip

    assert "DUTY_DONE" not in events(verdict)
    assert [duty.kind for duty in world.standing.duties] == ["intervene"]


def test_the_deadline_runs_from_detection_even_if_word_of_it_comes_late() -> None:
    world = World("NL")
    world.ask(Stake(at_us=NOON_US + HOUR_US, amount=1, currency="EUR", round_id="r"))

    verdict = world.ask(MarkerMet(at_us=NOON_US, marker="M-COMM", values={"count": 1}))

    due = [finding.due_us for finding in verdict.findings if finding.duty == "intervene"]
    assert due == [NOON_US + HOUR_US]


@pytest.mark.parametrize("pack", PACKS)
@given(score=st.integers(0, 10**6))
@settings(max_examples=10, deadline=None)
def test_a_model_alone_never_blocks_anything(pack: str, score: int) -> None:
    world = World(pack)
    bet = Stake(at_us=NOON_US, amount=1, currency=world.currency, game_type="table", round_id="r")
    before = world.judge.verdict(bet, world.standing)[0].decision

    signal = world.ask(
        ModelSignal(at_us=NOON_US, model="harm_90d", model_version="1", score_e6=score)
    )

    assert signal.is_allowed
    assert {finding.effect for finding in signal.findings} == {Effect.DUTY, Effect.NOTIFY}
    assert world.judge.verdict(bet, world.standing)[0].decision == before


def _stopping(steps: tuple[str, ...]) -> Judge:
    """A judge of Sweden's pack in which one more marker is answered by some steps."""
    pack = packs()["SE"]
    more = Intervention(
        id="SE-STEP-TEST", when=Predicate(marker="M-TEST"), level="restrict",
        steps=steps,  # type: ignore[arg-type]
        deadline="PT1H", evaluate_after="P7D", rule="SE-RG-0", mark="D",
    )  # fmt: skip
    fields = {name: getattr(pack, name) for name in pack.__struct_fields__}
    return Judge(type(pack)(**fields | {"interventions": (*pack.interventions, more)}))


def test_play_that_was_stopped_stays_so_until_a_person_clears_it() -> None:
    judge = _stopping(("block_play", "call"))
    standing = standing_in(judge.pack)
    hand: dict[str, Any] = {"amount": EURO, "currency": "SEK", "game_type": "table"}
    _, standing = judge.decide(Stake(at_us=NOON_US, round_id="h1", **hand), standing)
    _, standing = judge.decide(MarkerMet(at_us=NOON_US + 1, marker="M-TEST"), standing)

    further, standing = judge.decide(Stake(at_us=NOON_US + 2, round_id="h1", **hand), standing)
    _, standing = judge.decide(
        StakeSettled(at_us=NOON_US + 3, round_id="h1", ends_round=True, amount=0, currency="SEK"),
        standing,
    )
    started, standing = judge.decide(Stake(at_us=NOON_US + 4, round_id="h2", **hand), standing)
    _, standing = judge.decide(
        DutyDone(at_us=NOON_US + 5, duty_kind="intervene", result="cleared", actor="system"),
        standing,
    )
    again, standing = judge.decide(Stake(at_us=NOON_US + 6, round_id="h3", **hand), standing)
    done, standing = judge.decide(
        DutyDone(at_us=NOON_US + 7, duty_kind="intervene", result="cleared", staff_id="s"), standing
    )
    after, standing = judge.decide(Stake(at_us=NOON_US + 8, round_id="h4", **hand), standing)

    assert further.is_allowed
    assert [finding.reason for finding in started.findings] == ["PLAY_STOPPED"]
    assert again.decision == "refuse"
    assert "STOP_CLEARED" in events(done)
    assert after.is_allowed


def test_a_break_of_care_ends_by_the_clock() -> None:
    judge = _stopping(("break", "message"))
    standing = standing_in(judge.pack)
    met, standing = judge.decide(MarkerMet(at_us=NOON_US, marker="M-TEST"), standing)
    bet: dict[str, Any] = {"amount": EURO, "currency": "SEK", "game_type": "table"}

    last = Stake(at_us=NOON_US + 24 * HOUR_US - 1, round_id="a", **bet)
    first = Stake(at_us=NOON_US + 24 * HOUR_US, round_id="a", **bet)

    assert "BREAK_START" in events(met)
    assert judge.verdict(last, standing)[0].decision == "refuse"
    assert judge.verdict(first, standing)[0].decision == "allow"


def test_the_highest_level_is_carried_out_by_the_earliest_deadline_of_all_that_match() -> None:
    judge = _stopping(("call",))

    met, _ = judge.decide(
        MarkerMet(at_us=NOON_US, marker="M-TEST", is_strong=True), standing_in(judge.pack)
    )

    due = [finding for finding in met.findings if finding.duty == "intervene"]
    assert [finding.due_us for finding in due] == [NOON_US + HOUR_US]
    assert due[0].inputs["level"] == "restrict"


def test_one_check_alone_may_hold_a_withdrawal() -> None:
    assert [check.name for check in known_checks().values() if check.may_hold_withdrawals] == [
        "legal_hold"
    ]


@pytest.mark.parametrize("pack", PACKS)
@given(born=st.dates(date(1990, 1, 1), date(2012, 12, 31)))
@settings(max_examples=40, deadline=None)
def test_age_counts_in_whole_years_to_the_local_day(pack: str, born: date) -> None:
    world = World(pack, born_on=born.isoformat())
    least, today = world.judge.pack.age_least, date(2026, 11, 10)
    bet = Stake(at_us=NOON_US, amount=1, currency=world.currency, game_type="table", round_id="r")

    verdict, _ = world.judge.verdict(bet, world.standing)

    birthday = (born.year + least, born.month, born.day)
    is_old_enough = birthday <= (today.year, today.month, today.day)
    is_refused_for_age = any(finding.event == "AGE_REFUSED" for finding in verdict.findings)
    assert is_refused_for_age == (not is_old_enough)
