"""A ledger of before bonuses knew what they owe: its completed ones are counted from their past."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from core.ledger.migrate import database_url, migrate

COMPLETED = (
    "INSERT INTO movement VALUES (9, 'sweeper', 'bonus_completed', 'anna', 'u1', 'anna', 'EUR', 7, "
    "'u1', '', 'f', '{}', '', 5)"
)
BONUS = (
    "INSERT INTO bonus VALUES ('anna', '{}', 'EUR', 'welcome', 5, 10, 10, '{{}}', 7, '{}', 1, 2, 3)"
)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_what_a_completed_bonus_released_is_what_its_bound_is_counted_from(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    url = f"sqlite:///{tmp_path / 'ledger.sqlite'}"
    if kind == "postgresql":
        url = request.getfixturevalue("fresh_postgres_url")
    migrate(url, "0002")
    engine = create_engine(database_url(url), poolclass=NullPool)
    with engine.begin() as connection:
        for said in (COMPLETED, BONUS.format("u1", "completed"), BONUS.format("u2", "active")):
            connection.execute(text(said))

    migrate(url)

    with engine.connect() as connection:
        found = connection.execute(text("SELECT bonus_id, due, funded_by FROM bonus ORDER BY 1"))
        assert found.all() == [("u1", 7, None), ("u2", 0, None)]
