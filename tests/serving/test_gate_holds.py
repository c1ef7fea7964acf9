"""No value or churn figure of a protected player leaves, by any door, to anybody."""

import math
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.rg_state import FOREVER, Hold, HoldKind, RgState
from core.rule import Knowledge
from serving.auth import Scope

AS_OF = datetime(2026, 3, 1, tzinfo=UTC)
FIGURES = ("churn_30d", "ltv_180d", "0.3456", "98765", "987.65", "98654", "98876")
OPEN = Knowledge(RgState(), AS_OF)


def held(kind: HoldKind, until_at: datetime) -> Knowledge:
    return Knowledge(RgState({kind: Hold(AS_OF - timedelta(days=9), until_at)}, 3), AS_OF)


protecting = st.one_of(
    st.builds(held, st.sampled_from(list(HoldKind)), st.just(FOREVER)),
    st.builds(
        held, st.sampled_from([HoldKind.SELF_EXCLUDED, HoldKind.REGISTER_EXCLUDED]),
        st.just(AS_OF - timedelta(days=1)),
    ),
    st.just(Knowledge(fault="the rg state cannot be read")),
    st.just(Knowledge(None, AS_OF)),
    st.just(Knowledge(RgState(), AS_OF - timedelta(microseconds=1))),
)  # fmt: skip
harms = st.sampled_from([0.2, 0.999, math.nan, None])
wishes = st.fixed_dictionaries(
    {},
    optional={
        "explain": st.sampled_from(["true", "false"]),
        "models": st.sampled_from(["churn_30d", "ltv_180d", "churn_30d,ltv_180d"]),
    },
)


@pytest.fixture(scope="module")
def shared(build_shared: Any) -> Any:
    return build_shared()


def protect(house: Any, known: Any, harm: Any) -> Any:
    house.states.known["p"] = known
    versions = dict(house.registry.versions) | {"harm_90d": str(harm)}
    if harm is None:
        del versions["harm_90d"]
    house.registry.versions = versions
    house.registry.told["harm_90d"] = 0.05 if harm is None else harm
    house.engine.champions.refresh()


def check_nothing_leaves(house: Any, scope: Any, wish: Any) -> Any:
    models = wish["models"].split(",") if "models" in wish else None
    batch = {"player_ids": ["p"], "explain": wish.get("explain") == "true", "models": models}
    for response in (house.get(scope, **wish), house.post(scope, **batch)):
        assert response.status_code == 200
        assert not [figure for figure in FIGURES if figure in response.text]
        assert '"suppressed":true' in response.text


@given(known=protecting, scope=st.sampled_from(list(Scope)), wish=wishes)
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_holds_a_player_his_value_stays(
    shared: Any, known: Any, scope: Any, wish: Any
) -> None:
    protect(shared, known, 0.01)

    check_nothing_leaves(shared, scope, wish)


@given(harm=harms, scope=st.sampled_from(list(Scope)), wish=wishes)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_harm_or_not_knowing_of_harm_keeps_value_in_the_house(
    shared: Any, harm: Any, scope: Any, wish: Any
) -> None:
    protect(shared, OPEN, harm)

    check_nothing_leaves(shared, scope, wish)


@given(known=protecting, harm=st.sampled_from([0.01, 0.9]), wish=wishes)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_the_crm_cannot_tell_why(shared: Any, known: Any, harm: Any, wish: Any) -> None:
    protect(shared, known, harm)

    response = shared.get(Scope.CRM, **wish)

    assert response.content == b'{"player_id":"p","suppressed":true,"code":"suppressed"}'
    assert sorted(response.headers) == [
        "cache-control", "content-length", "content-type", "etag", "vary",
    ]  # fmt: skip


@given(wish=wishes, explain=st.booleans())
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_the_crm_never_sees_harm_or_fraud_even_of_an_open_player(
    shared: Any, wish: Any, explain: Any
) -> None:
    protect(shared, OPEN, 0.01)

    answers = [
        shared.get(Scope.CRM, **wish),
        shared.post(Scope.CRM, player_ids=["p"], explain=explain),
    ]

    for response in answers:
        assert '"suppressed":false' in response.text
        assert "harm" not in response.text
        assert "fraud" not in response.text
        assert "Chased losses" not in response.text


def test_the_risk_desk_sees_why(house: Any) -> None:
    protect(house, held(HoldKind.SELF_EXCLUDED, FOREVER), 0.9)

    told = house.get(Scope.RISK).json()

    assert told["rules"] == ["self_excluded", "harm_at_risk"]
    assert told["harm_90d"] == 0.9
    assert told["fraud_72h"] == 0.45678
