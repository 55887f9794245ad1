"""What every signing service promises, as tests that each of them subclasses."""

import pytest

from notary.signing.service import SigningRefused, UnknownKey
from notary.tuf.signatures import verifies

GUN = "example.com/app"
PAYLOAD = b'{"_type":"Timestamp"}'
UNKNOWN = "0" * 64
HOSTILE_IDS = ["", " ", "\0", "\ud800", "x" * 10_000, "%", "' OR 1=1 --"]
ALGORITHMS = pytest.mark.parametrize("algorithm", ["ecdsa", "ed25519"])


class SigningServiceContract:
    """Subclasses give the fixture ``signer``: a service that has no keys."""

    @pytest.fixture
    def signer(self):
        raise NotImplementedError

    @ALGORITHMS
    def test_a_signature_verifies_with_the_public_key(self, run, signer, algorithm):
        key = run(signer.create_key(GUN, "timestamp", algorithm))
        assert key.keytype == algorithm
        for payload in (PAYLOAD, b"", b"\xff" * 100_000):
            signature = run(signer.sign(key.key_id, payload))
            assert signature.key_id == key.key_id
            assert verifies(key, signature, payload)
            assert not verifies(key, signature, payload + b" ")

    @ALGORITHMS
    def test_a_key_has_the_form_of_its_type(self, run, signer, algorithm):
        key = run(signer.create_key(GUN, "timestamp", algorithm))
        signature = run(signer.sign(key.key_id, PAYLOAD))
        form = (signature.method, len(signature.value), len(key.public))
        assert (
            form
            == {"ecdsa": ("ecdsa", 64, 91), "ed25519": ("eddsa", 64, 32)}[algorithm]
        )

    @ALGORITHMS
    def test_an_unused_key_is_reused_until_it_signs(self, run, signer, algorithm):
        first = run(signer.create_key(GUN, "timestamp", algorithm))
        assert run(signer.create_key(GUN, "timestamp", algorithm)) == first
        run(signer.sign(first.key_id, PAYLOAD))
        second = run(signer.create_key(GUN, "timestamp", algorithm))
        assert second != first
        assert run(signer.create_key(GUN, "timestamp", algorithm)) == second
        assert verifies(first, run(signer.sign(first.key_id, PAYLOAD)), PAYLOAD)

    def test_repositories_roles_and_algorithms_share_no_key(self, run, signer):
        keys = {
            run(signer.create_key(gun, role, algorithm)).key_id
            for gun in ("a", "A", "a ", "caf\u00e9", "cafe")
            for role in ("timestamp", "snapshot")
            for algorithm in ("ecdsa", "ed25519")
        }
        assert len(keys) == 20

    def test_a_key_is_found_by_its_id(self, run, signer):
        key = run(signer.create_key(GUN, "snapshot", "ecdsa"))
        assert run(signer.get_key(key.key_id)) == key

    def test_a_deleted_key_is_unknown(self, run, signer):
        key = run(signer.create_key(GUN, "snapshot", "ecdsa"))
        other = run(signer.create_key(GUN, "timestamp", "ecdsa"))
        run(signer.sign(key.key_id, PAYLOAD))
        run(signer.delete_key(key.key_id))
        with pytest.raises(UnknownKey):
            run(signer.get_key(key.key_id))
        with pytest.raises(UnknownKey):
            run(signer.sign(key.key_id, PAYLOAD))
        run(signer.delete_key(key.key_id))
        assert run(signer.get_key(other.key_id)) == other

    def test_a_deleted_unused_key_is_not_reused(self, run, signer):
        key = run(signer.create_key(GUN, "snapshot", "ed25519"))
        run(signer.delete_key(key.key_id))
        assert run(signer.create_key(GUN, "snapshot", "ed25519")) != key

    @pytest.mark.parametrize("key_id", [UNKNOWN, *HOSTILE_IDS])
    def test_an_unknown_key_is_told_from_a_failure(self, run, signer, key_id):
        key = run(signer.create_key(GUN, "snapshot", "ecdsa"))
        with pytest.raises(UnknownKey):
            run(signer.get_key(key_id))
        with pytest.raises(UnknownKey):
            run(signer.sign(key_id, PAYLOAD))
        run(signer.delete_key(key_id))
        assert run(signer.get_key(key.key_id)) == key

    def test_the_id_in_upper_case_is_another(self, run, signer):
        key = run(signer.create_key(GUN, "snapshot", "ed25519"))
        run(signer.delete_key(key.key_id.upper()))
        assert run(signer.get_key(key.key_id)) == key

    @pytest.mark.parametrize("algorithm", ["rsa", "", "ECDSA", "ecdsa-x509", "\ud800"])
    def test_another_algorithm_is_refused(self, run, signer, algorithm):
        with pytest.raises(SigningRefused):
            run(signer.create_key(GUN, "timestamp", algorithm))

    @pytest.mark.parametrize("name", ["x" * 256, "a\0", "\udcff"])
    def test_a_name_that_cannot_be_kept_is_refused(self, run, signer, name):
        with pytest.raises(SigningRefused):
            run(signer.create_key(name, "timestamp", "ecdsa"))
        with pytest.raises(SigningRefused):
            run(signer.create_key(GUN, name, "ecdsa"))
