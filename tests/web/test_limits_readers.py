"""Who does not take the answers is hung up on, and has few of them kept for it."""

import select

import pytest

from notary.web.observing import Unobserved
from tests import publisher
from tests.publisher import sign, targets
from tests.web.serving import GUN, TUF, settings

SECONDS = 30
IMPATIENT = settings(idle_seconds=1)
GET = f"GET {TUF}targets.json HTTP/1.1\r\nHost: x\r\n\r\n".encode()
KERNEL_BYTES = 16 * 2**20
"""More than what the buffers of two sockets may hold for a client."""


class Count(Unobserved):
    """Counts the requests that were answered."""

    def __init__(self):
        self.answered = 0

    def ended(self, operation, *_facts, **_more):
        self.answered += operation == "GetRole"


@pytest.fixture
def count():
    return Count()


@pytest.fixture
def client(serving, service, count):
    with serving(service, IMPATIENT, observer=count) as found:
        yield found


def publish(client, owner, size):
    """Publish targets of this size, roughly."""
    custom = {**publisher.meta(b""), "custom": "x" * size}
    files = owner.first_publish()
    files["targets"] = sign(targets(targets={"a": custom}), owner.targets_key)
    assert client.upload(GUN, files).status == 200


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
    publish(client, owner, 12_000_000)
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
            connection.send(piece)

        assert is_hung_up_on(connection, select.POLLOUT, ask)
    assert 1 <= count.answered < KERNEL_BYTES / size
