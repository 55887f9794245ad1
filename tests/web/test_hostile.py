"""Whatever a client sends, it gets an answer, and never one that blames the server."""

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from tests.web.serving import BOUNDARY, FORM, part

TUF = "/v2/example.com/app/_trust/tuf/"
hostile = hypothesis_settings(
    deadline=None,
    max_examples=150,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
TARGET_BYTES = st.binary(max_size=60).map(
    lambda data: bytes(byte for byte in data if 32 < byte <= 176 and byte != 35)
)
TARGETS = st.one_of(
    TARGET_BYTES.map(lambda data: b"/" + data),
    st.lists(
        st.sampled_from(
            b"v2 _trust tuf root.json a %2F %00 %FF .. . * targets 1.root.json "
            b"changefeed?records=%FF timestamp.key %F0%9F%98%80".split()
        )
        | TARGET_BYTES,
        max_size=8,
    ).map(lambda pieces: b"/" + b"/".join(pieces)),
)
METHODS = st.sampled_from([b"GET", b"POST", b"PUT", b"DELETE", b"HEAD", b"OPTIONS"])


@pytest.fixture(scope="module")
def client(serving):
    with serving() as found:
        yield found


def status(answer):
    assert answer.startswith((b"HTTP/1.1 ", b"HTTP/1.0 "))
    return int(answer[9:12])


@hostile
@given(method=METHODS, target=TARGETS)
def test_any_target_is_answered(client, method, target):
    head = b"%b %b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    assert status(client.raw(head % (method, target))) < 500


@hostile
@given(host=st.binary(max_size=30), identifier=st.binary(max_size=30))
def test_any_header_is_answered(client, host, identifier):
    head = b"GET /v2/ HTTP/1.1\r\nConnection: close\r\nHost: %b\r\n"
    head += b"X-Request-Id: %b\r\n\r\n"
    assert status(client.raw(head % (host, identifier))) < 500


@hostile
@given(body=st.binary(max_size=300))
def test_any_body_is_answered(client, body):
    assert client("POST", TUF, body, FORM).status == 400


@hostile
@given(kind=st.text(st.characters(codec="latin-1", exclude_characters="\r\n")))
def test_any_content_type_is_answered(client, kind):
    got = client("POST", TUF, b"--a--", {"Content-Type": kind})
    assert got.status == 400


@hostile
@given(filename=st.text(max_size=300), data=st.binary(max_size=50))
def test_any_filename_is_answered(client, filename, data):
    body = part(f'form-data; filename="{filename}"', data)
    got = client("POST", TUF, body + f"--{BOUNDARY}--\r\n".encode(), FORM)
    assert got.status in (400, 413)
    assert len(got.body) < 1024


@hostile
@given(data=st.binary(min_size=1, max_size=200))
def test_any_bytes_on_the_wire_are_answered(client, data):
    assert status(client.raw(data + b"\r\n\r\n\r\nX\r\n\r\n")) < 500
