"""Signing in this process: what survives a restart, and what a failing store does."""

import sqlite3

import pytest

from notary.signing import jwe
from notary.signing.keystore import MemoryKeyStore
from notary.signing.local import LocalSigner
from notary.signing.passphrase import Passphrases, ephemeral, signer_passphrases
from notary.signing.service import SigningUnavailable
from notary.storage.sql_keys import SQLKeyStore
from notary.storage.store import StorageError
from notary.tuf.signatures import verifies
from tests.recorded_keys import PASSPHRASES, recorded_keys
from tests.signing.contract import GUN, PAYLOAD, SigningServiceContract
from tests.storage.samples import outcomes


class TestLocalSignerInMemory(SigningServiceContract):
    @pytest.fixture
    def signer(self, now):
        return LocalSigner(MemoryKeyStore(), ephemeral(), now)


class TestLocalSignerOnSQLite(SigningServiceContract):
    @pytest.fixture
    def signer(self, now, open_database):
        return LocalSigner(SQLKeyStore(open_database()), ephemeral(), now)


class TestLocalSignerWithoutRoomForDecryptedKeys(SigningServiceContract):
    @pytest.fixture
    def signer(self, now):
        return LocalSigner(MemoryKeyStore(), ephemeral(), now, cache_size=0)


class DeafKeyStore(MemoryKeyStore):
    """Answers as long as it is not switched off."""

    reads = writes = True

    async def by_id(self, key_id):
        if not self.reads:
            raise StorageError("the database failed: gone")
        return await super().by_id(key_id)

    async def unused(self, gun, role, algorithm):
        if not self.reads:
            raise StorageError("the database failed: gone")
        return await super().unused(gun, role, algorithm)

    async def insert(self, row, now):
        if not self.writes:
            raise StorageError("the database failed: gone")
        await super().insert(row, now)

    async def mark_used(self, key_id, now):
        if not self.writes:
            raise StorageError("the database failed: gone")
        return await super().mark_used(key_id, now)

    async def delete(self, key_id, now):
        if not self.writes:
            raise StorageError("the database failed: gone")
        await super().delete(key_id, now)


@pytest.fixture
def deaf():
    return DeafKeyStore()


@pytest.fixture
def signer(deaf, now):
    return LocalSigner(deaf, ephemeral(), now)


def test_keys_survive_a_restart(run, now, open_database):
    first = open_database()
    passphrases = Passphrases("local", {"local": "correct horse"})
    signer = LocalSigner(SQLKeyStore(first), passphrases, now)
    used = run(signer.create_key(GUN, "timestamp", "ed25519"))
    run(signer.sign(used.key_id, PAYLOAD))
    unused = run(signer.create_key(GUN, "timestamp", "ed25519"))
    run(first.close())
    signer = LocalSigner(SQLKeyStore(open_database()), passphrases, now)
    assert run(signer.create_key(GUN, "timestamp", "ed25519")) == unused
    assert verifies(used, run(signer.sign(used.key_id, PAYLOAD)), PAYLOAD)


def test_another_passphrase_after_a_restart_is_unavailable_not_unknown(
    run, now, open_database
):
    keys = SQLKeyStore(open_database())
    signer = LocalSigner(keys, Passphrases("a", {"a": "correct horse"}), now)
    key = run(signer.create_key(GUN, "timestamp", "ecdsa"))
    for others in ({"a": "wrong horse"}, {"b": "correct horse"}, {"a": ""}):
        other = LocalSigner(keys, Passphrases("a", others), now)
        for attempt in (
            other.sign(key.key_id, PAYLOAD),
            other.create_key(GUN, "timestamp", "ecdsa"),
        ):
            with pytest.raises(SigningUnavailable) as raised:
                run(attempt)
            assert "horse" not in repr(raised.value)
        assert run(other.get_key(key.key_id)) == key


def test_without_its_passphrase_no_key_is_made_until_it_is_given(run, now):
    environ = {}
    keys = MemoryKeyStore()
    signer = LocalSigner(keys, signer_passphrases("new.one", environ), now)
    message = "no passphrase of alias 'new.one': NOTARY_SIGNER_NEW_ONE is not set"
    with pytest.raises(SigningUnavailable, match=message):
        run(signer.create_key(GUN, "timestamp", "ecdsa"))
    environ["NOTARY_SIGNER_NEW_ONE"] = "correct horse"
    key = run(signer.create_key(GUN, "timestamp", "ecdsa"))
    assert run(keys.by_id(key.key_id)).passphrase_alias == "new.one"


