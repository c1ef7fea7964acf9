"""What judging one stake costs, in microseconds of the processor; run with -s to read them."""

from time import thread_time

import pytest

from core.compliance.judge import after
from core.compliance.requests.account import Login, PlayAsked, RealityCheckAsked
from core.compliance.requests.money import Stake
from tests.core.compliance.play_world import NOON_US, PACKS, World

TIMES = 300
BOUND_US = 400
"""Many times what it takes, so that a busy machine fails nobody; a decoded list does not fit."""


def bet(world: World, number: int) -> Stake:
    return Stake(
        at_us=NOON_US + 6_000_000 * number, amount=500_000, currency=world.currency,
        game_type="slots", round_id=f"studio/round-{number}",
    )  # fmt: skip


@pytest.mark.parametrize("pack", PACKS)
def test_a_stake_is_judged_well_within_a_millisecond(pack: str) -> None:
    world = World(pack, "GB-GAME-1")
    world.ask(RealityCheckAsked(at_us=NOON_US, every_s=3600))
    world.ask(Login(at_us=NOON_US, session_id="s"))
    world.ask(PlayAsked(at_us=NOON_US, session_s=7200, session_spend=10**12))
    for number in range(1, 25):
        assert world.ask(bet(world, number)).is_allowed
    judging, folding = [], []

    for _ in range(5):
        began = thread_time()
        for _ in range(TIMES):
            verdict, case = world.judge.verdict(bet(world, 25), world.standing)
        judging.append((thread_time() - began) / TIMES * 1e6)
        began = thread_time()
        for _ in range(TIMES):
            after(case, verdict)
        folding.append((thread_time() - began) / TIMES * 1e6)

    print(f"{pack}: judged in {min(judging):.0f} us, folded in {min(folding):.0f} us")  # noqa: T201
    assert min(judging) < BOUND_US
    assert min(folding) < BOUND_US
