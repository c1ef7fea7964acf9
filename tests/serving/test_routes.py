import json
import sqlite3
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from core.rg_state import FOREVER, Hold, HoldKind, RgState
from core.rg_store import RgStateReader, write_rg_state
from core.rule import Knowledge
from serving.auth import Scope
from serving.openapi import openapi_document

AS_OF = datetime(2026, 3, 1, tzinfo=UTC)
EXCLUDED = RgState({HoldKind.SELF_EXCLUDED: Hold(AS_OF, FOREVER)}, 1)
BOTH = pytest.mark.parametrize("scope", list(Scope))


def problem(response: Any) -> tuple[int, str]:
    assert response.headers["content-type"] == "application/problem+json"
    assert "0.3456" not in response.text
    return response.status_code, response.json()["code"]


def fits(name: str, body: object) -> None:
    document = json.loads(openapi_document())
    jsonschema.validate(body, document | {"$ref": f"#/components/schemas/{name}"})


@BOTH
@pytest.mark.parametrize("explain", ["true", "false"])
def test_every_answer_fits_the_published_schema(house: Any, scope: Scope, explain: str) -> None:
    fits("PlayerAnswer", house.get(scope, explain=explain).json())
    fits("BatchAnswer", house.post(scope, player_ids=["p", "q"]).json())
    fits("Problem", house.get(scope, "nobody").json())
    house.states.known.clear()
    fits("PlayerAnswer", house.get(scope, explain=explain).json())


def test_an_answer_says_until_when_facts_are_in_it_but_not_of_the_protected(house: Any) -> None:
    house.reader.newest = "2026-02-28T23:59:58.120"
    told = house.get(Scope.CRM)
    assert told.json()["facts_known_until"] == "2026-02-28T23:59:58.120000Z"
    assert told.json()["features_as_of"] == "2026-03-01T00:00:00.000000Z"

    house.states.known.clear()

    assert "facts_known_until" not in house.get(Scope.CRM).json()


def test_the_published_examples_fit_their_own_schema() -> None:
    document = json.loads(openapi_document())

    for example in document["components"]["examples"].values():
        fits("PlayerAnswer", example["value"])


def test_every_route_is_published(house: Any) -> None:
    published = set(json.loads(openapi_document())["paths"]) | {"/docs"}

    assert {route.path for route in house.door.app().routes} <= published


@BOTH
def test_a_player_nobody_knows_is_not_found(house: Any, scope: Scope) -> None:
    assert problem(house.get(scope, "nobody")) == (404, "unknown_player")
    told = house.post(scope, player_ids=["nobody", "p", "p"]).json()
    assert told["unknown"] == ["nobody"]
    assert [one["player_id"] for one in told["scores"]] == ["p"]


@BOTH
@pytest.mark.parametrize("player_id", ["x" * 129, "a%00b", "a%0Ab", "a%FFb"])
def test_an_id_that_cannot_be_one_is_refused(house: Any, scope: Scope, player_id: str) -> None:
    status, code = problem(house.get(scope, player_id))

    assert (status, code) in {(400, "bad_player_id"), (404, "unknown_player")}
    assert (status == 404) == (player_id == "a%FFb")  # an odd id, but printable once decoded


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"player_ids": "p"}', b'{"player_ids": [1]}',
        b'{"player_ids": []}', b'{"player_ids": ["p"], "more": 1}', b'{"models": ["churn_30d"]}',
        b'{"player_ids": ["p"], "explain": "yes"}', b"[" * 10_000,
        json.dumps({"player_ids": [str(n) for n in range(1001)]}).encode(),
        json.dumps({"player_ids": [str(n) for n in range(101)], "explain": True}).encode(),
    ],
)  # fmt: skip
def test_a_body_that_cannot_be_read_is_refused(house: Any, body: bytes) -> None:
    headers = {"X-API-Key": "a-crm-key"}

    assert problem(house.caller.ask("POST", "/v1/scores", content=body, headers=headers)) == (
        400, "bad_request",
    )  # fmt: skip