@pytest.mark.parametrize("row", recorded_keys()[:3] + recorded_keys()[14:18])
def test_keys_of_the_go_signer_are_used(run, now, open_database, row):
    keys = SQLKeyStore(open_database())
    run(keys.insert(row, now()))
    signer = LocalSigner(keys, PASSPHRASES, now)
    public = run(signer.get_key(row.key_id))
    assert public.key_id == row.key_id
    assert verifies(public, run(signer.sign(row.key_id, PAYLOAD)), PAYLOAD)


def test_creating_at_the_same_time_makes_one_key(run, now, open_database):
    signers = [
        LocalSigner(SQLKeyStore(open_database()), PASSPHRASES, now) for _ in range(2)
    ]
    keys = run(
        outcomes(
            signers[number % 2].create_key(GUN, "timestamp", "ecdsa")
            for number in range(8)
        )
    )
    assert len({key.key_id for key in keys}) == 1


def test_private_keys_are_encrypted_at_rest_as_the_go_signer_reads_them(
    run, now, open_database, tmp_path
):
    signer = LocalSigner(SQLKeyStore(open_database()), PASSPHRASES, now)
    key = run(signer.create_key(GUN, "timestamp", "ed25519"))
    connection = sqlite3.connect(tmp_path / "notary.db")
    (row,) = connection.execute("SELECT * FROM private_keys").fetchall()
    connection.close()
    public, private = row[9], row[10]
    assert row[1:9] == (
        *("2026-11-22 10:50:03", "2026-11-22 10:50:03", None, key.key_id),
        *("A256GCM", "PBES2-HS256+A128KW", "ed25519", "alias_one"),
    )
    assert row[11:] == (GUN, "timestamp", None)
    assert public == key.public
    plaintext = jwe.decrypt(private.decode("ascii"), "correct-horse-battery")
    assert len(plaintext) == 96
    assert plaintext[:32] == plaintext[64:] == key.public


def test_a_failing_store_makes_signing_unavailable(run, deaf, signer):
    key = run(signer.create_key(GUN, "timestamp", "ecdsa"))
    deaf.reads = deaf.writes = False
    for attempt in (
        signer.create_key(GUN, "snapshot", "ecdsa"),
        signer.get_key(key.key_id),
        signer.sign("0" * 64, PAYLOAD),
        signer.delete_key(key.key_id),
    ):
        with pytest.raises(SigningUnavailable):
            run(attempt)


def test_a_key_that_cannot_be_stored_is_not_handed_out(run, deaf, signer):
    deaf.writes = False
    with pytest.raises(SigningUnavailable):
        run(signer.create_key(GUN, "snapshot", "ecdsa"))


def test_a_use_that_cannot_be_noted_still_signs(run, deaf, signer):
    key = run(signer.create_key(GUN, "timestamp", "ecdsa"))
    deaf.writes = False
    assert verifies(key, run(signer.sign(key.key_id, PAYLOAD)), PAYLOAD)
    deaf.writes = True
    run(signer.sign(key.key_id, PAYLOAD))
    assert run(deaf.by_id(key.key_id)).last_used is not None


def test_a_row_whose_key_is_not_what_it_names_never_signs(run, now):
    first, second = recorded_keys()[:2]
    keys = MemoryKeyStore()
    swapped = type(first)(
        first.key_id, "ecdsa", first.public, second.private, GUN, "t", "alias_one"
    )
    run(keys.insert(swapped, now()))
    with pytest.raises(SigningUnavailable):
        run(LocalSigner(keys, PASSPHRASES, now).sign(first.key_id, PAYLOAD))


class StaleKeyStore(MemoryKeyStore):
    """Answers once with a row as it was before it was moved."""

    stale = None

    async def by_id(self, key_id):
        row, self.stale = self.stale, None
        return row or await super().by_id(key_id)


def test_a_key_that_is_moved_between_reading_and_opening_still_signs(run, now):
    keys, before = StaleKeyStore(), recorded_keys()[0]
    private = jwe.encrypt(jwe.decrypt(before.private, "correct-horse-battery"), "new")
    run(keys.insert(before, now()))
    run(keys.replace_private(before, private, "two", now()))
    keys.stale = before
    only_new = signer_passphrases("two", {"NOTARY_SIGNER_TWO": "new"})
    signature = run(LocalSigner(keys, only_new, now).sign(before.key_id, PAYLOAD))
    assert signature.key_id == before.key_id
    with pytest.raises(SigningUnavailable, match="alias 'two'"):
        run(LocalSigner(keys, PASSPHRASES, now).sign(before.key_id, PAYLOAD))
