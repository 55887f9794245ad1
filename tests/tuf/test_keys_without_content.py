"""Keys with nothing, or nothing useful, in them: no error of another kind."""

import pytest

from notary.tuf import keys, signatures
from notary.tuf.errors import InvalidMetadata
from notary.tuf.keys import PublicKey
from notary.tuf.signatures import Signature
from tests.tuf.methods import PAYLOAD

KEYTYPES = [keys.ECDSA, keys.ED25519, keys.RSA, *keys.X509_TYPES, "x", ""]
METHODS = [
    signatures.ECDSA,
    signatures.EDDSA,
    signatures.RSAPSS,
    signatures.RSAPKCS1V15,
    signatures.PYCRYPTO,
]


@pytest.mark.parametrize("public", [None, b"", b"x"])
@pytest.mark.parametrize("keytype", KEYTYPES)
def test_such_a_key_has_an_id_and_verifies_nothing_by_any_method(keytype, public):
    key = PublicKey(keytype, public)
    assert len(key.key_id) == 64
    for method in METHODS:
        for size in (0, 64, 256, 512):
            signature = Signature(key.key_id, method, bytes(size))
            assert not signatures.verifies(key, signature, PAYLOAD + b"x")


@pytest.mark.parametrize("public", [None, b"", b"x"])
@pytest.mark.parametrize("keytype", keys.X509_TYPES)
def test_a_certificate_without_content_has_no_canonical_id(keytype, public):
    with pytest.raises(InvalidMetadata, match="not a bundle of PEM certificates"):
        _ = PublicKey(keytype, public).canonical_id


@pytest.mark.parametrize("keytype", [keys.ECDSA, keys.ED25519, keys.RSA, "x"])
def test_a_plain_key_without_content_has_the_canonical_id_of_its_id(keytype):
    key = PublicKey(keytype, None)
    assert key.canonical_id == key.key_id
