"""Which heads are beyond doubt; all others are parsed by Twisted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notary.web.quick_head import recognise_first, recognise_rest

TARGET = b"/v2/example.com/app/_trust/tuf/timestamp.json"
HEAD = b"GET %b HTTP/1.1\r\nHost: example.com\r\n%b\r\n"


def head(more=b"", target=TARGET):
    return HEAD % (target, more)


def recognise(data):
    """Return both parts of a head, or None if one of them is in doubt."""
    line, _, rest = data.partition(b"\r\n")
    found = recognise_first(line), recognise_rest(rest)
    return None if None in found else found


@pytest.mark.parametrize(
    "more",
    [
        b"",
        b"User-Agent: Go-http-client/1.1\r\nAccept-Encoding: gzip\r\n",
        b"Authorization: Bearer a.b.c\r\n",
        b"Connection: keep-alive\r\n",
        b"connection:close\r\n",
        b'If-None-Match: W/"a", *\r\n',
        b"X-Request-Id: 1\r\n",
    ],
)
def test_what_clients_send_is_recognised(more):
    first, rest = recognise(head(more))
    assert first == (b"GET", TARGET)
    assert rest.headers.getRawHeaders(b"host") == [b"example.com"]
    assert rest.closes == (b"close" in more)


def test_a_head_request_is_recognised_as_such():
    assert recognise(head().replace(b"GET", b"HEAD"))[0] == (b"HEAD", TARGET)


def test_headers_are_found_by_any_case_and_less_the_spaces_around():
    found = recognise(head(b"X-A: b c  \r\n"))[1].headers
    assert found.getRawHeaders(b"x-A") == [b"b c"]
    assert found.getRawHeaders(b"x-b") is None
    assert found.getRawHeaders(b"x-b", ()) == ()


@pytest.mark.parametrize(
    "more",
    [
        b"Content-Length: 0\r\n",
        b"Transfer-Encoding: chunked\r\n",
        b"transfer-encoding:\r\n",
        b"Expect: 100-continue\r\n",
        b"Upgrade: h2c\r\n",
        b"TE: trailers\r\n",
        b"Trailer: X\r\n",
        b"Connection: close, X-A\r\n",
        b"Connection: upgrade\r\n",
        b"Keep-Alive: 1\r\n",
        b"Host: other\r\n",
        b"hOST: example.com\r\n",
        b"X-A: b\r\nx-a: b\r\n",
        b" folded\r\n",
        b"X-A: b\r\n folded\r\n",
        b"X-A : b\r\n",
        b"X-A: b\n",
        b"X-A: b\rX-B: c\r\n",
        b"X-A: \x00\r\n",
        b"X-A: \xff\r\n",
        b"X-A: a\tb\r\n",
        b"X A: b\r\n",
        b": b\r\n",
        b"X-A\r\n",
        b"X-A: b\r\n\r\n",
    ],
)
def test_a_header_that_leaves_a_doubt_is_not_for_the_short_path(more):
    assert recognise(head(more)) is None


@pytest.mark.parametrize(
    "target",
    [
        b"http://example.com/v2/",
        b"//v2/",
        b"/v2/../x",
        b"/v2/./x",
        b"/v2/a?b",
        b"/v2/a#b",
        b"/v2/%61",
        b"/v2/ a",
        b"/v2/a\tb",
        b"*",
        b"v2/",
        b"/" + b"a" * 1024,
        b"/v2/\xc3\xa9",
    ],
)
def test_a_target_that_leaves_a_doubt_is_not_for_the_short_path(target):
    assert recognise(head(target=target)) is None


@pytest.mark.parametrize(
    "data",
    [
        head().replace(b"GET", b"get"),
        head().replace(b"GET", b"POST"),
        head().replace(b"1.1", b"1.0"),
        head().replace(b"Host: example.com", b"X: y"),
        head().replace(b"example.com\r", b"\r"),
        head().replace(b"\r\n", b"\n"),
        b"\r\n" + head(),
        head() + b"G",
        head() + head(),
        head()[:-1],
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"",
    ],
)
def test_what_is_not_one_whole_head_is_not_for_the_short_path(data):
    assert recognise(data) is None


@given(st.integers(0, len(head())), st.binary(min_size=1, max_size=3))
def test_bytes_from_elsewhere_are_not_overlooked(position, inserted):
    data = head(b"A: b\r\n")
    found = recognise(data[:position] + inserted + data[position:])
    if found is not None:
        assert set(inserted) <= set(range(0x20, 0x7F))
