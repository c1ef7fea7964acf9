"""Somebody else's money, or money for somebody else."""

from __future__ import annotations

from collections.abc import Iterator

from core.aml.evidence import Evidence, Figure, Line, money, payment_lines
from core.aml.facts import Payment, Scene
from core.aml.typology import Parameters, Typology
from core.compliance.calendar import DAY_US
from core.money import amount_minor


class ThirdParty(Parameters, frozen=True, kw_only=True):
    """`accounts` that share an instrument are too many, and so a payout of `payout_least` or more.

    That is a payout to an instrument nothing ever came from; "0" asks it of every payout.
    """

    accounts: int = 2
    payout_least: str = "1000"
    tests: tuple[str, ...] = ("holder", "shared", "payout")


def _look(scene: Scene, p: ThirdParty) -> Iterator[Evidence]:
    if "holder" in p.tests:
        yield from _other_holders(scene)
    if "shared" in p.tests:
        yield from _shared(scene, p)
    if "payout" in p.tests:
        yield from _strange_payouts(scene, p)


def _other_holders(scene: Scene) -> Iterator[Evidence]:
    """The holder is not the player, by our own comparison or by a rule of the pack."""
    player = scene.player
    for one in player.payments:
        if one.holder is not None and player.name_key and one.holder != player.name_key:
            said = f"The holder of the instrument of {one.kind} {one.id} is not the player."
            figure = Figure("holder", "another name", "the verified name")
            yield _evidence(scene, "holder", said, (one,), figure)
    for met in player.mismatches:
        yield Evidence(
            typology="T-3P", player=player.player, since_us=met.at_us, until_us=met.at_us,
            currency=scene.currency, amount=0, key="holder", rule=met.rule, again_us=30 * DAY_US,
            said=f"By {met.rule} a payer was not the player; the payment was decided there.",
            figures=(Figure("holder", "another name", "the verified name"),),
            transactions=(Line(met.at_us, met.id, player.player, "payer refused", 0),),
        )  # fmt: skip


def _shared(scene: Scene, p: ThirdParty) -> Iterator[Evidence]:
    """One instrument pays for several accounts."""
    tokens = sorted({link.token for link in scene.links if link.kind == "instrument"})
    for token in tokens:
        rows = [
            one for facts in scene.everybody for one in facts.payments if one.instrument == token
        ]
        players = sorted({one.player for one in rows})
        if len(players) >= p.accounts and scene.player.player in players:
            said = f"Instrument {token} is used by {len(players)} accounts."
            figure = Figure("accounts of one instrument", str(len(players)), f">= {p.accounts}")
            yield _evidence(scene, f"shared/{token}", said, tuple(rows), figure)


def _strange_payouts(scene: Scene, p: ThirdParty) -> Iterator[Evidence]:
    """A payout goes where nothing came from."""
    came_from: set[str | None] = {None}
    for one in scene.player.payments:
        if one.kind == "deposit":
            came_from.add(one.instrument)
        is_paid = one.kind == "withdrawal" and one.amount >= amount_minor(
            p.payout_least, scene.currency
        )
        if is_paid and len(came_from) > 1 and one.instrument not in came_from:
            said = (
                f"{money(one.amount, scene.currency)} was paid to instrument {one.instrument}, "
                "from which nothing ever came."
            )
            figure = Figure("payout", money(one.amount, scene.currency), f">= {p.payout_least}")
            yield _evidence(scene, f"payout/{one.instrument}", said, (one,), figure)


def _evidence(
    scene: Scene, key: str, said: str, rows: tuple[Payment, ...], *figures: Figure
) -> Evidence:
    lines, player = payment_lines(rows), scene.player.player
    total = sum(one.amount for one in rows)
    return Evidence(
        typology="T-3P", player=player, since_us=lines[0].at_us, until_us=lines[-1].at_us,
        currency=scene.currency, amount=total, said=said, key=key, again_us=30 * DAY_US,
        figures=(*figures, Figure("payments", money(total, scene.currency))), transactions=lines,
        others=tuple(sorted({one.player for one in rows} - {player})),
    )  # fmt: skip


THIRD_PARTY = Typology(
    id="T-3P",
    title="Third party",
    says="The holder is not the player, an instrument serves several accounts, or a payout goes "
    "where nothing came from.",
    sources=("DE3", "NJ3"),
    parameters=ThirdParty,
    asked_at=frozenset({"deposit", "withdrawal", "mismatch"}),
    reach=lambda _: "P400D",
    look=_look,
    is_linked=True,
)
