"""The desk and the guard on real ledgers: once, whole, in one chain, and judged again the same."""

import json
from collections.abc import Iterator
from datetime import datetime

import msgspec
import pytest
from sqlalchemy import select

from core.audit.tables import ENTRY
from core.compliance.calendar import Zone
from core.compliance.desk import ComplianceDesk
from core.compliance.guard import PackGuard
from core.compliance.judge import Judge
from core.compliance.load import packs
from core.compliance.opening import keep_packs
from core.compliance.quiet_registers import quiet_registers
from core.compliance.replay import replay
from core.compliance.requests.holds import ExclusionAsked, TimeOutAsked
from core.compliance.requests.limits import LimitAsked
from core.compliance.requests.protection import DutyDone, MarkerMet
from core.compliance.standing import Standing
from core.errors import DeclarationError, EventError, NotReadyError
from core.ledger.backend import LedgerBackend
from core.ledger.calls import Action, Call, Outcome, Status
from core.ledger.guard import WALLET_IS_OPEN
from core.ledger.ledger import Ledger
from core.ledger.reading import reading
from core.ledger.rows import Outgoing
from core.ledger.rule_rows import Duty
from core.ledger.schema import table_of
from core.ledger.units import units
from core.ledger.wallets import open_wallet, set_state

PLAYER = "p1"
NOON = Zone("Europe/London").instant(datetime.fromisoformat("2026-11-10 12:00"))
MINUTE = 60_000_000


@pytest.fixture
def judges() -> dict[str, Judge]:
    return {"GB": Judge(packs()["GB"])}


@pytest.fixture
def desk(ledger_backend: LedgerBackend, judges: dict[str, Judge]) -> ComplianceDesk:
    open_wallet(ledger_backend, PLAYER, "GBP", 0)
    desk = ComplianceDesk(ledger_backend, judges)
    keep_packs(ledger_backend, judges)
    desk.enrol(
        Standing(
            player=PLAYER, jurisdiction="GB", currency="GBP", pseudonym="f00d",
            born_on="1990-01-01", verified="full",
            registers=quiet_registers(packs()["GB"], frozenset()),
        )
    )  # fmt: skip
    return desk


@pytest.fixture
def ledger(ledger_backend: LedgerBackend, judges: dict[str, Judge]) -> Ledger:
    return Ledger(ledger_backend, (WALLET_IS_OPEN, PackGuard(judges)))


def post(ledger: Ledger, *actions: Action, at_us: int = NOON, player: str = PLAYER) -> Outcome:
    return ledger.post_one(Call("studio", player, "GBP", actions, at_us))


def deposit(name: str, pounds: str) -> Action:
    return Action("deposit_requested", name, units(pounds, "GBP"), bet_ref=name)


def bet(name: str, pounds: str) -> Action:
    return Action(
        "bet", name, units(pounds, "GBP"), bet_ref=name, round_id=name,
        context={"game_type": "table"},
    )  # fmt: skip


def entries(url: str) -> Iterator[tuple[int, dict[str, object]]]:
    with reading(url) as connection:
        wanted = select(ENTRY.c.seq, ENTRY.c.body).order_by(ENTRY.c.seq)
        for seq, body in connection.execute(wanted).all():
            yield seq, json.loads(body)


def limit(pounds: str, request_id: str = "") -> LimitAsked:
    return LimitAsked(
        at_us=NOON - 60 * MINUTE, request_id=request_id, limit="deposit", period="day",
        amount=units(pounds, "GBP"),
    )  # fmt: skip


def test_a_deposit_over_the_limit_is_refused_and_logged_and_nothing_is_asked_of_the_payer(
    desk: ComplianceDesk, ledger: Ledger, ledger_url: str
) -> None:
    desk.ask(PLAYER, limit("50"))

    outcome = post(ledger, deposit("d1", "50.01"))

    assert outcome.results[0].status is Status.RULE
    assert (outcome.finding or "").startswith("GB-DL-1")
    said = [body["event"] for _, body in entries(ledger_url)]
    assert said == ["LIMIT_SET", "DEPOSIT_REFUSED"]


def test_a_request_asked_again_is_answered_the_same_and_done_once(
    desk: ComplianceDesk, ledger_url: str
) -> None:
    first = desk.ask(PLAYER, limit("50", "r1"))

    again = desk.ask(PLAYER, msgspec.structs.replace(limit("50", "r1"), at_us=NOON))

    assert again == first
    assert len(list(entries(ledger_url))) == 1


def test_a_request_id_used_for_something_else_is_refused(desk: ComplianceDesk) -> None:
    desk.ask(PLAYER, limit("50", "r1"))

    with pytest.raises(EventError, match="used for another"):
        desk.ask(PLAYER, limit("51", "r1"))


def test_an_allowed_stake_that_lacks_money_leaves_the_standing_as_it_was(
    desk: ComplianceDesk, ledger: Ledger
) -> None:
    before = desk.standing(PLAYER)

    outcome = post(ledger, bet("b1", "1"))

    assert outcome.results[0].status is Status.INSUFFICIENT_FUNDS
    assert desk.standing(PLAYER) == before


def test_what_a_blocked_wallet_refuses_was_neither_staked_nor_paid_in(
    desk: ComplianceDesk, ledger: Ledger, ledger_url: str
) -> None:
    post(ledger, Action("promotion", "gift", units("10.00", "GBP")))
    before, logged = desk.standing(PLAYER), list(entries(ledger_url))
    set_state(desk.backend, PLAYER, "blocked")

    staked = post(ledger, bet("b1", "1.00"))
    paid_in = post(ledger, deposit("d1", "5.00"))

    assert [staked.results[0].status, paid_in.results[0].status] == [Status.RULE] * 2
    assert desk.standing(PLAYER) == before
    assert list(entries(ledger_url)) == logged


