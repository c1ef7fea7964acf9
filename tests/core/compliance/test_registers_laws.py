"""Laws of registers: silence opens nothing, a joint limit is never passed, who must be asked is."""

import os
from dataclasses import dataclass, field

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.compliance.calendar import DAY_US, SECOND_US
from core.compliance.finding import Effect, Verdict
from core.compliance.folds.registers import STATUSES as SAID
from core.compliance.judge import Judge
from core.compliance.load import packs
from core.compliance.pack import Pack
from core.compliance.quiet_registers import quiet_registers
from core.compliance.register_word import LEFT, POINTS
from core.compliance.request import Request
from core.compliance.requests.account import DayPassed, Login, PlayAsked, Registration
from core.compliance.requests.holds import RegisterAnswered
from core.compliance.requests.limits import LimitAsked
from core.compliance.requests.money import Deposit, DepositFailed, Stake, Withdrawal
from core.compliance.requests.offers import Marketing
from core.compliance.standing import RegisterState, Standing
from core.registers.due import RETRY_US, due_checks
from tests.core.compliance.hold_world import PACKS, new_standing, registers_of

EXAMPLES = int(os.environ.get("EVENHAND_EXAMPLES", "200"))
START = 1_792_483_200_000_000  # 20 October 2026
MONTH_END = 1_793_487_600_000_000  # midnight of 1 November in Berlin
MINUTE_US = 60 * SECOND_US
CHECKS = {
    "register", "register_silence", "central_limit", "central_limit_set", "activity_file",
    "activity_wait",
}  # fmt: skip
WANTING = ("REGISTER_UNAVAILABLE", "REGISTER_OUTAGE", "LIMIT_MISSING")


def _only(pack_id: str, *checks: str) -> Pack:
    """A pack with the rules of some checks alone."""
    pack = packs()[pack_id]
    rules = tuple(rule for rule in pack.rules if rule.check in checks)
    return msgspec.structs.replace(pack, rules=rules)


def _gated(pack_id: str, at_us: int) -> list[Request]:
    """What waits for a register that is asked."""
    currency = packs()[pack_id].currency
    return [
        Registration(at_us=at_us, born_on="1980-01-01"),
        Deposit(at_us=at_us, payment_id="d", amount=1_000_000, currency=currency),
        Stake(at_us=at_us, amount=1_000_000, currency=currency),
        PlayAsked(at_us=at_us),
    ]


@pytest.mark.parametrize("pack_id", [one for one in PACKS if registers_of(one)])
@pytest.mark.parametrize("said", ["never", "unavailable", "maybe", "stale"])
def test_an_unknown_register_stops_stakes_deposits_and_registrations_never_a_withdrawal(
    pack_id: str, said: str
) -> None:
    judge, name = Judge(packs()[pack_id]), registers_of(pack_id)[0]
    standing = new_standing(pack_id)
    quiet = {key: state for key, state in standing.registers.items() if key != name}
    standing = msgspec.structs.replace(standing, registers=quiet)
    if said in ("unavailable", "maybe"):
        answer = RegisterAnswered(at_us=START, register=name, status=said)
        _, standing = judge.decide(answer, standing)
    elif said == "stale":
        old = RegisterState(status="clear", at_us=START - 3 * DAY_US, good_status="clear")
        standing = msgspec.structs.replace(standing, registers=quiet | {name: old})
    asked_at = packs()[pack_id].registers[name].at

    for request in _gated(pack_id, START):
        verdict, _ = judge.verdict(request, standing)
        met = [one for one in verdict.findings if one.inputs.get("register") == name]
        point = POINTS[type(request)]
        is_asked = point in asked_at or (point == "stake" and "play" in asked_at)
        if said != "stale" or is_asked:
            assert any(one.effect is Effect.REFUSE for one in met), (request.kind, met)
    withdrawal = Withdrawal(at_us=START, payment_id="w", amount=1_000_000, currency="EUR")
    assert judge.verdict(withdrawal, standing)[0].decision == "allow"


