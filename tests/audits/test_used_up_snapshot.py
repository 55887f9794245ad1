"""Cure53 TUF-01-002, for a snapshot whose versions a publisher has used up."""

from notary.server import online_keys, serve
from notary.server.publish import publish
from tests.publisher import Publisher, key_map, sign, snapshot, targets
from tests.server.conftest import clock, service, signer, store
from tests.server.publishing import uploads
from tests.web.serving import GUN

__all__ = ["clock", "service", "signer", "store"]

LAST = 2**31 - 1


def shared_root(owner, server_key):
    """Return a root in which both publisher and server may sign the snapshot."""
    signed = owner.root()
    signed["keys"] |= key_map(owner.own_snapshot_key)
    signed["keys"][server_key.key_id] = server_key.as_json()
    signed["roles"]["snapshot"]["keyids"] = [
        owner.own_snapshot_key.key_id,
        server_key.key_id,
    ]
    return sign(signed, owner.root_key)


def test_a_snapshot_without_a_next_version_is_served_after_its_expiry(
    run, service, clock
):
    async def story():
        names = ("timestamp", "snapshot")
        ours = [await online_keys.get_key(service, GUN, name) for name in names]
        owner = Publisher(GUN, ours[0])
        files = {
            "root": shared_root(owner, ours[1]),
            "targets": sign(targets(), owner.targets_key),
        }
        expiring = snapshot(LAST, files, expires="2026-12-01T00:00:00Z")
        files["snapshot"] = sign(expiring, owner.own_snapshot_key)
        await publish(service, GUN, uploads(files))
        clock.advance(days=60)
        for _ in range(2):
            timestamp = await serve.current(service, GUN, "timestamp")
            assert timestamp.version == 2
            served = await serve.current(service, GUN, "snapshot")
            assert served.data == files["snapshot"]

    run(story())
