"""Settings and keys that the tests of the pure core share."""

import pytest
from hypothesis import HealthCheck, settings

from tests.publisher import Key, rsa_key

settings.register_profile(
    "core",
    deadline=None,
    database=None,
    max_examples=150,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("core")


@pytest.fixture(scope="session")
def rsa_2048() -> Key:
    """An RSA key of the smallest size that is accepted."""
    return rsa_key(2048)


@pytest.fixture(scope="session")
def rsa_1024() -> Key:
    """An RSA key that is too short."""
    return rsa_key(1024)
