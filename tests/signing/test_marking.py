"""When a key is marked as used, and how long a deleted one may sign."""

from datetime import timedelta

import pytest

from notary.signing.keystore import MemoryKeyStore
from notary.signing.local import MARKED_FOR, LocalSigner
from notary.signing.service import UnknownKey
from notary.storage.sql_keys import SQLKeyStore
from tests.recorded_keys import PASSPHRASES
from tests.signing.contract import GUN, PAYLOAD


@pytest.mark.parametrize("step", [MARKED_FOR, -timedelta(seconds=1)])
def test_a_key_that_another_process_deletes_no_longer_signs_after_a_minute(
    run, now, open_database, step
):
    keys = SQLKeyStore(open_database())
    later = now()
    ours, theirs = (LocalSigner(keys, PASSPHRASES, lambda: later) for _ in range(2))
    key = run(ours.create_key(GUN, "timestamp", "ecdsa"))
    run(ours.sign(key.key_id, PAYLOAD))
    run(theirs.delete_key(key.key_id))
    later += step
    for _ in range(2):
        with pytest.raises(UnknownKey):
            run(ours.sign(key.key_id, PAYLOAD))


def test_a_use_is_stored_before_the_signature_is_known_and_once_a_minute(run, now):
    uses = []

    class Recording(MemoryKeyStore):
        async def mark_used(self, key_id, now):
            uses.append(now)
            return await super().mark_used(key_id, now)

    time = now()
    signer = LocalSigner(Recording(), PASSPHRASES, lambda: time)
    key = run(signer.create_key(GUN, "timestamp", "ed25519"))
    for seconds in (0, 1, 59, 60, 61, 200):
        time = now() + timedelta(seconds=seconds)
        run(signer.sign(key.key_id, PAYLOAD))
        assert run(signer.create_key(GUN, "timestamp", "ed25519")) != key
    assert [(use - now()).seconds for use in uses] == [0, 60, 200]
