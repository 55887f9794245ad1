"""Publishers of one repository, and what they publish first."""

from notary.server import online_keys
from notary.server.publish import publish
from notary.tuf.envelope import parse_upload
from tests.publisher import Publisher, sign

GUN = "example.com/app"


def uploads(files):
    """Return the files as the edge hands them to ``publish``."""
    return {role: parse_upload(role, data) for role, data in files.items()}


async def new_publisher(service, *, server_snapshot=False) -> Publisher:
    timestamp_key = await online_keys.get_key(service, GUN, "timestamp")
    snapshot_key = None
    if server_snapshot:
        snapshot_key = await online_keys.get_key(service, GUN, "snapshot")
    return Publisher(GUN, timestamp_key, snapshot_key)


async def first_published(service, *, server_snapshot=False, **root):
    """Return publisher and files of a first publish, with such members of its root."""
    owner = await new_publisher(service, server_snapshot=server_snapshot)
    files = owner.first_publish()
    if root:
        files["root"] = sign(owner.root(**root), owner.root_key)
        del files["snapshot"]
        files = owner.with_snapshot(files, 1)
    await publish(service, GUN, uploads(files))
    return owner, files


async def changes(service):
    return await service.store.changes(GUN, 100, after=0)
