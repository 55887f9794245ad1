"""One issuer for the tests of this folder, its key certified by itself."""

from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from notary.auth.keyset import KeySet, libtrust_id
from tests.auth.minting import AUTHORITY, Gate, certificate, new_key, token


@pytest.fixture(scope="session")
def rsa_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


@pytest.fixture
def key() -> Any:
    """The key of the issuer, which is an authority too."""
    return new_key()


@pytest.fixture
def root(key) -> Any:
    return certificate("root", key, None, AUTHORITY)


@pytest.fixture
def gate(root) -> Gate:
    return Gate(KeySet.of([root]))


@pytest.fixture
def kid(key) -> str:
    return libtrust_id(key.public_key())


@pytest.fixture
def mint(key, kid) -> Any:
    """Mint tokens that are good but for the body given."""
    return lambda body=None, **header: token(key, {"kid": kid, **header}, body)
