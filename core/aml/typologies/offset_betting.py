"""Both sides of an even chance are staked: money moves, nothing is risked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from core.aml.evidence import Evidence, Figure, money, per_cent, stake_lines
from core.aml.facts import Scene, Stake
from core.aml.typology import Parameters, Typology
from core.compliance.calendar import exact_us
from core.money import amount_minor


class OffsetBetting(Parameters, frozen=True, kw_only=True):
    """`rounds` in `within` whose two sides differ by at most `net` per cent of what was staked.

    `opposites` are pairs of selections that cannot both win; `least` is the stake of all rounds.
    """

    rounds: int = 5
    net: int = 10
    within: str = "P1D"
    least: str = "500"
    opposites: tuple[tuple[str, str], ...] = (
        ("black", "red"),
        ("even", "odd"),
        ("high", "low"),
        ("banker", "player"),
        ("away", "home"),
        ("over", "under"),
    )


def _look(scene: Scene, p: OffsetBetting) -> Iterator[Evidence]:
    offset = [round_ for round_ in _rounds(scene) if _is_offset(round_, p)]
    offset.sort(key=lambda round_: (round_[-1].at_us, round_[-1].id))
    for place, last in enumerate(offset):
        from_us = last[-1].at_us - exact_us(p.within)
        near = [round_ for round_ in offset[: place + 1] if round_[-1].at_us > from_us]
        total = sum(stake.real for round_ in near for stake in round_)
        if len(near) >= p.rounds and total >= amount_minor(p.least, scene.currency):
            yield _evidence(scene, p, near, total)


def _rounds(scene: Scene) -> list[list[Stake]]:
    """Return the selected stakes of each round, in order of time."""
    found: dict[tuple[str, str], list[Stake]] = {}
    for facts in scene.everybody:
        for stake in facts.stakes:
            if stake.selection is not None and stake.round_id:
                found.setdefault((stake.game_id, stake.round_id), []).append(stake)
    for stakes in found.values():
        stakes.sort(key=lambda stake: (stake.at_us, stake.id))
    return list(found.values())


def _is_offset(stakes: Sequence[Stake], p: OffsetBetting) -> bool:
    sums: dict[str, int] = {}
    for stake in stakes:
        selection = (stake.selection or "").casefold()
        sums[selection] = sums.get(selection, 0) + stake.real
    for one, other in p.opposites:
        both = sums.get(one, 0), sums.get(other, 0)
        if min(both) > 0 and abs(both[0] - both[1]) * 100 <= p.net * sum(both):
            return True
    return False


def _evidence(
    scene: Scene, p: OffsetBetting, near: Sequence[Sequence[Stake]], total: int
) -> Evidence:
    stakes = [stake for round_ in near for stake in round_]
    players = sorted({stake.player for stake in stakes})
    staked = money(total, scene.currency)
    said = f"{len(near)} rounds had both sides of an even chance staked, {staked} in all"
    said += f", by {len(players)} linked accounts." if len(players) > 1 else "."
    uneven = sum(abs(_difference(round_)) for round_ in near)
    return Evidence(
        typology="T-LOWRISK", player=scene.player.player,
        since_us=min(s.at_us for s in stakes), until_us=max(s.at_us for s in stakes),
        currency=scene.currency, amount=total, said=said,
        figures=(
            Figure("rounds", str(len(near)), f">= {p.rounds} in {p.within}"),
            Figure("at risk, of what was staked", per_cent(uneven, total), f"<= {p.net} % a round"),
            Figure("staked", money(total, scene.currency), f">= {p.least} {scene.currency}"),
        ),
        transactions=stake_lines(stakes), again_us=exact_us(p.within),
        others=tuple(one for one in players if one != scene.player.player),
    )  # fmt: skip


def _difference(stakes: Sequence[Stake]) -> int:
    first = stakes[0].selection
    return sum(stake.real if stake.selection == first else -stake.real for stake in stakes)


OFFSET_BETTING = Typology(
    id="T-LOWRISK",
    title="Offset betting",
    says="Opposite even-chance stakes in the same rounds, by one account or by linked ones.",
    sources=("TY1",),
    parameters=OffsetBetting,
    asked_at=frozenset({"stake"}),
    reach=lambda p: p.within,
    look=_look,
    reads_stakes=True,
    is_linked=True,
)