def test_an_id_too_long_in_a_batch_is_refused(house: Any) -> None:
    assert problem(house.post(Scope.CRM, player_ids=["p", "x" * 129])) == (400, "bad_player_id")


def test_a_body_too_large_is_refused(house: Any) -> None:
    response = house.post(Scope.CRM, player_ids=["x" * 400_000])

    assert problem(response) == (413, "too_large")


def test_a_thousand_players_are_answered(house: Any) -> None:
    ids = [f"p{n}" for n in range(1000)]
    house.reader.players = {p: [1.0, 2.0, 3.0] for p in ids}
    house.states.known = {p: Knowledge(RgState(), AS_OF) for p in ids}

    told = house.post(Scope.CRM, player_ids=ids).json()

    assert [one["player_id"] for one in told["scores"]] == ids
    assert not any(one["suppressed"] for one in told["scores"])


@pytest.mark.parametrize("key", [None, "", "a-crm-key ", "A-CRM-KEY", "x"])
def test_without_a_known_key_nothing_is_told(house: Any, key: str | None) -> None:
    headers = {} if key is None else {"X-API-Key": key}
    if key == "a-crm-key ":
        headers = {"X-API-Key": "a-crm-keyy"}

    for method, url in (("GET", "/v1/players/p/scores"), ("POST", "/v1/scores")):
        response = house.caller.ask(method, url, headers=headers, content=b"{")
        assert problem(response) == (401, "unauthorized")


@pytest.mark.parametrize("models", ["harm_90d", "fraud_72h,churn_30d", "no_such_model"])
def test_the_crm_is_told_alike_of_models_out_of_scope_and_unknown(house: Any, models: str) -> None:
    response = house.get(Scope.CRM, models=models)

    assert problem(response) == (400, "bad_models")
    assert response.json()["detail"] == "known to this key: churn_30d, ltv_180d"


def test_only_the_models_asked_for_are_told(house: Any) -> None:
    told = house.get(Scope.CRM, models="churn_30d").json()

    assert told["churn_30d"] == 0.34567
    assert not [key for key in told if key.startswith(("ltv", "harm"))]


def test_money_is_told_in_minor_units_and_as_text(house: Any) -> None:
    told = house.get(Scope.CRM).json()

    assert (told["ltv_180d"], told["ltv_180d_text"]) == (98765, "987.65")
    assert (told["ltv_180d_low"], told["ltv_180d_high"]) == (98654, 98876)


def test_missing_features_are_counted_and_mostly_missing_is_a_fallback(house: Any) -> None:
    house.reader.players = {"p": [float("nan"), 2.0, float("nan")]}

    told = house.get(Scope.CRM).json()

    assert told["churn_30d_features_missing"] == 2
    assert told["churn_30d_fallback"] is True


def test_a_repeated_answer_is_not_sent_again_until_it_changes(house: Any) -> None:
    first = house.get(Scope.CRM)
    again = house.get(Scope.CRM, tag=first.headers["etag"])
    house.states.known["p"] = Knowledge(EXCLUDED, AS_OF)
    after = house.get(Scope.CRM, tag=first.headers["etag"])

    assert (first.status_code, again.status_code, again.content) == (200, 304, b"")
    assert first.headers["cache-control"] == "private, no-cache"
    assert after.json() == {"player_id": "p", "suppressed": True, "code": "suppressed"}


@BOTH
def test_a_dead_store_is_never_answered_with_scores(house: Any, scope: Scope) -> None:
    assert house.get(scope).status_code == 200
    house.reader.is_down = True

    for response in (house.get(scope), house.post(scope, player_ids=["p"])):
        assert problem(response) == (503, "store_down")
        assert int(response.headers["retry-after"]) > 0
        assert response.headers["cache-control"] == "no-store"


def test_a_store_that_serves_other_columns_counts_as_dead(house: Any) -> None:
    house.reader.names = ("deposits", "bets", "losses")

    assert problem(house.get(Scope.CRM)) == (503, "store_down")


def test_without_a_champion_nothing_is_scored(house: Any) -> None:
    house.registry.versions = {}
    house.engine.champions.refresh()

    assert not house.engine.is_ready
    assert problem(house.get(Scope.CRM)) == (503, "no_champion")


