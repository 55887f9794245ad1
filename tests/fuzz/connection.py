"""Fuzz target of whole connections: the real channel, over a transport in memory."""

import re
from functools import cache

from twisted.internet.address import IPv4Address
from twisted.internet.error import ConnectionDone
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure
from twisted.web.server import Site

from notary.ops import health
from notary.storage.memory import MemoryStore
from notary.storage.store import VersionExists
from notary.web.site import make_site
from notary.web.status import Status
from tests.fuzz.asserting import Complaints
from tests.fuzz.signing import FixedSigner
from tests.publisher import Publisher
from tests.web.conftest import new_service
from tests.web.serving import BOUNDARY, form, settings

GUN = "a"
PEER = IPv4Address("TCP", "10.0.0.1", 12345)
_STATUS = re.compile(rb"^HTTP/1\.[01] ([0-9]{3}) ", re.MULTILINE)
_VARIABLE = re.compile(rb"\r\n(?:Date|X-Request-Id): [^\r\n]*", re.IGNORECASE)
# Whether a client is told that it was too slow depends on how its bytes arrived.
_TOO_SLOW = re.compile(rb"HTTP/1\.1 408 .*\Z", re.DOTALL)
_LONGER_THAN_ANY_TIMEOUT = 10_000
GONE = Failure(ConnectionDone())


class Kept(MemoryStore):
    """A store that nothing changes any more: equal requests have equal answers."""

    is_kept = False

    async def publish(self, gun, files, base, now):
        if self.is_kept:
            raise VersionExists
        await super().publish(gun, files, base, now)

    async def delete(self, gun, now):
        return False


@cache
def site() -> tuple[Site, Clock]:
    """Return a server in memory, and the clock it goes by."""
    clock, store, signer = Clock(), Kept(), FixedSigner()
    service = new_service(store, signer)
    configured = settings(head_bytes=4096, body_bytes=8192)
    status = Status(health.Health((), clock), bytes)
    served = make_site(service, configured, clock, status)
    files = Publisher(GUN, signer.key, signer.key).first_publish()
    assert converse(served, clock, [upload(files)]).startswith(b"HTTP/1.1 200 ")
    store.is_kept = True
    return served, clock


def upload(files: dict[str, bytes]) -> bytes:
    """Return the whole request that publishes these files."""
    body = form(files)
    kind = b"multipart/form-data; boundary=" + BOUNDARY.encode()
    head = b"POST /v2/%b/_trust/tuf/ HTTP/1.1\r\nHost: x\r\nContent-Type: %b\r\n"
    length = b"Content-Length: %d\r\n\r\n" % len(body)
    return head % (GUN.encode(), kind) + length + body


def connection(data: bytes) -> None:
    """Whatever is sent, the answers are complete and blame nobody but the client.

    They do not depend on how the bytes arrive, so that the short path of metadata and
    the long one are compared; and the connection ends in time.
    """
    served, clock = site()
    whole = converse(served, clock, [data])
    size = 1 + len(data) // 7
    pieces = [data[at : at + size] for at in range(0, len(data), size)]
    assert converse(served, clock, pieces) == whole
    assert all(int(status) < 500 for status in _STATUS.findall(whole))


class Wire(StringTransport):
    """Like a TCP connection: producers come and go, and one side may be closed."""

    def unregisterProducer(self) -> None:  # noqa: N802
        self.producer = None

    def loseWriteConnection(self) -> None:  # noqa: N802
        """Go on reading."""


def converse(served: Site, clock: Clock, pieces: list[bytes]) -> bytes:
    """Return all answers, without what differs from one to the next time."""
    transport = Wire(hostAddress=PEER, peerAddress=PEER)
    protocol = served.buildProtocol(PEER)
    with Complaints() as complaints:
        protocol.makeConnection(transport)
        for piece in pieces:
            if not transport.disconnecting:
                protocol.dataReceived(piece)
        clock.advance(_LONGER_THAN_ANY_TIMEOUT)
        clock.advance(_LONGER_THAN_ANY_TIMEOUT)
        assert transport.disconnecting
        protocol.connectionLost(GONE)
    assert complaints.lines == [], complaints.lines
    return _TOO_SLOW.sub(b"", _VARIABLE.sub(b"", transport.value()))
