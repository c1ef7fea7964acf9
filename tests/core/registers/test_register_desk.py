"""The desk of registers against sandboxes over real HTTP: whom it asks, and what it makes of it."""

import asyncio
import logging
import time
from datetime import date
from typing import Any

import msgspec
import pytest

from core.compliance.calendar import DAY_US, HOUR_US
from core.compliance.check import Case
from core.compliance.finding import Effect, Verdict
from core.compliance.judge import Judge
from core.compliance.load import packs
from core.compliance.request import Request
from core.compliance.requests.account import DayPassed, Login, Logout, PlayAsked, Registration
from core.compliance.requests.holds import RegisterAnswered
from core.compliance.requests.limits import LimitAsked
from core.compliance.requests.money import (
    Deposit,
    DepositFailed,
    DepositSettled,
    Stake,
    Withdrawal,
)
from core.compliance.requests.offers import Marketing
from core.compliance.standing import Standing
from core.ledger.units import units
from core.registers.declaration import known_registers
from core.registers.desk import RegisterDesk
from core.registers.due import due_checks, due_messages
from tests.core.registers.conftest import Sandbox

DAY = date(2026, 11, 10)
EXCLUSIONS = {
    pack_id: next((n for n, r in pack.registers.items() if r.kind == "exclusion"), "")
    for pack_id, pack in packs().items()
}  # fmt: skip


def _at(pack_id: str, hour: int = 12) -> int:
    return packs()[pack_id].zone.day_start(DAY) + hour * HOUR_US


def _standing(pack_id: str, player: str) -> Standing:
    return Standing(
        player=player, jurisdiction=pack_id, currency=packs()[pack_id].currency, pseudonym="x",
        born_on="1990-05-01", verified="full",
    )  # fmt: skip


def _euro(text: str) -> int:
    return units(text, "EUR")


def _deposit(pack_id: str, amount: str, payment_id: str = "d-1") -> Deposit:
    currency = packs()[pack_id].currency
    return Deposit(
        at_us=_at(pack_id), payment_id=payment_id, amount=units(amount, currency), currency=currency
    )


class Asked:
    """A player before desk and judge, as the wallet has them."""

    def __init__(self, sandbox: Sandbox, pack_id: str, player: str) -> None:
        self.sandbox, self.judge = sandbox, Judge(packs()[pack_id])
        self.standing = _standing(pack_id, player)
        sandbox.person(player)

    def ask(self, request: Request) -> Verdict:
        """Ask the registers, judge their answers, then the request; tell what is to be told."""

        async def run(desk: RegisterDesk) -> Verdict:
            for answer in await desk.before(self.judge.pack, self.standing, request):
                self._judged(answer)
            for answer in await desk.begin_play(self.judge, self.standing, request):
                self._judged(answer)
            before = self.standing
            verdict = self._judged(request)
            case = Case(request, before, self.judge.pack)
            due = tuple(due_messages(case, verdict, self.standing))
            self.untold = await desk.tell(before.player, due)
            return verdict

        found: Verdict = self.sandbox.asking(run)
        return found

    def _judged(self, request: Request) -> Verdict:
        verdict, self.standing = self.judge.decide(request, self.standing)
        return verdict


def _events(verdict: Verdict) -> list[str]:
    return [finding.event for finding in verdict.findings]


@pytest.mark.parametrize("pack_id", [name for name, register in EXCLUSIONS.items() if register])
def test_whom_a_register_lists_is_refused_and_whom_it_clears_is_let_in(
    pack_id: str, sandbox: Sandbox, player: str
) -> None:
    asked, register = Asked(sandbox, pack_id, player), EXCLUSIONS[pack_id]
    sends = known_registers()[register].sends
    registration = Registration(at_us=_at(pack_id), born_on="1990-05-01")

    clear = asked.ask(registration)
    sandbox.put(register, player, sends, listed=True)
    refused = asked.ask(Marketing(at_us=_at(pack_id, 13), campaign_id="c", channel="email"))
    listed = asked.ask(Registration(at_us=_at(pack_id, 14), born_on="1990-05-01"))
    withdrawn = asked.ask(
        Withdrawal(at_us=_at(pack_id, 14), payment_id="w", amount=1_000_000, currency="EUR")
    )
    sandbox.admin("POST", register, "forget", {"subject": sandbox.people[player].only(sends)})
    again = asked.ask(Registration(at_us=_at(pack_id, 15), born_on="1990-05-01"))

    assert clear.decision == "allow"
    assert not refused.is_allowed or "marketing" not in packs()[pack_id].registers[register].at
    assert listed.decision == "refuse" or "registration" not in _targets(pack_id, register)
    assert asked.standing.registers[register].status == "clear"
    assert withdrawn.decision == "allow"
    assert again.decision == "allow"


