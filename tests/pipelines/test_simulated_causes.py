"""The simulated operator has the causes it says it has; each tolerance is stated."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from pipelines.simulation.games import CLASSES, payout_table
from pipelines.simulation.operator import simulate
from pipelines.simulation.plan import Plan

EDGES = ", ".join(str((c.game_type, c.volatility, c.edge)) for c in CLASSES)


@pytest.fixture(scope="module")
def casino(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """A block of 2,500 players over 200 days as views, each fact once."""
    home = tmp_path_factory.mktemp("casino")
    simulate(Plan(2_500, 200, 11, home / "raw", home / "truth"))
    with duckdb.connect(config={"threads": 1}) as connection:
        for folder in sorted((home / "raw").iterdir()):
            _view(connection, folder, "SELECT DISTINCT ON (event_id) *")
        for folder in sorted((home / "truth").iterdir()):
            _view(connection, folder, "SELECT *", prefix="truth_")
        yield connection


def _view(
    connection: duckdb.DuckDBPyConnection, folder: Path, select: str, prefix: str = ""
) -> None:
    connection.execute(
        f"CREATE TABLE {prefix}{folder.name} AS {select} "
        f"FROM read_parquet('{folder.as_posix()}/*.parquet')"
    )


def _one(connection: duckdb.DuckDBPyConnection, sql: str) -> tuple[float, ...]:
    return connection.execute(sql).fetchall()[0]


WITH_HARM = """
    WITH path AS (SELECT player_id, from_at, state FROM truth_harm_path),
    lived AS (
        SELECT s.*, coalesce(p.state, 'none') AS state FROM session_ended s
        ASOF LEFT JOIN path p ON s.player_id = p.player_id AND s.occurred_at >= p.from_at
    )
