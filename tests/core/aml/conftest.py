"""A desk of each kind of database, new for every test. Way: migrations -> here -> the tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.engine import Engine

from core.aml.access import give_role
from core.aml.desk import open_desk
from core.aml.migrate import migrate

STAFF = (("admin", "aml_admin"), ("ann", "aml"), ("ben", "aml"))


@pytest.fixture(params=("sqlite", "postgres"))
def desk_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty desk."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'aml.sqlite'}"
    else:
        url = str(request.getfixturevalue("fresh_postgres_url"))
    migrate(url)
    return url


@pytest.fixture
def desk_engine(desk_url: str) -> Iterator[Engine]:
    """A desk with an admin and two analysts in New Jersey, and one in Malta."""
    engine = open_desk(desk_url)
    with engine.begin() as connection:
        for number, (staff_id, role) in enumerate(STAFF):
            give_role(connection, staff_id, "NJ", (role, number, "admin" if number else "owner"))
        give_role(connection, "boss", "MT", ("aml_admin", 5, "owner"))
        give_role(connection, "eve", "MT", ("aml", 6, "boss"))
    yield engine
    engine.dispose()