def test_before_the_service_has_started_nothing_is_scored(house: Any) -> None:
    house.door.desk = None

    assert problem(house.get(Scope.CRM)) == (503, "no_champion")


def test_past_the_deadline_the_last_known_scores_are_told_as_stale(build_house: Any) -> None:
    house = build_house(deadline_s=0.2)
    assert house.get(Scope.CRM).json()["stale"] is False
    house.reader.may_go_on.clear()

    told = house.get(Scope.CRM).json()

    assert (told["stale"], told["churn_30d"]) == (True, 0.34567)
    assert problem(house.get(Scope.RISK)) == (503, "too_slow")  # was never asked before


def test_past_the_deadline_the_gate_is_asked_anew(build_house: Any) -> None:
    house = build_house(deadline_s=0.2)
    assert house.get(Scope.CRM).json()["suppressed"] is False
    house.reader.may_go_on.clear()
    house.states.known["p"] = Knowledge(EXCLUDED, AS_OF)

    told = house.get(Scope.CRM).json()

    assert told == {"player_id": "p", "suppressed": True, "code": "suppressed"}


def test_the_real_rg_file_gates_and_its_loss_or_corruption_protects(
    build_house: Any, tmp_path: Path
) -> None:
    path = tmp_path / "rg_state.sqlite"
    write_rg_state(path, [("p", RgState()), ("q", EXCLUDED)], known_at=AS_OF)
    house = build_house(states=RgStateReader(path))
    house.reader.players["q"] = [1.0, 2.0, 3.0]
    neutral = {"suppressed": True, "code": "suppressed"}
    assert house.get(Scope.CRM).json()["suppressed"] is False
    assert house.get(Scope.CRM, "q").json() == {"player_id": "q", **neutral}

    good = path.read_bytes()
    path.unlink()
    assert house.get(Scope.CRM).json() == {"player_id": "p", **neutral}
    path.write_bytes(good[:5000] + b"\0" * (len(good) - 5000))
    assert house.get(Scope.CRM).json() == {"player_id": "p", **neutral}
    path.unlink()
    path.write_bytes(good)
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    assert house.get(Scope.CRM).json() == {"player_id": "p", **neutral}
    holder.close()
    assert house.get(Scope.CRM).json()["suppressed"] is False


def test_the_metrics_name_no_player(house: Any) -> None:
    house.reader.players["a-certain-player"] = [1.0, 2.0, float("nan")]
    house.get(Scope.CRM, "a-certain-player", explain="true")
    house.get(Scope.CRM)

    text = house.caller.ask("GET", "/metrics").text

    assert "a-certain-player" not in text
    for line in (
        'evenhand_requests_total{endpoint="player",status="200"} 2.0',
        'evenhand_gate_outcomes_total{outcome="unknown_state"} 1.0',
        'evenhand_gate_outcomes_total{outcome="allowed"} 1.0',
        'evenhand_model_version{model="churn_30d",version="1"} 1.0',
        'evenhand_features_missing_total{model="churn_30d"} 1.0',
        "evenhand_features_as_of_timestamp_seconds 1.7723232e+09",
    ):
        assert line in text
    for stage in ("read", "score", "explain", "gate", "total"):
        assert f'evenhand_stage_seconds_count{{stage="{stage}"}}' in text


@pytest.mark.parametrize(("method", "url"), [("GET", "/nowhere"), ("DELETE", "/v1/scores")])
def test_what_is_not_there_is_a_problem_too(house: Any, method: str, url: str) -> None:
    assert problem(house.caller.ask(method, url))[0] in {404, 405}


def test_a_fault_of_ours_tells_nothing(house: Any) -> None:
    house.reader.players = {"p": "not a row"}

    assert problem(house.get(Scope.CRM)) == (500, "internal")


def test_many_callers_at_once_are_all_answered(house: Any) -> None:
    told: list[int] = []

    def ask() -> None:
        told.extend(house.get(Scope.CRM).status_code for _ in range(3))

    callers = [threading.Thread(target=ask) for _ in range(8)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()

    assert told == [200] * 24
