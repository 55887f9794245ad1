"""Who does not take the answers is hung up on, and has few of them kept for it."""

import http.client
import select
import ssl
from contextlib import suppress

import pytest

from notary.ops.tls import server_tls
from notary.settings.model import ServerSettings
from notary.web.observing import Unobserved
from tests import publisher
from tests.certificates import Authority
from tests.publisher import sign, targets
from tests.web.serving import GUN, TUF, settings

SECONDS = 30
IMPATIENT = settings(idle_seconds=1)
SIZE = 12_000_000
GET = f"GET {TUF}targets.json HTTP/1.1\r\nHost: x\r\n\r\n".encode()
KERNEL_BYTES = 16 * 2**20
"""More than what the buffers of two sockets may hold for a client."""


class Count(Unobserved):
    """Counts the requests that were answered."""

    def __init__(self):
        self.answered = 0

    def ended(self, answered):
        self.answered += answered.operation == "GetRole"


@pytest.fixture
def count():
    return Count()


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    """What both sides of a connection with TLS start from."""
    authority = Authority(tmp_path_factory.mktemp("tls"))
    pair = authority.issue("server")
    tls = server_tls(ServerSettings(":1", pair.certificate, pair.key))
    return tls, ssl.create_default_context(cafile=str(authority.certificate))


@pytest.fixture(params=["plain", "tls"])
def client(serving, service, count, pair, request):
    tls = pair if request.param == "tls" else (None, None)
    with serving(service, IMPATIENT, observer=count, tls=tls) as found:
        yield found


def publish(client, owner, size):
    """Publish targets of this size, roughly."""
    custom = {**publisher.meta(b""), "custom": "x" * size}
    files = owner.first_publish()
    files["targets"] = sign(targets(targets={"a": custom}), owner.targets_key)
    assert client.upload(GUN, files).status == 200


@pytest.fixture(params=["plain", "tls"])
def crowded(serving, service, pair, request):
    """A server with room for one large answer that is not taken."""
    tls = pair if request.param == "tls" else (None, None)
    room = settings(answers_bytes=SIZE + SIZE // 10)
    with serving(service, room, tls=tls) as found:
        yield found


def is_hung_up_on(connection, wanted=0, when_writable=lambda: None):
    """Wait until the server has ended the connection, which nobody reads from."""
    poll = select.poll()
    poll.register(connection, wanted)
    while found := poll.poll(SECONDS * 1000):
        if found[0][1] & (select.POLLHUP | select.POLLERR):
            return True
        when_writable()
    return False


def test_an_answer_that_nobody_takes_is_given_up(client, owner):
    publish(client, owner, SIZE)
    with client.connect() as connection:
        connection.sendall(GET)
        assert is_hung_up_on(connection)
    assert client("GET", f"{TUF}timestamp.json").status == 200


@pytest.mark.parametrize("piece", [GET, GET * 100], ids=["one by one", "many at once"])
def test_who_asks_without_end_and_reads_nothing_gets_little(
    client, owner, count, piece
):
    size = 100_000
    publish(client, owner, size)
    with client.connect() as connection:
        connection.setblocking(False)

        def ask():
            # What is cut off makes no difference: it is about what is kept.
            with suppress(ssl.SSLWantWriteError):
                connection.send(piece)

        assert is_hung_up_on(connection, select.POLLOUT, ask)
    assert 1 <= count.answered < KERNEL_BYTES / size


def is_taken_whole(client):
    """Tell whether a client that reads gets the large answer."""
    try:
        return len(client("GET", f"{TUF}targets.json").body) > SIZE
    except (ConnectionError, http.client.IncompleteRead, ssl.SSLError):
        return False


def test_only_so_much_is_kept_for_all_who_do_not_read(crowded, owner):
    publish(crowded, owner, SIZE)
    with crowded.connect() as first:
        first.sendall(GET)
        assert select.select([first], [], [], SECONDS)[0]
        with crowded.connect() as second:
            second.sendall(GET)
            assert is_hung_up_on(second)
        assert crowded("GET", f"{TUF}timestamp.json").status == 200
    # That the first is gone, the server sees when it looks.
    assert any(is_taken_whole(crowded) for _ in range(1000))


def test_who_takes_an_answer_at_last_leaves_room_for_another(crowded, owner):
    publish(crowded, owner, SIZE)
    for _ in range(3):
        assert is_taken_whole(crowded)
