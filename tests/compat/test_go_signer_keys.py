"""The Go signer and ours use, make and re-encrypt keys in one table."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import UTC, datetime

import grpc
import pytest

from notary.signing.local import LocalSigner
from notary.signing.passphrase import signer_passphrases
from notary.signing.proto import signer_pb2 as messages
from notary.signing.reencrypt import reencrypt
from notary.storage.migrations import SIGNER
from notary.storage.sql_keys import SQLKeyStore
from notary.tuf.keys import PublicKey
from notary.tuf.signatures import Signature, verifies
from tests.gopeers import SIGNER_PASSPHRASES, go_signer
from tests.mysql_databases import dsn_of
from tests.storage.migrating import VERSION, bootstrapped, problem, recorded

NOW = datetime(2026, 11, 22, 12, 30, 0, tzinfo=UTC)
ALGORITHMS = ("ecdsa", "ed25519")
GUN, PAYLOAD = "example.com/new", b'{"_type":"Timestamp"}'
NEW_PASSPHRASE = {"NOTARY_SIGNER_ALIAS_TWO": "staple"}
BOTH_PASSPHRASES = SIGNER_PASSPHRASES | NEW_PASSPHRASE
SECONDS = 20


@pytest.fixture
def place(mariadb_server):
    """The recorded database of the Go signer, with our index."""
    found = recorded(mariadb_server, SIGNER)
    before = found.run("SELECT * FROM private_keys ORDER BY id")
    assert "added index gun_role" in bootstrapped(found, SIGNER)
    assert found.run("SELECT * FROM private_keys ORDER BY id") == before
    return found


@pytest.fixture
def keys(place, open_dsn):
    return SQLKeyStore(open_dsn(dsn_of(place)))


@pytest.fixture
def now():
    return lambda: NOW


class GoSigner:
    """The running Go signer, asked over gRPC."""

    def __init__(self, channel):
        self._create = channel.unary_unary(
            "/proto.KeyManagement/CreateKey",
            messages.CreateKeyRequest.SerializeToString,
            messages.PublicKey.FromString,
        )
        self._sign = channel.unary_unary(
            "/proto.Signer/Sign",
            messages.SignatureRequest.SerializeToString,
            messages.Signature.FromString,
        )

    def create(self, algorithm, gun=GUN):
        request = messages.CreateKeyRequest(
            algorithm=algorithm, gun=gun, role="timestamp"
        )
        answer = self._create(request, timeout=SECONDS)
        return PublicKey(answer.keyInfo.algorithm.algorithm, answer.publicKey)

    def signs_with(self, key):
        request = messages.SignatureRequest(
            keyID=messages.KeyID(ID=key.key_id), content=PAYLOAD
        )
        answer = self._sign(request, timeout=SECONDS)
        key_id, method = answer.keyInfo.keyID.ID, answer.algorithm.algorithm
        return verifies(key, Signature(key_id, method, answer.content), PAYLOAD)


@pytest.fixture
def go(place, authority, tmp_path):
    """Start a Go signer on the database, with these passphrases."""

    @contextmanager
    def started(alias="alias_one", passphrases=SIGNER_PASSPHRASES):
        database = place.plain().dsn
        client = authority.issue("client")
        credentials = grpc.ssl_channel_credentials(
            authority.certificate.read_bytes(),
            client.key.read_bytes(),
            client.certificate.read_bytes(),
        )
        with go_signer(tmp_path, database, authority, alias, passphrases) as peer:
            target = f"localhost:{peer.port}"
            with closing(grpc.secure_channel(target, credentials)) as channel:
                yield GoSigner(channel)

    return started


@pytest.fixture
def ours(keys, now):
    """Return a signer of ours on the same database, with these passphrases."""

    def made(alias="alias_one", passphrases=SIGNER_PASSPHRASES):
        return LocalSigner(keys, signer_passphrases(alias, passphrases), now)

    return made


def test_the_go_signer_goes_on_with_a_table_that_has_our_index(run, place, keys, go):
    rows = run(keys.under_alias("alias_one", "", 1000))
    with go() as theirs:
        for row in rows:
            assert theirs.signs_with(PublicKey(row.algorithm, row.public))
        for algorithm in ALGORITHMS:
            made = theirs.create(algorithm)
            assert theirs.create(algorithm) == made
            assert theirs.signs_with(made)
            assert theirs.create(algorithm) != made
    assert place.run(VERSION) == [(2, 0)]
    assert problem(place, SIGNER) is None
    assert place.run("SELECT COUNT(*) FROM private_keys") == [(len(rows) + 4,)]


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_each_signer_finds_and_uses_the_keys_of_the_other(run, go, ours, algorithm):
    with go() as theirs:
        made = theirs.create(algorithm)
        assert run(ours().create_key(GUN, "timestamp", algorithm)) == made
        assert verifies(made, run(ours().sign(made.key_id, PAYLOAD)), PAYLOAD)
        second = run(ours().create_key(GUN, "timestamp", algorithm))
        assert second != made
        assert theirs.create(algorithm) == second
        assert theirs.signs_with(second)
        assert theirs.signs_with(made)


def test_recorded_keys_are_used_by_ours(run, keys, ours):
    rows = run(keys.under_alias("alias_one", "", 1000))
    assert len(rows) == 16
    for row in rows:
        public = run(ours().get_key(row.key_id))
        assert verifies(public, run(ours().sign(row.key_id, PAYLOAD)), PAYLOAD)


def test_re_encrypted_keys_are_used_by_both_while_they_move_and_after(
    run, now, keys, go, ours
):
    rows = run(keys.under_alias("alias_one", "", 1000))
    publics = [PublicKey(row.algorithm, row.public) for row in rows]

    def move(old, new):
        passphrases = signer_passphrases(new, BOTH_PASSPHRASES)
        outcome = run(reencrypt(keys, passphrases, old, now, lambda line: None))
        assert (outcome.moved, outcome.failed) == (len(publics), {})

    with go(passphrases=BOTH_PASSPHRASES) as theirs, ThreadPoolExecutor(2) as threads:
        signing = [threads.submit(theirs.signs_with, key) for key in publics * 9]
        move("alias_one", "alias_two")
        assert all(signs.result() for signs in signing)
    assert run(keys.under_alias("alias_one", "", 1)) == []
    with go("alias_two", NEW_PASSPHRASE) as theirs:
        assert all(theirs.signs_with(public) for public in publics)
        publics.append(theirs.create("ecdsa"))
    signer = ours("alias_two", NEW_PASSPHRASE)
    for public in publics:
        assert verifies(public, run(signer.sign(public.key_id, PAYLOAD)), PAYLOAD)
    move("alias_two", "alias_one")
    with go() as theirs:
        assert all(theirs.signs_with(public) for public in publics)


def test_what_is_moved_has_the_time_of_the_move_and_keeps_the_others(
    run, now, place, keys
):
    times = "SELECT id, created_at, deleted_at, last_used FROM private_keys ORDER BY id"
    place.run("UPDATE private_keys SET deleted_at = '2026-11-22 12:00:00' WHERE id = 3")
    before = place.run(times)
    passphrases = signer_passphrases("alias_two", BOTH_PASSPHRASES)
    run(reencrypt(keys, passphrases, "alias_one", now, lambda line: None))
    assert place.run(times) == before
    assert place.run(
        "SELECT DISTINCT passphrase_alias, updated_at FROM private_keys"
    ) == [("alias_two", NOW.replace(tzinfo=None))]
