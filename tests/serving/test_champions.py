"""A promote while callers ask: nobody fails, every answer is of one version it names."""

import threading
from typing import Any

from serving.auth import Scope
from serving.champions import ChampionWatch


def promote(house: Any, version: int) -> None:
    house.registry.told = {
        name: (version * 100_000.0 if name == "ltv_180d" else version / 1000)
        for name in house.registry.told
    }
    house.registry.versions = dict.fromkeys(house.registry.versions, str(version))


def test_a_hundred_promotes_under_load_fail_nobody_and_mix_no_versions(house: Any) -> None:
    promote(house, 2)
    house.engine.champions.refresh()
    answers: list[Any] = []
    done = threading.Event()

    def hammer() -> None:
        while not done.is_set():
            answers.append(house.get(Scope.RISK))
            answers.append(house.post(Scope.RISK, player_ids=["p"]))

    callers = [threading.Thread(target=hammer) for _ in range(3)]
    for caller in callers:
        caller.start()
    for version in range(3, 103):
        before = len(answers)
        promote(house, version)
        house.engine.champions.refresh()
        while len(answers) < before + 2:
            done.wait(0.001)
    done.set()
    for caller in callers:
        caller.join()

    assert {answer.status_code for answer in answers} == {200}
    told = [a.json()["scores"][0] if "scores" in a.json() else a.json() for a in answers]
    assert len({one["harm_90d_version"] for one in told}) > 50
    for one in told:
        versions = {one[f"{name}_version"] for name in house.registry.versions}
        assert len(versions) == 1
        assert one["churn_30d"] == int(versions.pop()) / 1000
        assert one["ltv_180d"] == int(one["ltv_180d_version"]) * 100_000


def test_a_version_that_cannot_serve_leaves_the_last_good_one(house: Any) -> None:
    house.registry.versions["churn_30d"] = "2"
    house.registry.features["churn_30d"] = ("bets", "a_feature_nobody_serves")
    house.registry.versions["fraud_72h"] = "2"

    assert house.engine.champions.refresh()

    assert house.engine.champions.current.versions == {
        "churn_30d": "1", "fraud_72h": "2", "harm_90d": "1", "ltv_180d": "1",
    }  # fmt: skip
    assert house.get(Scope.CRM).json()["churn_30d_version"] == "1"
    text = house.caller.ask("GET", "/metrics").text
    assert 'evenhand_model_load_failures_total{what="churn_30d"} 1.0' in text


def test_a_registry_that_is_down_leaves_everything(house: Any) -> None:
    before = house.engine.champions.current
    house.registry.is_down = True

    assert not house.engine.champions.refresh()
    assert house.engine.champions.current is before


def test_a_champion_taken_away_answers_no_more(house: Any) -> None:
    del house.registry.versions["churn_30d"]
    house.engine.champions.refresh()

    assert "churn_30d" not in house.get(Scope.CRM).json()
    assert house.get(Scope.CRM, models="churn_30d").status_code == 503


def test_the_watch_finds_a_promote_by_itself(house: Any) -> None:
    watch = ChampionWatch(house.engine.champions, every_s=0.001)
    watch.start()
    promote(house, 7)

    waited = threading.Event()
    for _ in range(5000):
        if house.engine.champions.current.versions["churn_30d"] == "7":
            break
        waited.wait(0.001)
    watch.stop()

    assert set(house.engine.champions.current.versions.values()) == {"7"}
