"""No request hides in another: attacks, cut at every place, and followed by a request.

What the slow path alone says to the same bytes in one piece is what every path has to
say to them in any pieces.
"""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from tests.web.serving import read_all
from tests.web.wires import Wires

PATH = b"/v2/example.com/app/_trust/tuf/"
CURRENT = PATH + b"timestamp.json"
NEXT = b"GET /v2/ HTTP/1.1\r\nHost: next\r\nConnection: close\r\n\r\n"


def get(target=b"/v2/", more=b""):
    return b"GET %b HTTP/1.1\r\nHost: x\r\n%b\r\n" % (target, more)


def post(more, body=b""):
    return b"POST %b HTTP/1.1\r\nHost: x\r\n%b\r\n%b" % (PATH, more, body)


CHUNKED = b"Transfer-Encoding: chunked\r\n"
HIDDEN = b"GET /hidden HTTP/1.1\r\nHost: h\r\n\r\n"
# Attacks that are refused: the connection ends, and nothing behind is answered.
REFUSED = {
    "length and chunks": post(b"Content-Length: 4\r\n" + CHUNKED, b"0\r\n\r\n"),
    "chunks and length": post(CHUNKED + b"Content-Length: 4\r\n", b"0\r\n\r\n"),
    "two lengths": post(b"Content-Length: 0\r\nContent-Length: 5\r\n"),
    "two equal lengths": post(b"Content-Length: 0\r\nContent-Length: 0\r\n"),
    "a list of lengths": post(b"Content-Length: 0, 0\r\n"),
    "a signed length": post(b"Content-Length: +1\r\n", b"a"),
    "a hexadecimal length": post(b"Content-Length: 0x1\r\n", b"a"),
    "another coding": post(b"Transfer-Encoding: xchunked\r\n", b"0\r\n\r\n"),
    "two codings": post(b"Transfer-Encoding: gzip, chunked\r\n", b"0\r\n\r\n"),
    "chunks twice": post(CHUNKED + CHUNKED, b"0\r\n\r\n"),
    "a space before the colon": post(b"Transfer-Encoding : chunked\r\n", HIDDEN),
    "a space before the colon of a GET": get(more=b"Content-Length : 9\r\n"),
    "a length on a GET, twice": get(more=b"Content-Length: 1\r\nContent-Length: 1\r\n"),
    "no colon": get(more=b"X\r\n"),
    "a tab in a name": get(more=b"X\tA: b\r\n"),
    "NUL in a value": get(more=b"X: a\x00b\r\n"),
    "CR in a value": get(more=b"X: a\rContent-Length: 9\r\n"),
    "LF in a value": get(more=b"X: a\nContent-Length: 9\r\n"),
    "two hosts": get(more=b"Host: y\r\n"),
    "no host": b"GET /v2/ HTTP/1.1\r\n\r\n",
    "an empty host": b"GET /v2/ HTTP/1.1\r\nHost:\r\n\r\n",
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "a version of its own": b"GET /v2/ HTTP/1.2\r\nHost: x\r\n\r\n",
    "no version": b"GET /v2/\r\nHost: x\r\n\r\n",
    "a target with a space": get(b"/v2/ HTTP/1.1 /x"),
    "a bad escape": get(b"/v2/%zz"),
    "a chunk of no size": post(CHUNKED, b"\r\n\r\n"),
    "a chunk with a sign": post(CHUNKED, b"-1\r\n\r\n"),
    "a chunk that is longer than said": post(CHUNKED, b"1\r\nab\r\n0\r\n\r\n"),
    "a chunk that ends in LF": post(CHUNKED, b"1\na\r\n0\r\n\r\n"),
    "a head that is too long": get(more=b"X: " + b"a" * 1500 + b"\r\n"),
}
# What is unusual, but has one meaning: each is answered once, and then the next.
ANSWERED = {
    "plain": get(),
    "a body on a GET": get(more=b"Content-Length: %d\r\n" % len(HIDDEN)) + HIDDEN,
    "chunks on a GET": get(more=CHUNKED) + b"0\r\n\r\n",
    "a request in chunks": post(
        CHUNKED, b"%x\r\n%b\r\n0\r\n\r\n" % (len(HIDDEN), HIDDEN)
    ),
    "a chunk extension": post(CHUNKED, b"1;a=b\r\na\r\n0\r\n\r\n"),
    "a request as body": post(b"Content-Length: %d\r\n" % len(HIDDEN), HIDDEN),
    "a coding in other case": post(b"tRANSFER-eNCODING: Chunked\r\n", b"0\r\n\r\n"),
    "a folded header": get(more=b"X: a\r\n Content-Length: 9\r\n"),
    "an absolute target": get(b"http://x/v2/"),
    "lower case": b"get /v2/ HTTP/1.1\r\nHost: x\r\n\r\n",
    "another method": b"BREW /v2/ HTTP/1.1\r\nHost: x\r\n\r\n",
    "an empty line before": b"\r\n" + get(),
    "two at once": get() + get(CURRENT),
    "three, one of them with a body": get()
    + post(b"Content-Length: 1\r\n", b"a")
    + get(),
    "an upgrade": get(more=b"Connection: Upgrade\r\nUpgrade: h2c\r\n"),
    "a doubtful connection": get(more=b"Connection: x, close-not\r\n"),
    "current metadata": get(CURRENT),
    "HEAD": get(CURRENT).replace(b"GET", b"HEAD"),
    "twice the same header": get(more=b"X: a\r\nX: b\r\n"),
    "a query": get(b"/v2/?a=b"),
    "an escape": get(b"/v2/%65xample/_trust/tuf/root.json"),
    "not clean": get(b"/v2//a"),
    "Expect": post(b"Content-Length: 1\r\nExpect: 100-continue\r\n", b"a"),
}
ATTACKS = {**REFUSED, **ANSWERED}
names = pytest.mark.parametrize("name", ATTACKS)


