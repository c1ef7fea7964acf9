"""The ledgers of tests/core/ledger, for payments."""

from tests.core.ledger.conftest import (  # noqa: F401 - fixtures
    ledger_backend,
    ledger_template,
    ledger_url,
    postgres_ledger_url,
)
