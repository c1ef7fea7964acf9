"""A migrated database holds the tables the rows declare, and only such a one is opened."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import MetaData, create_engine, inspect
from sqlalchemy.pool import NullPool

from core.audit.tables import METADATA as LOG
from core.errors import NotReadyError
from core.ledger.migrate import database_url, migrate, newest_revision
from core.ledger.open_ledger import open_backend
from core.ledger.schema import METADATA

ONLY_SQLITE = "ledger_ids"  # a table where there are no sequences


def test_the_migrated_tables_are_the_declared_ones(ledger_url: str) -> None:
    engine = create_engine(database_url(ledger_url), poolclass=NullPool)
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "include_name": _is_ours}
        )

        assert compare_metadata(context, _declared()) == []


def _declared() -> MetaData:
    both = MetaData()
    for table in (*METADATA.tables.values(), *LOG.tables.values()):
        table.to_metadata(both)
    return both


def _is_ours(name: str | None, kind: str, _parents: object) -> bool:
    return not (kind == "table" and name in (ONLY_SQLITE, "alembic_version"))


def test_keys_and_checks_are_the_declared_ones(ledger_url: str) -> None:
    met = inspect(create_engine(database_url(ledger_url), poolclass=NullPool))

    for name, table in METADATA.tables.items():
        key = [column.name for column in table.primary_key]
        checks = {str(check.name) for check in table.constraints if "_is_" in str(check.name)}
        assert met.get_pk_constraint(name)["constrained_columns"] == key, name
        assert {str(check["name"]) for check in met.get_check_constraints(name)} == checks, name


def test_migrating_again_changes_nothing(ledger_url: str) -> None:
    migrate(ledger_url)

    open_backend(ledger_url).close()


def test_a_database_of_an_earlier_version_is_brought_to_this_one(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'ledger.sqlite'}"
    migrate(url, "0001")
    with pytest.raises(NotReadyError, match=r"version 0001 .*evenhand wallet migrate"):
        open_backend(url)

    migrate(url)

    open_backend(url).close()


def test_a_database_without_a_ledger_is_not_opened(tmp_path: Path, fresh_postgres_url: str) -> None:
    missing = tmp_path / "none.sqlite"
    for url in (f"sqlite:///{missing}", fresh_postgres_url):
        with pytest.raises(NotReadyError, match=f"None - expected version {newest_revision()}"):
            open_backend(url)

    assert not missing.exists()


def test_a_database_that_does_not_answer_is_not_opened() -> None:
    with pytest.raises(NotReadyError, match="does not answer"):
        open_backend("postgresql://evenhand:secret@127.0.0.1:1/ledger")


def test_an_address_of_another_kind_is_refused() -> None:
    with pytest.raises(NotReadyError, match="sqlite:///"):
        open_backend("mysql://somewhere/ledger")


@pytest.mark.parametrize("url", ["nonsense", "postgresql://u:geheim@127.0.0.1:1/x"])
def test_an_address_of_no_ledger_is_said_in_words_and_without_its_password(url: str) -> None:
    with pytest.raises(NotReadyError) as raised:
        migrate(url)
    assert "geheim" not in str(raised.value)