@pytest.fixture(scope="module")
def quick():
    return Wires(quick=True, head_bytes=1400)


@pytest.fixture(scope="module")
def slow():
    return Wires(quick=False, head_bytes=1400)


def expected(slow, data):
    """Return what the slow path says, which must not have taken one for two."""
    said = slow.say(data)
    assert b"hidden" not in said.data
    return said


@pytest.mark.parametrize("name", REFUSED)
def test_what_has_two_meanings_is_refused_and_nothing_behind_it_is_answered(
    quick, name
):
    said = quick.say(REFUSED[name] + NEXT)
    assert said.closed
    assert said.statuses[-1] in (400, 431)
    assert len(said.statuses) == 1


@pytest.mark.parametrize("name", ANSWERED)
def test_what_has_one_meaning_is_answered_and_then_the_next(quick, name):
    said = quick.say(ANSWERED[name], NEXT)
    assert said.closed
    finals = [status for status in said.statuses if status >= 200]
    requests = {"two at once": 2, "three, one of them with a body": 3}.get(name, 1)
    assert len(finals) == requests + 1
    assert finals[-1] == 200
    assert said.data.endswith(b"{}")


@names
def test_an_attack_says_the_same_wherever_it_is_cut(quick, slow, name):
    data = ATTACKS[name] + NEXT
    wanted = expected(slow, data)
    for position in _positions(len(data)):
        assert quick.say(data[:position], data[position:]) == wanted, position


@names
def test_an_attack_says_the_same_after_and_before_quick_requests(quick, slow, name):
    pieces = [get(), ATTACKS[name], get(CURRENT), get(CURRENT), NEXT]
    assert quick.say(*pieces) == expected(slow, b"".join(pieces))


@hypothesis_settings(deadline=None, max_examples=100)
@given(
    stream=st.lists(st.sampled_from(sorted(ATTACKS)), max_size=5),
    cuts=st.lists(st.integers(0, 600), max_size=8),
)
def test_any_split_of_any_stream_is_answered_alike(quick, slow, stream, cuts):
    data = b"".join(ATTACKS[name] for name in stream) + NEXT
    ends = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    pieces = [data[a:b] for a, b in pairwise(ends)]
    wanted = expected(slow, data)
    assert quick.say(*pieces) == wanted
    assert quick.say(*(ATTACKS[name] for name in stream), NEXT) == wanted


@names
def test_a_socket_makes_no_difference(client, slow, name):
    with client.connect() as connection:
        connection.sendall(ATTACKS[name] + NEXT)
        answer = read_all(connection)
    if name != "a head that is too long":
        wanted = expected(slow, ATTACKS[name] + NEXT).data
        assert answer.count(b"HTTP/1.1 ") == wanted.count(b"HTTP/1.1 ")


def _positions(length):
    """Return every second place near the beginning, and some of the others."""
    return [*range(1, min(length, 150), 2), *range(150, length, 97)]
