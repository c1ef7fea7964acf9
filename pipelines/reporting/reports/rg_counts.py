"""Counts of player protection in the period."""

from core.money import amount_minor
from pipelines.reporting.known import Known
from pipelines.reporting.report import Report, Says, Sheet, sheet

_COUNTED = (
    ("limits", "limit_set", "concat_ws(' ', kind, period, change)"),
    ("limit increases asked for", "limit_increase_requested", "concat_ws(' ', kind, period)"),
    ("limits reached", "limit_hit", "concat_ws(' ', kind, period)"),
    ("attempts to get round a limit", "limit_override_attempted", "concat_ws(' ', kind, actor)"),
    ("exclusions", "player_self_excluded",
     "concat_ws(' ', scope, register, CASE WHEN until_at IS NULL THEN 'for good' END)"),
    ("time-outs", "player_timed_out", "''"),
    ("returns from exclusion", "player_exclusion_ended", "scope"),
    ("reality checks", "reality_check_shown", "response"),
    ("messages sent", "campaign_sent", "''"),
    ("cases decided", "case_decided", "''"),
)  # fmt: skip
_HIGH = {"SE": "10000"}
"""SE-DL-4: a month's deposit limit above this is told to the regulator, by a secondary source."""


def _make(known: Known, _: Says) -> list[Sheet]:
    rows = []
    for what, fact, detail in _COUNTED:
        found = known.rows(
            f"SELECT {detail}, count(*), count(DISTINCT player_id) FROM k_{fact} "
            f"WHERE {known.within()} GROUP BY 1 ORDER BY 1"
        )
        rows += [(what, *line) for line in found] or [(what, "", 0, 0)]
    rows += _high_limits(known)
    return [sheet("counts", ("what", "detail", "times", "players"), 2, rows)]


def _high_limits(known: Known) -> list[tuple[object, ...]]:
    above = _HIGH.get(known.scope.pack.pack)
    if above is None:
        return []
    units = amount_minor(above, known.scope.pack.currency)
    times, players = known.rows(
        "SELECT count(*), count(DISTINCT player_id) FROM k_limit_set WHERE kind = 'deposit' AND "
        f"period = 'month' AND change IN ('new', 'increase') AND "
        f"{known.amount('amount_minor')} > {units} AND {known.within()}"
    )[0]
    return [(f"deposit limits above {above} a month", "", times, players)]


REPORT = Report(
    "rg_counts", "Counts of player protection",
    "How often limits were set, raised and reached, players excluded themselves, took a time-out "
    "or came back, and how they answered reality checks; how often, and how many players.",
    tuple(fact for _, fact, _ in _COUNTED), _make,
)  # fmt: skip
