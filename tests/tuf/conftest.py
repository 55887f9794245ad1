"""Settings, keys and repositories that the tests of the pure core share."""

import pytest
from hypothesis import HealthCheck, settings

from tests.publisher import Key, rsa_key
from tests.tuf.methods import keys_of_all_kinds
from tests.tuf.stored import Stored, published

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


@pytest.fixture(scope="session")
def all_keys(rsa_2048, rsa_1024) -> dict[str, Key]:
    """A key of each kind that signs something, or should not."""
    return keys_of_all_kinds(rsa_2048, rsa_1024)


@pytest.fixture
def client() -> Stored:
    """A published repository whose owner signs the snapshots."""
    return published()


@pytest.fixture
def server() -> Stored:
    """A published repository whose snapshots the server signs."""
    return published(server_signs_snapshot=True)