def _targets(pack_id: str, register: str) -> tuple[str, ...]:
    pack = packs()[pack_id]
    rule = next(one for one in pack.rules if one.id == pack.registers[register].rule)
    return rule.action.target


FAULTS = {
    "down": "http_503", "slow": "timeout", "drip": "timeout", "garbage": "garbage",
    "huge": "too_large", "wrong_player": "wrong_player", "maybe": "garbage",
}  # fmt: skip


@pytest.mark.parametrize("mood", FAULTS)
def test_a_register_that_misbehaves_is_unavailable_and_counted(
    mood: str, sandbox: Sandbox, player: str
) -> None:
    asked = Asked(sandbox, "GB", player)
    sandbox.mood("gamstop", mood, seconds=30)

    refused = asked.ask(_deposit("GB", "10.00"))
    counted = sandbox.counts["gamstop", FAULTS[mood]]
    paid = asked.ask(Withdrawal(at_us=_at("GB"), payment_id="w", amount=1_000_000, currency="GBP"))
    staked = asked.ask(Stake(at_us=_at("GB"), amount=1_000_000, currency="GBP"))

    assert refused.decision == "refuse"
    assert "REGISTER_UNAVAILABLE" in _events(refused)
    assert asked.standing.registers["gamstop"].reason == FAULTS[mood]
    assert counted == 1
    assert paid.decision == "allow"
    assert staked.decision == "refuse"


def test_an_answer_to_another_query_is_no_answer(sandbox: Sandbox, player: str) -> None:
    asked = Asked(sandbox, "GB", player)
    asked.ask(Login(at_us=_at("GB")))
    sandbox.mood("gamstop", "replayed")

    refused = asked.ask(_deposit("GB", "10.00"))

    assert refused.decision == "refuse"
    assert asked.standing.registers["gamstop"].reason == "other_query"


def test_no_register_is_waited_for_longer_than_its_pack_allows(
    sandbox: Sandbox, player: str
) -> None:
    asked = Asked(sandbox, "DE", player)
    for register in ("oasis", "lugas_limit"):
        sandbox.mood(register, "drip")
    began = time.monotonic()

    refused = asked.ask(_deposit("DE", "10.00"))

    assert refused.decision == "refuse"
    assert time.monotonic() - began < 2 * 2.0 + 1.5  # asked at once, and told of the refusal


def test_an_address_where_nobody_listens_is_unreachable(sandbox: Sandbox, player: str) -> None:
    asked = Asked(sandbox, "GB", player)
    asked.sandbox = Sandbox("http://127.0.0.1:1")
    asked.sandbox.people = sandbox.people

    assert asked.ask(_deposit("GB", "10.00")).decision == "refuse"
    assert asked.standing.registers["gamstop"].reason == "unreachable"


def test_a_person_nobody_knows_is_not_asked_about(sandbox: Sandbox, player: str) -> None:
    asked = Asked(sandbox, "GB", player)
    before = sandbox.admin("GET", "gamstop")["counts"]
    del sandbox.people[player]

    assert asked.ask(_deposit("GB", "10.00")).decision == "refuse"
    assert asked.standing.registers["gamstop"].reason == "no_identity"
    assert sandbox.admin("GET", "gamstop")["counts"] == before