def test_a_call_refused_at_its_second_action_counts_nothing_of_its_first(
    desk: ComplianceDesk, ledger: Ledger
) -> None:
    post(ledger, Action("promotion", "gift", units("100", "GBP")))
    desk.ask(
        PLAYER,
        LimitAsked(at_us=NOON - MINUTE, limit="stake", period="day", amount=units("1.50", "GBP")),
    )

    outcome = post(ledger, bet("b1", "1"), bet("b2", "1"))

    standing = desk.standing(PLAYER)
    assert outcome.results[-1].status is Status.RULE
    assert standing is not None
    assert all(sums.stakes == 0 for sums in standing.sums.values())


def test_nobody_without_a_standing_stakes_or_pays_in_but_he_is_paid_out(
    ledger: Ledger, ledger_backend: LedgerBackend, desk: ComplianceDesk
) -> None:
    open_wallet(ledger_backend, "stranger", "GBP", 0)
    post(ledger, Action("promotion", "gift", units("10", "GBP")), player="stranger")

    staked = post(ledger, bet("b1", "1"), player="stranger")
    paid_in = post(ledger, deposit("d1", "1"), player="stranger")
    asked = Action("withdrawal_requested", "w1", units("10", "GBP"), bet_ref="w1")
    paid_out = post(ledger, asked, player="stranger")

    assert [o.results[0].status for o in (staked, paid_in)] == [Status.RULE, Status.RULE]
    assert paid_out.results[0].status is Status.OK


def test_an_exclusion_reaches_the_outbox_as_the_fact_the_score_gate_reads(
    desk: ComplianceDesk, ledger_url: str
) -> None:
    desk.ask(PLAYER, ExclusionAsked(at_us=NOON, term="P6M"))

    with reading(ledger_url) as connection:
        kinds = connection.execute(select(table_of(Outgoing).c.kind)).scalars().all()
    assert "self_excluded" in kinds


def test_every_entry_is_judged_again_to_the_last_letter(
    desk: ComplianceDesk, ledger: Ledger, ledger_url: str
) -> None:
    desk.ask(PLAYER, limit("50"))
    post(ledger, deposit("d1", "30"))
    post(ledger, deposit("d2", "30"), at_us=NOON + MINUTE)
    desk.ask(PLAYER, TimeOutAsked(at_us=NOON + 2 * MINUTE, term="PT24H"))
    post(ledger, deposit("d3", "1"), at_us=NOON + 3 * MINUTE)

    seqs = [seq for seq, _ in entries(ledger_url)]
    with reading(ledger_url) as connection:
        found = [replay(connection, "rg:GB", seq).differences for seq in seqs]

    assert len(seqs) >= 5
    assert not any(found)


def test_a_duty_is_open_until_somebody_has_done_it(desk: ComplianceDesk, ledger_url: str) -> None:
    desk.ask(PLAYER, MarkerMet(at_us=NOON, marker="M-NIGHT", is_strong=True))
    duty = table_of(Duty)
    with reading(ledger_url) as connection:
        kinds = connection.execute(select(duty.c.kind).where(duty.c.state == "active")).scalars()
        kind = sorted(set(kinds))[0]

    desk.ask(
        PLAYER, DutyDone(at_us=NOON + MINUTE, duty_kind=kind, staff_id="s-7", result="spoken with")
    )

    with reading(ledger_url) as connection:
        rows = connection.execute(
            select(duty.c.state, duty.c.staff_id, duty.c.result).where(duty.c.kind == kind)
        ).all()
    assert [tuple(row) for row in rows] == [("done", "s-7", "spoken with")]


def test_a_strong_sign_holds_the_score_gate_until_a_person_clears_it(
    desk: ComplianceDesk, ledger_url: str
) -> None:
    desk.ask(PLAYER, MarkerMet(at_us=NOON, marker="M-NIGHT", is_strong=True))
    assert "protected" in _told(ledger_url)
    assert "released" not in _told(ledger_url)

    cleared = DutyDone(
        at_us=NOON + MINUTE, duty_kind="review_strong_indicator", staff_id="s-7", result="cleared"
    )  # fmt: skip
    desk.ask(PLAYER, cleared)

    assert _told(ledger_url).count("released") == 1


def _told(ledger_url: str) -> list[str]:
    with reading(ledger_url) as connection:
        return list(connection.execute(select(table_of(Outgoing).c.kind)).scalars())


def test_a_player_without_wallet_or_pack_is_not_enrolled(desk: ComplianceDesk) -> None:
    standing = Standing(player="nobody", jurisdiction="GB", currency="GBP", pseudonym="x")

    with pytest.raises(NotReadyError, match="no wallet"):
        desk.enrol(standing)
    with pytest.raises(NotReadyError, match="no pack MT"):
        desk.enrol(Standing(player=PLAYER, jurisdiction="MT", currency="EUR", pseudonym="x"))


def test_a_judge_refuses_players_of_another_jurisdiction() -> None:
    standing = Standing(player="p", jurisdiction="MT", currency="EUR", pseudonym="x")

    with pytest.raises(DeclarationError, match="before GB"):
        Judge(packs()["GB"]).verdict(limit("1"), standing)
