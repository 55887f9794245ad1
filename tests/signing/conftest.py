"""A clock that stands still, and how to reach a signer that is elsewhere."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from notary.settings.model import TrustServiceSettings

NOW = datetime(2026, 11, 22, 10, 50, 3, tzinfo=UTC)


@pytest.fixture
def now() -> Callable[[], datetime]:
    return lambda: NOW


@pytest.fixture(scope="module")
def trust(authority) -> TrustServiceSettings:
    """How to reach a signer, its port and protocol left out."""
    client = authority.issue("server")
    return TrustServiceSettings(
        "remote",
        "localhost",
        "1",
        "ecdsa",
        authority.certificate,
        client.certificate,
        client.key,
    )
