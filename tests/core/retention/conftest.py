"""The vault's fixtures serve retention too."""

from tests.core.kyc.conftest import region, vault  # noqa: F401 - fixtures
