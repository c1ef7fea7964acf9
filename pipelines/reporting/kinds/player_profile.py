"""A player as he stood at the end of the period."""

import msgspec

from pipelines.reporting.known import Known
from pipelines.reporting.record import RecordKind, json_sql


class LimitBody(msgspec.Struct, forbid_unknown_fields=True):
    """A limit in force; `amount_minor` or `limit_s`."""

    kind: str
    period: str
    amount_minor: int | None
    limit_s: int | None
    since_us: int


class PlayerProfile(msgspec.Struct, forbid_unknown_fields=True):
    """`operator_player_id` is null unless the pack's regulator may see names."""

    player: str
    operator_player_id: str | None
    age_band: str
    exclusion: str
    exclusion_until_us: int | None
    registered_us: int
    limits: list[LimitBody]


def _select(known: Known) -> str:
    period = known.scope.period
    end = period.end_us
    age = f"{period.last.year} - birth_year"
    band = (
        f"CASE WHEN birth_year IS NULL THEN 'unknown' WHEN {age} < 25 THEN 'under_25' WHEN {age} < "
        f"35 THEN '25_34' WHEN {age} < 45 THEN '35_44' WHEN {age} < 55 THEN '45_54' "
        f"WHEN {age} < 65 THEN '55_64' ELSE '65_up' END"
    )
    held = (
        "SELECT player_id, list({'kind': kind, 'period': period, 'amount_minor': amount_minor, "
        "'limit_s': limit_s, 'since_us': o} ORDER BY kind, period) AS limits FROM (SELECT *, "
        "row_number() OVER (PARTITION BY player_id, kind, period ORDER BY o DESC, event_id DESC) "
        f"AS n FROM k_limit_set WHERE o < {end}) WHERE n = 1 AND change <> 'removal' GROUP BY 1"
    )
    stood = (
        "SELECT player_id, arg_max(state, (o, event_id)) AS state, arg_max(coalesce(until_us, -1), "
        "(o, event_id)) AS until_us FROM (SELECT player_id, o, event_id, 'excluded_' || scope AS "
        "state, epoch_us(until_at) AS until_us FROM k_player_self_excluded UNION ALL SELECT "
        "player_id, o, event_id, 'none', NULL FROM k_player_exclusion_ended) "
        f"WHERE o < {end} GROUP BY 1"
    )
    paused = (
        "SELECT player_id, max(epoch_us(until_at)) AS until_us FROM k_player_timed_out "
        f"WHERE o < {end} AND epoch_us(until_at) >= {end} GROUP BY 1"
    )
    state = (
        "CASE WHEN s.state <> 'none' THEN s.state WHEN t.until_us IS NOT NULL THEN 'timed_out' "
        "ELSE 'none' END"
    )
    until = "CASE WHEN s.state <> 'none' THEN nullif(s.until_us, -1) ELSE t.until_us END"
    shown = "m.player_id" if _shows(known) else "NULL::VARCHAR"
    body = json_sql(
        player="p.pseudonym", operator_player_id=shown, age_band=band, exclusion=state,
        exclusion_until_us=until, registered_us="m.since", limits="coalesce(l.limits, [])",
    )  # fmt: skip
    return (
        f"SELECT p.pseudonym || ':{period.last}' AS key, DATE '{period.last}' AS day, {body} AS "
        f"body FROM mine m JOIN pseudonym p USING (player_id) LEFT JOIN ({held}) l USING "
        f"(player_id) LEFT JOIN ({stood}) s USING (player_id) LEFT JOIN ({paused}) t "
        f"USING (player_id) WHERE m.since < {end}"
    )


def _shows(known: Known) -> bool:
    pack = known.scope.pack
    return pack.shows_names or any(feed.shows_names for feed in pack.feeds.values())


KIND = RecordKind("player_profile", PlayerProfile, _select)