def test_where_the_pack_relies_on_the_last_good_answer_a_player_goes_on_through_an_outage() -> None:
    judge, standing = Judge(_only("ON", *CHECKS)), new_standing("ON")
    for at_us, status in ((START - DAY_US, "clear"), (START, "unavailable")):
        answer = RegisterAnswered(at_us=at_us, register="betguard", status=status)
        _, standing = judge.decide(answer, standing)

    allowed = {
        request.kind
        for request in [*_gated("ON", START), Login(at_us=START)]
        if judge.verdict(request, standing)[0].is_allowed
    }

    assert allowed == {"deposit", "stake", "play_asked", "login"}


@dataclass(slots=True)
class CentralFile:
    """A naive memory of what the limit file said, and of what was paid in here since."""

    answered_us: int | None = None
    used: int = 0
    limit: int | None = None
    since: dict[str, int] = field(default_factory=dict)

    def allows(self, amount: int, at_us: int) -> bool:
        """Say whether a deposit fits what is known for sure."""
        if self.answered_us is None or self.limit is None or at_us - self.answered_us > MINUTE_US:
            return False
        if self.answered_us < MONTH_END <= at_us:
            return False
        return self.used + sum(self.since.values()) + amount <= self.limit


AMOUNTS = st.integers(1, 300).map(lambda euro: euro * 1_000_000)
MOVES = st.one_of(
    st.tuples(
        st.just("answer"), st.integers(0, 1_200), st.one_of(st.none(), st.integers(0, 1_000))
    ),
    st.tuples(st.just("silent"), st.just(0), st.none()),
    st.tuples(st.just("deposit"), st.integers(1, 300), st.none()),
    st.tuples(st.just("fail"), st.integers(0, 5), st.none()),
    st.tuples(st.just("withdraw"), st.integers(1, 300), st.none()),
    st.tuples(st.just("wait"), st.sampled_from((1, 20, 60, 61, 3_600)), st.none()),
)


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.lists(MOVES, max_size=25), st.sampled_from((START, MONTH_END - 30 * SECOND_US)))
@example(
    [("answer", 900, 1_000), ("deposit", 100, None), ("fail", 0, None), ("deposit", 100, None)],
    START,
)
@example(
    [("answer", 0, 1_000), ("wait", 60, None), ("deposit", 1, None)], MONTH_END - 30 * SECOND_US
)
def test_a_limit_across_operators_is_never_passed_nor_a_deposit_refused_that_fits(
    moves: list[tuple[str, int, int | None]], start_us: int
) -> None:
    judge, file, at_us = Judge(_only("DE", "central_limit")), CentralFile(), start_us
    standing = msgspec.structs.replace(new_standing("DE"), registers={})
    for number, (move, value, limit) in enumerate(moves):
        at_us += SECOND_US * (value if move == "wait" else 1)
        request = _moved(move, value, limit, (number, at_us))
        if request is None:
            continue
        expected = not isinstance(request, Deposit) or file.allows(request.amount, at_us)
        verdict, standing = judge.decide(request, standing)

        assert verdict.is_allowed == expected, (request, file)
        _remember(file, request, verdict, at_us)


def _moved(move: str, value: int, limit: int | None, when: tuple[int, int]) -> Request | None:
    number, at_us = when
    euro = 1_000_000
    match move:
        case "answer":
            status = "missing" if limit is None else "clear"
            return RegisterAnswered(
                at_us=at_us, register="lugas_limit", status=status,
                period="month" if number % 2 else "", used=value * euro,
                limit=None if limit is None else limit * euro,
            )  # fmt: skip
        case "silent":
            return RegisterAnswered(at_us=at_us, register="lugas_limit", status="unavailable")
        case "deposit":
            return Deposit(
                at_us=at_us, payment_id=f"d-{number}", amount=value * euro, currency="EUR"
            )
        case "fail":
            return DepositFailed(at_us=at_us, payment_id=f"d-{value}")
        case "withdraw":
            return Withdrawal(at_us=at_us, payment_id=f"w-{number}", amount=value, currency="EUR")
    return None


def _remember(file: CentralFile, request: Request, verdict: Verdict, at_us: int) -> None:
    match request:
        case RegisterAnswered(status="unavailable"):
            file.answered_us, file.limit = None, None
            file.since.clear()
        case RegisterAnswered():
            file.answered_us, file.used, file.limit = at_us, request.used or 0, request.limit
            file.since.clear()
        case Deposit() if verdict.is_allowed:
            file.since[request.payment_id] = request.amount
        case DepositFailed():
            file.since.pop(request.payment_id, None)