"""


@pytest.mark.parametrize(
    ("share", "least_ratio"),
    [
        ("sum(night_s) / sum(duration_s)", 2.0),
        ("sum(chased_count) / sum(bet_count)", 2.0),
        ("avg(duration_s)", 1.15),
        ("avg(deposit_count)", 1.4),
    ],
    ids=["night", "chasing", "length", "deposits"],
)
def test_harm_shows_in_the_markers(
    casino: duckdb.DuckDBPyConnection, share: str, least_ratio: float
) -> None:
    select = f"SELECT {share} FROM lived WHERE state = "

    harmed = _one(casino, f"{WITH_HARM} {select} 'harmed'")[0]
    healthy = _one(casino, f"{WITH_HARM} {select} 'none'")[0]

    assert harmed / healthy > least_ratio


def test_most_who_exclude_themselves_were_not_well_before(
    casino: duckdb.DuckDBPyConnection,
) -> None:
    """At least half in a hidden state on the day (9 in 100 players are at any time)."""
    ill = _one(
        casino,
        """SELECT avg((coalesce(p.state, 'none') <> 'none')::INT) FROM player_self_excluded e
        ASOF LEFT JOIN truth_harm_path p
        ON e.player_id = p.player_id AND e.occurred_at - INTERVAL 4 DAY >= p.from_at""",
    )[0]

    assert ill > 0.5


@pytest.mark.parametrize("game", CLASSES, ids=lambda c: f"{c.game_type}-{c.volatility}")
def test_a_payout_table_returns_exactly_what_the_edge_leaves(game: object) -> None:
    edge = game.edge  # type: ignore[attr-defined]

    assert payout_table(game).mean() == pytest.approx(10 * (1 - edge), abs=2e-4)  # type: ignore[arg-type]


def test_the_house_keeps_its_edge(casino: duckdb.DuckDBPyConnection) -> None:
    """Over equal stakes, i.e. the mean multiple per bet: within 2 points of the declared edges."""
    kept, declared = _one(
        casino,
        f"""WITH won AS (SELECT round_id, sum(amount_minor) AS win FROM bet_won GROUP BY 1),
        edge(game_type, volatility, edge) AS (VALUES {EDGES})
        SELECT 1 - avg(coalesce(w.win, 0) / b.amount_minor), avg(edge)
        FROM bet_placed b LEFT JOIN won w USING (round_id)
        JOIN edge USING (game_type, volatility)""",
    )

    assert kept == pytest.approx(declared, abs=0.02)


def test_volatile_games_pay_seldom_and_large(casino: duckdb.DuckDBPyConnection) -> None:
    rows = casino.execute(
        """SELECT b.volatility, count(w.round_id) / count(*), avg(w.amount_minor / b.amount_minor)
        FROM bet_placed b LEFT JOIN bet_won w USING (round_id)
        WHERE b.game_type = 'slots' GROUP BY 1"""
    ).fetchall()
    hit = {volatility: share for volatility, share, _ in rows}
    size = {volatility: multiple for volatility, _, multiple in rows}

    assert hit["low"] > hit["medium"] > hit["high"]
    assert size["low"] < size["medium"] < size["high"]


def test_a_session_sums_its_bets(casino: duckdb.DuckDBPyConnection) -> None:
    wrong = _one(
        casino,
        """WITH b AS (SELECT session_id, count(*) n, sum(amount_minor) s FROM bet_placed
                   GROUP BY 1),
        w AS (SELECT session_id, sum(amount_minor) s FROM bet_won GROUP BY 1)
        SELECT count(*) FROM session_ended e
        LEFT JOIN b USING (session_id) LEFT JOIN w USING (session_id)
        WHERE bet_count <> coalesce(b.n, 0) OR stake_minor <> coalesce(b.s, 0)
        OR win_minor <> coalesce(w.s, 0)""",
    )[0]

    assert wrong == 0


def test_stakes_come_from_balance(casino: duckdb.DuckDBPyConnection) -> None:
    lowest, split = _one(
        casino,
        """SELECT min(balance_after_minor), sum((amount_minor <> wager_minor + bonus_wager_minor
        + locked_wager_minor)::INT) FROM bet_placed""",
    )

    assert lowest >= 0
    assert split == 0


def test_cash_is_kept_to_the_cent_and_bonus_money_never_leaves_as_cash(
    casino: duckdb.DuckDBPyConnection,
) -> None:
    moves = " UNION ALL ".join(
        f"SELECT player_id, {sign} * {column} AS cash FROM {fact}"
        for fact, sign, column in (
            ("deposit_approved", 1, "amount_minor"),
            ("withdrawal_paid", -1, "amount_minor"),
            ("bet_placed", -1, "wager_minor"),
            ("bet_won", 1, "wager_minor"),
            ("bet_rolled_back", 1, "wager_minor"),
            ("bonus_completed", 1, "turned_real_minor"),
        )
    )

    left = f"SELECT sum(cash) AS cash FROM ({moves}) GROUP BY player_id"
    least, players = _one(casino, f"SELECT min(cash), count(*) FROM ({left})")

    assert players > 500
    assert least >= 0


@pytest.mark.parametrize("fact", ["bet_placed", "session_started", "deposit_approved"])
def test_nobody_plays_or_pays_in_behind_a_closed_door(
    casino: duckdb.DuckDBPyConnection, fact: str
) -> None:
    intruders = _one(
        casino,
        f"""WITH door AS (
            SELECT player_id, occurred_at, NULL AS until_at FROM player_self_excluded
            UNION ALL SELECT player_id, occurred_at, NULL FROM player_blocked
            UNION ALL SELECT player_id, occurred_at, until_at FROM player_timed_out)
        SELECT count(*) FROM {fact} f JOIN door d ON f.player_id = d.player_id
        AND f.occurred_at > d.occurred_at AND (until_at IS NULL OR f.occurred_at < until_at)""",
    )[0]

    assert intruders == 0


def test_charge_backs_come_weeks_later_for_a_deposit_made(
    casino: duckdb.DuckDBPyConnection,
) -> None:
    count, found, early, late = _one(
        casino,
        """SELECT count(*), count(d.payment_id),
        min(b.occurred_at - d.occurred_at) >= INTERVAL 15 DAY,
        max(b.occurred_at - d.occurred_at) <= INTERVAL 60 DAY
        FROM deposit_charged_back b LEFT JOIN deposit_approved d USING (payment_id, player_id)""",
    )

    assert count == found > 10
    assert early
    assert late


def test_rings_share_devices_and_most_others_do_not(casino: duckdb.DuckDBPyConnection) -> None:
    """Nine in ten seen ring accounts share a device; innocent sharing stays below 15 %."""
    rows = dict(
        casino.execute(
            """WITH shared AS (SELECT device_id, count(DISTINCT player_id) n FROM device_seen
                            GROUP BY 1),
            seen AS (SELECT player_id, max(n) n FROM device_seen JOIN shared USING (device_id)
                     GROUP BY 1)
            SELECT ring >= 0, avg((n > 1)::INT) FROM seen JOIN truth_players USING (player_id)
            GROUP BY 1"""
        ).fetchall()
    )

    assert rows[True] > 0.9
    assert 0.01 < rows[False] < 0.15


def test_campaigns_move_those_they_reach(casino: duckdb.DuckDBPyConnection) -> None:
    """A bonus wave raises sessions of the next six days by 5 to 60 % over its control group.

    Each group is measured against its own 18 days before, or chance would hide the effect.
    """
    rows = dict(
        casino.execute(
            """WITH wave AS (SELECT * FROM truth_campaigns WHERE kind = 'reload_bonus')
            SELECT treated, count(*) FILTER (s.occurred_at >= sent_at)
                / count(*) FILTER (s.occurred_at < sent_at)
            FROM wave w JOIN session_started s ON s.player_id = w.player_id AND s.occurred_at
            BETWEEN sent_at - INTERVAL 18 DAY AND sent_at + INTERVAL 6 DAY GROUP BY 1"""
        ).fetchall()
    )

    assert 1.05 < rows[True] / rows[False] < 1.6


def test_early_losses_make_players_leave_and_the_rest_differ(
    casino: duckdb.DuckDBPyConnection,
) -> None:
    stopped, causes = _one(
        casino,
        """SELECT avg((churned_at IS NOT NULL)::INT), count(DISTINCT churn_cause)
        FROM truth_players""",
    )

    assert 0.3 < stopped < 0.95
    assert causes == 4
