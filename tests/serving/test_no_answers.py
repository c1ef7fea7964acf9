"""What is not an answer: scores that are no number, features that are not there."""

import json
import math
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core.rg_state import RgState
from core.rule import Knowledge
from serving.auth import Scope

AS_OF = datetime(2026, 3, 1, tzinfo=UTC)
NEUTRAL = {"player_id": "p", "suppressed": True, "code": "suppressed"}


def tell(house: Any, model: str, score: float) -> None:
    house.registry.told[model] = score
    house.registry.versions[model] = f"broken-{score}"
    house.engine.champions.refresh()


@pytest.mark.parametrize("score", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("model", ["churn_30d", "ltv_180d"])
@pytest.mark.parametrize("explain", ["true", "false"])
def test_a_value_that_is_no_number_is_told_as_missing(
    house: Any, model: str, score: float, explain: str
) -> None:
    tell(house, model, score)

    response = house.get(Scope.CRM, explain=explain)

    told = response.json()
    assert response.status_code == 200
    assert told["models_missing"] == [model]
    assert not [key for key in told if key.startswith(model)]
    assert "NaN" not in response.text
    assert "Infinity" not in response.text
    text = house.caller.ask("GET", "/metrics").text
    assert f'evenhand_scores_unusable_total{{model="{model}"}} 1.0' in text


@pytest.mark.parametrize("score", [math.nan, math.inf, -math.inf, -0.001, 1.001])
def test_a_harm_score_that_cannot_be_one_protects(house: Any, score: float) -> None:
    tell(house, "harm_90d", score)

    risk = house.get(Scope.RISK).json()

    assert house.get(Scope.CRM).json() == NEUTRAL
    assert risk["models_missing"] == ["harm_90d"]
    assert risk["findings"] == ["the player is at risk of harm (no harm score)"]


def test_an_answer_with_every_score_names_none_missing(house: Any) -> None:
    assert house.get(Scope.RISK).json()["models_missing"] == []


def test_a_champion_taken_away_is_named_missing_to_those_who_may_know_of_it(house: Any) -> None:
    for model in ("churn_30d", "fraud_72h"):
        del house.registry.versions[model]
    house.engine.champions.refresh()

    assert house.get(Scope.CRM).json()["models_missing"] == ["churn_30d"]
    assert house.get(Scope.RISK).json()["models_missing"] == ["churn_30d", "fraud_72h"]
    house.states.known["p"] = Knowledge()
    assert house.get(Scope.RISK).json()["models_missing"] == ["fraud_72h"]


def test_bounds_that_are_no_number_are_left_out(house: Any, monkeypatch: Any) -> None:
    champion = house.engine.champions.current.champions["ltv_180d"].model
    monkeypatch.setattr(
        type(champion),
        "interval",
        lambda self, rows: (self.score(rows), self.score(rows) * math.inf),
    )

    told = house.get(Scope.CRM).json()

    assert told["ltv_180d"] == 98765
    assert not {"ltv_180d_low", "ltv_180d_high"} & told.keys()


def test_a_state_that_knows_less_than_the_newest_feature_protects(house: Any) -> None:
    house.reader.newest = "2026-03-01T00:00:00.000001"

    assert house.get(Scope.CRM).json() == NEUTRAL
    assert house.get(Scope.RISK).json()["rules"] == ["stale_state"]
    house.states.known["p"] = Knowledge(RgState(), AS_OF + timedelta(microseconds=1))
    assert house.get(Scope.CRM).json()["suppressed"] is False


@pytest.mark.parametrize("scope", list(Scope))
def test_an_empty_store_is_not_ready_and_knows_no_player_to_be_unknown(
    house: Any, scope: Scope
) -> None:
    house.reader.is_empty = True

    assert not house.engine.is_ready
    for response in (house.get(scope), house.post(scope, player_ids=["p", "q"])):
        assert (response.status_code, response.json()["code"]) == (503, "store_down")
    house.reader.is_empty = False
    assert house.engine.is_ready
    assert house.get(scope, "nobody").status_code == 404


def test_what_is_missing_fits_the_published_schema(house: Any) -> None:
    import jsonschema

    from serving.openapi import openapi_document

    tell(house, "churn_30d", math.nan)
    document = json.loads(openapi_document())
    schema = document | {"$ref": "#/components/schemas/PlayerAnswer"}

    jsonschema.validate(house.get(Scope.CRM).json(), schema)
