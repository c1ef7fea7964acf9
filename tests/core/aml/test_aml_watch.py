"""What the watch makes of stakes taken back, other currencies, and cash of a gaming day."""

import pytest
from msgspec.structs import replace as with_fields

from core.aml.currency_transactions import currency_days, reportable
from core.aml.facts import Payment
from core.aml.policy import policies
from core.aml.told import Told
from core.aml.watching import Alert, Watch
from core.compliance.calendar import HOUR_US, Zone
from tests.core.aml.aml_world import START_US, opened, paid, staked, structuring, undone

NEW_YORK = Zone("America/New_York")
ABOVE = 1_000_000


def _alerts(facts: list[Told], base: str = "EUR") -> list[Alert]:
    return list(Watch(dict(policies()), base).take(facts))


def _typologies(facts: list[Told], base: str = "EUR") -> list[str]:
    return [alert.evidence.typology for alert in _alerts(facts, base)]


def test_a_stake_taken_back_was_not_played() -> None:
    bet = staked("p", 1, 100_000)
    facts = [opened("p", "MT"), paid("p", 0, "deposit", 100_000), bet]

    played = [*facts, paid("p", 3, "withdrawal", 95_000)]
    voided = [*facts, undone("p", 2, bet), paid("p", 3, "withdrawal", 95_000)]
    late = [*facts, paid("p", 3, "withdrawal", 95_000), undone("p", 4, bet)]

    assert "T-CYC" not in _typologies(played)
    assert _typologies(voided).count("T-CYC") == 1
    assert _typologies(late).count("T-CYC") == 1


def _in(told: Told, currency: str, rate_e6: int) -> Told:
    assert isinstance(told.what, Payment)
    return with_fields(told, what=with_fields(told.what, currency=currency, rate_e6=rate_e6))


@pytest.mark.parametrize(
    ("place", "currency", "rate_e6", "found"),
    [
        ("MT", "EUR", 1_000_000, True),
        ("MT", "USD", 1_000_000, True),
        ("MT", "USD", 999_990, False),  # 1,999.98 EUR
        ("MT", "USD", 999_999, True),  # 1,999.998 EUR, rounded half up
        ("MT", "USD", 0, False),  # no rate
        ("GB", "EUR", 1_000_000, False),  # no rate into pounds
    ],
)
def test_an_amount_counts_if_it_has_a_rate_into_the_packs_currency(
    place: str, currency: str, rate_e6: int, *, found: bool
) -> None:
    facts = [opened("p", place), _in(paid("p", 0, "deposit", 200_000), currency, rate_e6)]

    assert ("T-CDD" in _typologies(facts)) is found


def test_facts_twice_and_in_any_order_raise_the_same_once() -> None:
    facts = structuring()

    assert _alerts([*reversed(facts), *facts]) == _alerts(facts) != []


def test_what_was_let_go_is_not_taken_in_again() -> None:
    old, facts = paid("p", 0, "deposit", 100), [opened("p", "NJ")]
    facts += [paid("p", 24 * day, "deposit", 100) for day in range(0, 600, 20)]
    watch = Watch(dict(policies()), "EUR")
    list(watch.take(facts))
    held = len(watch.windows["p"].payments)

    list(watch.step(old))

    assert ("deposit", "deposit-0") not in watch.windows["p"].payments
    assert len(watch.windows["p"].payments) == held


def _cash(at_us: int, amount: int, *, player: str = "p", kind: str = "deposit") -> Payment:
    return Payment(
        id=f"{player}-{at_us}-{kind}", at_us=at_us, kind=kind, amount=amount,  # type: ignore[arg-type]
        player=player, is_cash=True,
    )  # fmt: skip


@pytest.mark.parametrize(("amount", "count"), [(999_999, 0), (1_000_000, 0), (1_000_001, 1)])
def test_cash_of_a_gaming_day_is_reported_above_the_amount_not_at_it(
    amount: int, count: int
) -> None:
    parts = [_cash(START_US, amount - 400_000), _cash(START_US + HOUR_US, 400_000)]

    assert len(reportable(currency_days(parts, NEW_YORK), ABOVE)) == count


def test_in_and_out_and_what_is_no_cash_are_not_added_together() -> None:
    rows = [_cash(START_US, 600_000), _cash(START_US, 600_000, kind="withdrawal")]
    rows.append(with_fields(_cash(START_US, 600_000, player="p"), is_cash=False, id="card"))

    days = currency_days(rows, NEW_YORK)

    assert [(day.side, day.amount) for day in days] == [
        ("deposit", 600_000), ("withdrawal", 600_000),
    ]  # fmt: skip


def test_the_accounts_of_one_person_are_one_and_two_persons_are_two() -> None:
    rows = [_cash(START_US, 600_000), _cash(START_US, 600_000, player="q")]

    apart = currency_days(rows, NEW_YORK)
    together = currency_days(rows, NEW_YORK, person_of={"p": "one", "q": "one"})

    assert not reportable(apart, ABOVE)
    assert [day.amount for day in reportable(together, ABOVE)] == [1_200_000]


def test_a_gaming_day_begins_when_the_house_says_also_when_the_clocks_change() -> None:
    midnight = NEW_YORK.frame("day", 1_793_520_000_000_000).start_us  # 1 November 2026, 25 hours
    assert NEW_YORK.frame("day", midnight).end_us - midnight == 25 * HOUR_US
    rows = [_cash(midnight + 5 * HOUR_US, 600_000), _cash(midnight + 7 * HOUR_US, 600_000)]

    by_midnight = currency_days(rows, NEW_YORK)
    by_six = currency_days(rows, NEW_YORK, day_starts_h=6)

    assert [day.amount for day in by_midnight] == [1_200_000]
    assert [day.amount for day in by_six] == [600_000, 600_000]
    assert by_six[0].end_us == by_six[1].start_us


def test_every_jurisdiction_with_a_policy_asks_every_pattern_its_pack_has_a_row_for() -> None:
    for name, policy in policies().items():
        asked = {typology.id for typology, _ in policy.asked}
        assert asked >= {"T-STR", "T-CYC", "T-INC", "T-3P", "T-MULTI", "T-DORM", "T-LOWRISK"}, name
        if any(row.id in ("EU-AML-2", "MT-AML-1", "GB-AML-1") for row in policy.pack.rules):
            assert "T-CDD" in asked


def test_every_row_a_policy_names_is_in_its_pack() -> None:
    for policy in policies().values():
        rows = {row.id for row in policy.pack.rules} | {""}
        assert {report.rule for report in policy.said.reports} <= rows
        for said in policy.said.typologies.values():
            named = [row["rule"] for part in ("thresholds", "levels") for row in said.get(part, [])]
            named += [said[key] for key in said if key.endswith("_rule")]
            assert {*named} <= rows, policy.pack.pack