def test_the_limit_file_reserves_confirms_and_gives_back(sandbox: Sandbox, player: str) -> None:
    asked = Asked(sandbox, "DE", player)
    sends = known_registers()["lugas_limit"].sends
    sandbox.put("lugas_limit", player, sends, limits={"month": "1000.00"}, used={"month": "350.00"})

    first = asked.ask(_deposit("DE", "500.00", f"{player}-1"))
    asked.ask(
        DepositSettled(
            at_us=_at("DE"), payment_id=f"{player}-1", amount=_euro("500.00"), currency="EUR"
        )
    )
    too_much = asked.ask(_deposit("DE", "150.01", f"{player}-2"))
    after_refusal = sandbox.admin("GET", "lugas_limit")["deposits"]
    fits = asked.ask(_deposit("DE", "150.00", f"{player}-3"))
    full = asked.ask(_deposit("DE", "0.01", f"{player}-4"))
    asked.ask(DepositFailed(at_us=_at("DE"), payment_id=f"{player}-3", code="issuer"))
    room_again = asked.ask(_deposit("DE", "150.00", f"{player}-5"))

    assert first.decision == "allow"
    assert too_much.decision == "refuse"
    query = next(one for one in too_much.findings if one.event == "LUGAS_QUERY")
    assert query.inputs["remaining"] == "150.00"
    assert f"{player}-2" not in after_refusal
    assert fits.decision == "allow"
    assert full.decision == "refuse"
    assert room_again.decision == "allow"
    held = sandbox.admin("GET", "lugas_limit")["deposits"]
    assert {f"{player}-1", f"{player}-5"} <= set(held)
    assert f"{player}-3" not in held


def test_a_deposit_refused_for_another_reason_leaves_no_reservation(
    sandbox: Sandbox, player: str
) -> None:
    asked = Asked(sandbox, "DE", player)
    sandbox.put(
        "lugas_limit", player, known_registers()["lugas_limit"].sends, limits={"month": "1000.00"}
    )
    sandbox.put("oasis", player, known_registers()["oasis"].sends, listed=True)

    refused = asked.ask(_deposit("DE", "10.00", f"{player}-1"))

    assert refused.decision == "refuse"
    assert f"{player}-1" not in sandbox.admin("GET", "lugas_limit")["deposits"]


def test_who_has_set_no_limit_across_operators_does_not_play(sandbox: Sandbox, player: str) -> None:
    asked = Asked(sandbox, "DE", player)
    stake = Stake(at_us=_at("DE"), amount=1_000_000, currency="EUR", game_type="slot")

    refused = asked.ask(stake)
    sandbox.put(
        "lugas_limit", player, known_registers()["lugas_limit"].sends, limits={"month": "1000.00"}
    )
    allowed = asked.ask(Stake(at_us=_at("DE", 13), amount=1_000_000, currency="EUR"))

    assert "LIMIT_MISSING" in _events(refused)
    assert "LIMIT_MISSING" not in _events(allowed)


def test_play_is_told_to_the_file_of_activity_before_the_first_game_and_after_the_last(
    sandbox: Sandbox, player: str
) -> None:
    asked = Asked(sandbox, "DE", player)
    sends = known_registers()["lugas_activity"].sends
    sandbox.put(
        "lugas_limit", player, known_registers()["lugas_limit"].sends, limits={"month": "1000.00"}
    )
    sandbox.put("lugas_activity", player, sends, busy=True)
    asked.ask(Login(at_us=_at("DE"), session_id="s-1"))
    active = sandbox.admin("GET", "lugas_activity")["active"]

    busy = asked.ask(PlayAsked(at_us=_at("DE"), game_type="slot"))
    free_since = "2026-11-10T12:58:00+01:00"
    sandbox.put("lugas_activity", player, sends, free_since=free_since)
    waits = asked.ask(PlayAsked(at_us=_at("DE", 13), game_type="slot"))
    not_told_yet = sandbox.admin("GET", "lugas_activity")["active"]
    plays = asked.ask(PlayAsked(at_us=_at("DE", 14), game_type="slot"))
    here = sandbox.admin("GET", "lugas_activity")["active"]
    asked.ask(Logout(at_us=_at("DE", 15), session_id="s-1"))

    assert "ACTIVITY_BUSY" in _events(busy)
    assert "WAIT" in _events(waits)
    assert not_told_yet == active
    assert plays.decision == "allow"
    assert here == active + 1
    assert sandbox.admin("GET", "lugas_activity")["active"] == active
    assert asked.standing.registers["lugas_activity"].status == "left"


def test_play_that_cannot_be_told_does_not_begin(sandbox: Sandbox, player: str) -> None:
    asked = Asked(sandbox, "DE", player)
    sandbox.put(
        "lugas_limit", player, known_registers()["lugas_limit"].sends, limits={"month": "1000.00"}
    )

    async def run(desk: RegisterDesk) -> Any:
        request = PlayAsked(at_us=_at("DE"), game_type="slot")
        for answer in await desk.before(asked.judge.pack, asked.standing, request):
            asked._judged(answer)
        await asyncio.to_thread(sandbox.mood, "lugas_activity", "down")
        told = await desk.begin_play(asked.judge, asked.standing, request)
        for answer in told:
            asked._judged(answer)
        return told, asked._judged(request)

    told, verdict = sandbox.asking(run)

    assert [answer.status for answer in told] == ["unavailable"]
    assert verdict.decision == "refuse"


