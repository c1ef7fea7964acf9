"""No game cycle takes more than its cap, however it is split into stakes. Way: judge -> here."""

from __future__ import annotations

from collections.abc import Iterable

from core.compliance.check import Case, Check, Parameters, refusal
from core.compliance.finding import Finding
from core.compliance.measure import exceeds
from core.compliance.pack import PackRule
from core.compliance.requests.money import Stake


class AgeBand(Parameters, frozen=True, kw_only=True):
    """The cap `most` for players of `from_age` and above."""

    most: str
    from_age: int = 0


class StakeCap(Parameters, frozen=True, kw_only=True):
    """Caps by age, on some game types.

    `other` is the type of a game of which none was told: name it where it must not slip through.
    """

    game_types: tuple[str, ...]
    bands: tuple[AgeBand, ...]


def _judge(case: Case, rule: PackRule, parameters: StakeCap) -> Iterable[Finding]:
    request = case.request
    if not isinstance(request, Stake) or request.game_type not in parameters.game_types:
        return
    cap = cap_of(case, parameters)
    per_round = rule.measure.window.type == "round"
    is_new = not request.round_id and request.starts_game
    used = case.standing.play.staked_in(request.round_id) if per_round and not is_new else 0
    if not exceeds(used + request.amount, cap, rule.measure.comparator):
        return
    yield refusal(
        rule, "STAKE_REFUSED", "STAKE_ABOVE_CAP", cycle=request.round_id, age=case.age,
        used=case.text(used), requested=case.text(request.amount), limit=case.text(cap),
        cycle_stake_total=case.text(used + request.amount), room_units=max(0, cap - used),
    )  # fmt: skip


def cap_of(case: Case, parameters: StakeCap) -> int:
    """Return the cap for a player today; whose age nobody knows has the lowest."""
    age = case.age
    if age is None:
        return min(case.units(band.most) for band in parameters.bands)
    bands = [band for band in parameters.bands if band.from_age <= age]
    band = max(bands, key=lambda one: one.from_age, default=None)
    return 0 if band is None else case.units(band.most)


CHECK = Check(
    "stake_cap", (Stake,), StakeCap, _judge,
    says="All stakes of one game cycle together stay within a cap by the player's age on the day; "
    "whose age is unknown has the lowest.",
)  # fmt: skip
