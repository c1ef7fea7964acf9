"""The ledger's databases serve the compliance tests too."""

from tests.core.ledger.conftest import (  # noqa: F401 - fixtures
    ledger_backend,
    ledger_template,
    ledger_url,
    postgres_ledger_url,
)
