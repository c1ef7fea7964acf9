"""What `evenhand score` prints, at the width of a plain terminal."""

import io
from typing import Any

import pytest
from rich.console import Console

from pipelines.score_table import score_table

SENTENCE = "Net loss (stakes minus payouts) on live games in the last 30 days: 12,345.00 EUR"
ANSWER: dict[str, Any] = {
    "player_id": "p-000042", "suppressed": False, "code": "allowed", "stale": False,
    "features_as_of": "2026-03-01T10:20:30.000000Z", "models_missing": [],
    "churn_30d": 0.12345, "churn_30d_text": "0.1235", "churn_30d_unit": "probability",
    "churn_30d_version": "3", "churn_30d_features_missing": 2, "churn_30d_fallback": False,
    "churn_30d_reasons": [
        {"category": "session_patterns", "direction": "raises", "share": 1, "because": [SENTENCE]},
        {"category": "deposit_behaviour", "direction": "lowers", "share": -1, "because": ["D: 1."]},
    ],
    "ltv_180d": 123456, "ltv_180d_text": "1234.56", "ltv_180d_unit": "EUR minor",
    "ltv_180d_version": "1", "ltv_180d_low": -5000, "ltv_180d_high": 900000,
    "ltv_180d_features_missing": 2, "ltv_180d_fallback": True,
}  # fmt: skip


def printed(answer: dict[str, Any], width: int = 80) -> list[str]:
    told = io.StringIO()
    Console(file=told, width=width).print(score_table(answer))
    return told.getvalue().splitlines()


def test_scores_are_said_in_words_on_a_line_each() -> None:
    lines = [" ".join(line.split()) for line in printed(ANSWER, 100)]

    assert lines[0] == "Player p-000042: allowed, as known at 2026-03-01 10:20:30 UTC"
    assert "churn_30d 12.3 %, of 100 players like this about 12 3" in lines
    assert "ltv_180d 1,234.56 EUR, likely -50.00 to 9,000.00 EUR (most features missing) 1" in lines


def test_reasons_stand_below_by_category_and_fit_eighty_columns() -> None:
    lines = printed(ANSWER)
    place = lines.index("  ↑ session patterns")

    assert max(map(len, lines)) <= 80
    assert " ".join(line.strip() for line in lines[place + 1 : place + 3]) == SENTENCE
    assert all(line.startswith("      ") for line in lines[place + 1 : place + 3])
    assert [line.rstrip() for line in lines[place + 3 :]] == [
        "  ↓ deposit behaviour",
        "      D: 1.",
    ]


def test_a_suppressed_player_is_one_line_to_the_crm() -> None:
    answer = {"player_id": "p-1", "suppressed": True, "code": "suppressed"}

    assert printed(answer) == ["Player p-1: suppressed"]


@pytest.mark.parametrize(
    ("more", "line"),
    [
        ({"findings": ["took a break (until x)"]}, "protected: took a break (until x)"),
        ({"stale": True}, "last known scores, for the features came too late"),
        ({"models_missing": ["churn_30d", "harm_90d"]}, "no answer from: churn_30d, harm_90d"),
    ],
)  # fmt: skip
def test_what_is_out_of_the_ordinary_stands_under_the_head(more: Any, line: str) -> None:
    assert printed(ANSWER | more)[1].strip() == line


def test_what_a_player_is_called_is_never_read_as_markup() -> None:
    assert printed({"player_id": "[red]x[/]", "code": "suppressed"}) == [
        "Player [red]x[/]: suppressed"
    ]
