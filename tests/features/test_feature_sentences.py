"""What people read about a feature's value: plain, whatever the value."""

import math
import re
from collections import Counter

import pytest

from features.describe import catalogue, describe, describe_view, sentence
from features.measures import Unit, Words
from features.registry import all_views
from features.spec import View
from features.words import spoken

VALUES = (None, math.nan, math.inf, -math.inf, 0, -0.0, 1, 1e-9, 0.004, 0.5, 1.002, 2, 59.999,
          100.2, 1959, 86_399.5, 123_456_789.123, 1e15, -1e-9, -1, -123_456.7)  # fmt: skip
every_view = pytest.mark.parametrize("view", all_views(), ids=lambda view: str(view.name))


@every_view
@pytest.mark.parametrize("currency", ["EUR", "JPY"])
def test_a_sentence_is_plain_at_every_value(view: View, currency: str) -> None:
    for meta in describe_view(view):
        for value in VALUES:
            said = sentence(meta, value, currency)

            assert said[0].isupper(), said
            assert not re.search(r"[_{}]|\b(nan|inf|none type|None)\b|\be\+|  ", said), said
            assert not re.search(r"-0(\.0+)?( |$)", said), said
            assert ": " in said or meta.words.no, said
            assert not said.endswith((":", ": ")), said


@every_view
def test_a_value_above_nothing_is_never_said_as_nothing(view: View) -> None:
    for meta in describe_view(view):
        said = sentence(meta, 1e-9)

        assert (
            meta.words.no or meta.unit == "year" or not re.search(r": (none|0|0\.0+)( |$)", said)
        ), said


@every_view
def test_a_missing_value_says_why_and_gives_no_number(view: View) -> None:
    for meta in describe_view(view):
        said = sentence(meta, None).removeprefix(f"{meta.phrase}: ")

        assert said == sentence(meta, math.nan).removeprefix(f"{meta.phrase}: ")
        assert re.fullmatch(
            r"(not known|none|never happened|no .+|none .+|fewer than two .+)", said
        )
        assert meta.unit not in {"share", "ratio", "times_usual"} or said != "not known"


@every_view
def test_what_cannot_be_negative_has_one_phrase_and_what_can_has_two(view: View) -> None:
    for meta in describe_view(view):
        signed = re.search(r"_net_|hold_rate|loss_minor_mean", meta.name) is not None

        assert bool(meta.words.negative) == signed
        if signed:
            assert "-" not in sentence(meta, -12_345.0).removeprefix(meta.words.negative)
            assert sentence(meta, -1.0) != sentence(meta, 1.0)


def test_no_two_features_of_a_view_are_said_alike() -> None:
    said = Counter((meta.view, meta.phrase) for meta in catalogue().values())

    assert [key for key, times in said.items() if times > 1] == []


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("account_channel_count_life_by_paid", 0, "Did not come through paid marketing"),
        ("account_channel_count_life_by_paid", 1, "Came through paid marketing"),
        ("account_birth_year_last_life", 1959, "Year of birth: 1959"),
        ("account_birth_year_last_life", None, "Year of birth: not known"),
        (
            "bonus_play_through_life", 1.002,
            "Wagered for bonuses as a share of what was required since registration: 100.2 %",
        ),
        (
            "withdrawal_paid_minor_std_life", 0,
            "Spread of withdrawals paid since registration: all alike",
        ),
        (
            "withdrawal_paid_minor_std_life", None,
            "Spread of withdrawals paid since registration: no withdrawals paid",
        ),
        ("deposit_s_since_last_life", None, "Time since the last deposit: never happened"),
        ("bet_s_since_last_life", 1_890_000, "Time since the last bet: 21 d 21 h"),
        ("deposit_count_90d_by_e_wallet", 2, "Deposits by e-wallet in the last 90 days: 2"),
        (
            "deposit_attempt_declined_count_30d_by_insufficient_funds", 3,
            "Deposits declined for lack of funds in the last 30 days: 3",
        ),
        (
            "deposit_count_trend_7d_to_90d", 2.5,
            "Deposits per day, last 7 days against last 90 days: 2.50 times the usual",
        ),
        (
            "deposit_count_trend_7d_to_90d", 0,
            "Deposits per day, last 7 days against last 90 days: none lately",
        ),
        (
            "play_minor_net_loss_7d", -12_000,
            "Won (wins less stakes) in the last 7 days: 120.00 EUR",
        ),
        ("limit_hit_count_90d_by_deposit", 1, "Deposit limits reached in the last 90 days: 1"),
        ("visit_chased_sum_7d", 0, "Stakes raised right after a loss in the last 7 days: none"),
        ("play_visit_count_7d", 0, "Number of play visits in the last 7 days: none"),
        ("play_visit_s_sum_24h", 11_100, "Time in play visits in the last 24 hours: 3 h 5 min"),
        ("play_visit_s_sum_24h", 0, "Time in play visits in the last 24 hours: none seen"),
        (
            "play_visit_s_max_30d", 0,
            "Longest of the play visits in the last 30 days: too short to see",
        ),
        ("play_visit_s_max_30d", None, "Longest of the play visits in the last 30 days: none"),
        ("ip_distinct_life", 1_001, "Different internet addresses used since registration: 1,001"),
    ],
)  # fmt: skip
def test_sentences_are_as_reviewed(name: str, value: float | None, said: str) -> None:
    assert sentence(describe(name), value) == said


@pytest.mark.parametrize(
    ("value", "unit", "said"),
    [
        (93_784, "s", "1 d 2 h"),
        (0.4, "s", "under 1 s"),
        (400 * 86_400, "s", "1 y 35 d"),
        (86_405, "s", "1 d"),
        (0.125, "share", "12.5 %"),
        (1, "share", "100 %"),
        (0.0004, "share", "under 0.1 %"),
        (2.5, "ratio", "2.50 times"),
        (0.004, "number", "under 0.01"),
        (1, "times_as_long", "as usual"),
        (124_000, "money", "1,240.00 EUR"),
        (0.3, "money", "under 0.01 EUR"),
        (12_345, "count", "12,345"),
    ],
)
def test_units_are_spoken(value: float, unit: Unit, said: str) -> None:
    assert spoken(value, unit) == said
    assert spoken(124_000, "money", "JPY") == "124,000 JPY"


def test_of_an_account_nothing_is_called_a_sign_of_fraud() -> None:
    account = [meta for meta in catalogue().values() if meta.view == "account"]

    assert {meta.category for meta in account} == {"account_profile"}
    assert all(isinstance(meta.words, Words) for meta in account)