def test_the_joint_limit_answers_for_each_period_and_says_which_binds(
    sandbox: Sandbox, player: str
) -> None:
    asked = Asked(sandbox, "ES", player)
    sends = known_registers()["joint_limit"].sends
    used = {"day": "650.00", "week": "650.00", "four_weeks": "650.00"}
    sandbox.put("joint_limit", player, sends, used=used, limits={"day": "700.00"})

    refused = asked.ask(_deposit("ES", "100.00", f"{player}-1"))
    allowed = asked.ask(_deposit("ES", "50.00", f"{player}-2"))

    assert refused.binding is not None
    assert refused.binding.reason == "JOINT_LIMIT"
    assert refused.binding.inputs["binding_limit"] == "all_operators:day"
    assert allowed.decision == "allow"


def test_a_limit_across_operators_that_stands_is_told_to_the_file(
    sandbox: Sandbox, player: str
) -> None:
    asked = Asked(sandbox, "DE", player)
    limit = LimitAsked(
        at_us=_at("DE"), limit="deposit", period="month", amount=_euro("300.00"),
        scope="all_operators",
    )  # fmt: skip

    asked.ask(limit)
    asked.ask(_deposit("DE", "300.00"))

    state = asked.standing.registers["lugas_limit:month"]
    assert state.limit == _euro("300.00")


def test_a_higher_limit_across_operators_is_told_once_it_stands(
    sandbox: Sandbox, player: str
) -> None:
    asked = Asked(sandbox, "DE", player)
    first = LimitAsked(
        at_us=_at("DE"), limit="deposit", period="month", amount=_euro("300.00"),
        scope="all_operators",
    )  # fmt: skip

    asked.ask(first)
    raised = asked.ask(msgspec.structs.replace(first, amount=_euro("400.00")))
    before = asked.ask(_deposit("DE", "300.01", f"{player}-1"))
    week_later = DayPassed(at_us=_at("DE") + 7 * DAY_US)
    asked.ask(week_later)
    later = msgspec.structs.replace(_deposit("DE", "300.01", f"{player}-2"), at_us=week_later.at_us)
    after = asked.ask(later)

    assert raised.decision == "pend"
    assert before.decision == "refuse"
    assert after.decision == "allow"


def test_what_could_not_be_told_is_handed_back_and_told_again_counts_once(
    sandbox: Sandbox, player: str
) -> None:
    asked = Asked(sandbox, "DE", player)
    sandbox.put(
        "lugas_limit", player, known_registers()["lugas_limit"].sends, limits={"month": "1000.00"}
    )
    asked.ask(_deposit("DE", "10.00", f"{player}-1"))
    sandbox.mood("lugas_limit", "down")
    asked.ask(DepositFailed(at_us=_at("DE"), payment_id=f"{player}-1"))
    untold = asked.untold
    sandbox.mood("lugas_limit", "well")

    left = sandbox.asking(lambda desk: desk.tell(player, untold))
    again = sandbox.asking(lambda desk: desk.tell(player, untold))

    assert [one.kind for one in untold] == ["rolled_back"]
    assert left == again == ()
    assert f"{player}-1" not in sandbox.admin("GET", "lugas_limit")["deposits"]


