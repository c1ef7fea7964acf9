"""A region of each kind of database, new for every test. Way: residency -> here -> the tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.kyc.keys import add_key
from core.kyc.vault import Vault, vault_in
from core.residency import Region
from tests.core.ledger.conftest import (  # noqa: F401 - fixtures
    ledger_backend,
    ledger_template,
    ledger_url,
    postgres_ledger_url,
)


@pytest.fixture(params=("sqlite", "postgres"))
def region(request: pytest.FixtureRequest, tmp_path: Path) -> Region:
    """Great Britain, with one key."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'kyc.sqlite'}"
    else:
        url = str(request.getfixturevalue("fresh_postgres_url"))
    add_key(tmp_path / "GB.keys", 1)
    return Region("GB", url, tmp_path / "bucket", tmp_path / "GB.keys")


@pytest.fixture
def vault(region: Region) -> Iterator[Vault]:
    """An empty vault."""
    with vault_in(region) as opened:
        yield opened
