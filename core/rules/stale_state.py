"""A state that knows less than the features do may have missed an exclusion."""

from core.rule import GateRequest, Knowledge, Outcome, Rule


def older_than_features(request: GateRequest, known: Knowledge) -> str | None:
    """Compare how far the rg state knows with the newest of the features.

    Knowledge with a fault may lack something, however new it is.
    """
    if known.known_at is None:
        return None
    if known.fault:
        return known.fault
    if known.known_at >= request.features_as_of:
        return None
    return f"known to {known.known_at:%Y-%m-%dT%H:%M:%SZ}"


STALE_STATE = Rule(
    name="stale_state",
    outcome=Outcome.STALE_STATE,
    law="house rule: the gate fails closed",
    reason="the rg state is older than the features",
    check=older_than_features,
)