def test_nothing_of_a_person_is_logged(
    sandbox: Sandbox, player: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    asked = Asked(sandbox, "DE", player)
    sandbox.mood("oasis", "wrong_player")

    asked.ask(Registration(at_us=_at("DE"), born_on="1990-05-01"))

    person = sandbox.people[player]
    said = caplog.text + repr(asked.standing.registers) + repr(person)
    for secret in (person.last_name, person.national_id, person.email, person.street, "Muster"):
        assert secret not in said
    assert "register=oasis query=q-" in caplog.text


def test_only_what_a_register_is_declared_to_need_is_sent(sandbox: Sandbox, player: str) -> None:
    sent: list[dict[str, str]] = []

    class Listening:
        declaration = known_registers()["spelpaus"]

        async def ask(self, query: Any, at_us: int, within_s: float) -> tuple[RegisterAnswered]:
            sent.append(query.subject)
            return (RegisterAnswered(at_us=at_us, register="spelpaus", status="clear"),)

        async def tell(self, message: Any, within_s: float) -> None: ...

    sandbox.person(player)
    desk = RegisterDesk({"spelpaus": Listening()}, sandbox.people.get, lambda: "q-1")

    asyncio.run(desk.before(packs()["SE"], _standing("SE", player), Login(at_us=_at("SE"))))

    assert sent == [{"national_id": sandbox.people[player].national_id}]


def test_the_night_asks_again_about_those_who_do_not_come_by(sandbox: Sandbox, player: str) -> None:
    from core.registers.screening import rescreened

    asked = Asked(sandbox, "ES", player)
    sandbox.put("rgiaj", player, known_registers()["rgiaj"].sends, listed=True)

    async def run(desk: RegisterDesk) -> list[tuple[str, RegisterAnswered]]:
        found = rescreened(desk, packs(), [asked.standing, _standing("GB", "x")], _at("ES", 3))
        return [one async for one in found]

    found = sandbox.asking(run)

    assert [(name, answer.register, answer.status) for name, answer in found] == [
        (player, "rgiaj", "listed")
    ]


@pytest.mark.parametrize("pack_id", sorted(packs()))
def test_a_withdrawal_asks_nobody(pack_id: str) -> None:
    request = Withdrawal(at_us=_at(pack_id), payment_id="w", amount=1, currency="EUR")

    assert due_checks(packs()[pack_id], _standing(pack_id, "p"), request) == ()


def test_a_stake_in_a_visit_that_was_asked_about_asks_nobody(sandbox: Sandbox, player: str) -> None:
    asked = Asked(sandbox, "DE", player)
    sandbox.put(
        "lugas_limit", player, known_registers()["lugas_limit"].sends, limits={"month": "1000.00"}
    )
    asked.ask(Login(at_us=_at("DE"), session_id="s-1"))
    asked.ask(Stake(at_us=_at("DE"), amount=1_000_000, currency="EUR", game_type="slot"))

    later = Stake(at_us=_at("DE", 13), amount=1_000_000, currency="EUR", game_type="slot")

    assert due_checks(asked.judge.pack, asked.standing, later) == ()


def test_a_silent_register_is_left_alone_between_stakes_but_not_before_a_deposit(
    sandbox: Sandbox, player: str
) -> None:
    asked = Asked(sandbox, "GB", player)
    sandbox.mood("gamstop", "down")
    asked.ask(Login(at_us=_at("GB")))
    at_us = _at("GB")
    stake = Stake(at_us=at_us + 1_000_000, amount=1_000_000, currency="GBP")
    later = Stake(at_us=at_us + 11_000_000, amount=1_000_000, currency="GBP")

    assert due_checks(asked.judge.pack, asked.standing, stake) == ()
    assert [one.register for one in due_checks(asked.judge.pack, asked.standing, later)] == [
        "gamstop"
    ]
    assert due_checks(asked.judge.pack, asked.standing, _deposit("GB", "1.00"))


def test_a_finding_of_silence_refuses_and_pays_out_nothing(sandbox: Sandbox, player: str) -> None:
    asked = Asked(sandbox, "GB", player)
    sandbox.mood("gamstop", "down")

    asked.ask(Login(at_us=_at("GB")))
    night = asked.ask(DayPassed(at_us=_at("GB", 13)))

    assert not [one for one in night.findings if one.effect is Effect.PAY_OUT]


def test_callers_that_wait_are_answered_from_several_threads(sandbox: Sandbox, player: str) -> None:
    from concurrent.futures import ThreadPoolExecutor

    from core.registers.blocking import BlockingDesk
    from core.registers.configuration import open_client, sandbox_registers

    sandbox.person(player)
    client = open_client()
    numbers = iter(range(1_000_000))
    desk = RegisterDesk(
        sandbox_registers(sandbox.url, client), sandbox.people.get, lambda: f"q-{next(numbers)}"
    )
    blocking = BlockingDesk(desk, client.aclose)
    login = Login(at_us=_at("GB"))
    with ThreadPoolExecutor(8) as threads:
        asked = [
            threads.submit(blocking.before, packs()["GB"], _standing("GB", player), login)
            for _ in range(40)
        ]
        answers = [one.result() for one in asked]
    blocking.close()

    assert {answer.status for (answer,) in answers} == {"clear"}
    assert len({answer.query_id for (answer,) in answers}) == 40