@st.composite
def _states(draw: st.DrawFn) -> RegisterState:
    """What the folds can leave: a word is the last good one too, silence keeps the one before."""
    ages = st.one_of(st.sampled_from((0, 1, MINUTE_US, MINUTE_US + 1)), st.integers(0, 3 * DAY_US))
    age, status = draw(ages), draw(st.sampled_from((*sorted(SAID), "unavailable", LEFT)))
    before = {"unavailable": ("", *sorted(SAID)), LEFT: ("here", "free")}
    return RegisterState(
        status=status, at_us=START - age, used=0, limit=10**9, good_us=START - age,
        good_status=draw(st.sampled_from(before.get(status, (status,)))),
    )  # fmt: skip


@st.composite
def _asked_about(draw: st.DrawFn) -> tuple[str, Standing, Request]:
    pack_id = draw(st.sampled_from(PACKS))
    registers = {
        name: draw(_states()) for name in packs()[pack_id].registers if draw(st.booleans())
    }
    others = [
        Login(at_us=START), Marketing(at_us=START, campaign_id="c", channel="email"),
        DayPassed(at_us=START), LimitAsked(at_us=START, limit="deposit", scope="all_operators"),
    ]  # fmt: skip
    request = draw(st.sampled_from([*_gated(pack_id, START), *others]))
    return pack_id, new_standing(pack_id, registers=registers), request


@settings(max_examples=EXAMPLES, deadline=None)
@given(_asked_about())
def test_whatever_is_refused_for_want_of_an_answer_was_due_to_be_asked(
    asked: tuple[str, Standing, Request],
) -> None:
    pack_id, standing, request = asked
    due = {one.register for one in due_checks(packs()[pack_id], standing, request)}

    verdict, _ = Judge(_only(pack_id, *CHECKS)).verdict(request, standing)

    for finding in verdict.findings:
        wanting = finding.event in WANTING
        name = str(finding.inputs.get("register", ""))
        state = standing.registers.get(name)
        tried = state is not None and state.status == "unavailable" and (
            START - state.at_us < RETRY_US
        )  # fmt: skip
        if wanting and finding.effect is Effect.REFUSE and not tried:
            assert name in due, (finding, state)


@settings(max_examples=EXAMPLES, deadline=None)
@given(_asked_about())
def test_answers_in_time_leave_nothing_refused_for_want_of_them(
    asked: tuple[str, Standing, Request],
) -> None:
    pack_id, standing, request = asked
    pack, judge = packs()[pack_id], Judge(_only(pack_id, *CHECKS))
    quiet = quiet_registers(pack)
    tried = {name for name, one in standing.registers.items() if one.status == "unavailable"}
    for one in due_checks(pack, standing, request):
        state = quiet[one.register]
        answer = RegisterAnswered(
            at_us=START, register=one.register, status=state.status, used=state.used,
            limit=state.limit,
        )  # fmt: skip
        _, standing = judge.decide(answer, standing)

    verdict, _ = judge.verdict(request, standing)

    refused = [
        one for one in verdict.findings
        if one.effect is Effect.REFUSE and one.inputs.get("register") not in tried
        and one.event in (*WANTING, "ACTIVITY_BUSY")
    ]  # fmt: skip
    assert not refused


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.integers(0, 20 * 60), st.integers(0, 20 * 60), st.booleans())
def test_play_here_begins_five_minutes_after_play_elsewhere_and_not_before(
    ended_s: int,
    started_s: int,
    is_busy_again: bool,  # noqa: FBT001 - drawn
) -> None:
    judge = Judge(_only("DE", "activity_file", "activity_wait", "register_silence"))
    standing, at_us = new_standing("DE"), START + started_s * SECOND_US
    since_us = START + min(ended_s, started_s) * SECOND_US
    answer = RegisterAnswered(
        at_us=at_us, register="lugas_activity", status="busy" if is_busy_again else "free",
        since_us=since_us,
    )  # fmt: skip
    _, standing = judge.decide(answer, standing)

    stake = Stake(at_us=at_us, amount=1_000_000, currency="EUR", game_type="slot")
    verdict, _ = judge.verdict(stake, standing)

    assert verdict.is_allowed == (not is_busy_again and at_us - since_us >= 5 * MINUTE_US)
