"""The signing seam's contract, kept by every pair of protocol and signer."""

import pytest

from notary.signing.service import SigningUnavailable
from tests.gopeers import go_signer
from tests.signing.contract import GUN, SigningServiceContract


class TestOurSignerOverGRPC(SigningServiceContract):
    @pytest.fixture
    def signer(self, remote, serve, local):
        return remote(serve(local, "grpc").port, protocol="grpc")


class TestOurSignerOverHTTPS(SigningServiceContract):
    @pytest.fixture
    def signer(self, remote, serve, local):
        return remote(serve(local, "https").port, protocol="https")


@pytest.fixture(scope="module")
def go(tmp_path_factory, session_places, authority):
    folder = tmp_path_factory.mktemp("go")
    with go_signer(folder, session_places.signer.dsn, authority) as peer:
        yield peer


class TestGoSigner(SigningServiceContract):
    @pytest.fixture
    def signer(self, remote, mysql_places, go):
        return remote(go.port)

    def test_repositories_roles_and_algorithms_share_no_key(self, run, signer):
        # Go's queries compare names as MySQL does: without case, accents or spaces.
        keys = {
            run(signer.create_key(gun, role, algorithm)).key_id
            for gun in ("a", "b")
            for role in ("timestamp", "snapshot")
            for algorithm in ("ecdsa", "ed25519")
        }
        assert len(keys) == 8

    def test_an_empty_key_of_a_signer_without_its_database_is_no_key(
        self, run, signer, mysql_places
    ):
        database = mysql_places.signer
        database.run("RENAME TABLE private_keys TO hidden")
        try:
            with pytest.raises(SigningUnavailable, match="what is no ecdsa key"):
                run(signer.create_key(GUN, "timestamp", "ecdsa"))
        finally:
            database.run("RENAME TABLE hidden TO private_keys")
        run(signer.create_key(GUN, "timestamp", "ecdsa"))

    def test_a_go_signer_that_works_is_well(self, run, signer):
        run(signer.check())
