"""What clients of the API may cost together, and who is not listened to at all."""

import socket

import pytest
from cryptography.x509.oid import ExtendedKeyUsageOID

from notary.settings.model import LimitsSettings

CREATE = b'{"gun": "example.com/app", "role": "timestamp", "algorithm": "ed25519"}'
KINDS = {"Content-Type": "application/json"}
HEAD = b"POST /v1/keys HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"


def test_a_body_for_which_there_is_no_room_is_put_off(serving):
    with serving(limits=LimitsSettings(bodies_bytes=len(CREATE) - 1)) as client:
        got = client("POST", "/v1/keys", CREATE, KINDS)
    assert (got.status, got.code) == (503, "UNAVAILABLE")
    assert got.headers["retry-after"] == "5"


@pytest.mark.parametrize(
    "length", [b"Content-Length: 9", b"Transfer-Encoding: chunked"]
)
def test_who_is_no_client_is_told_so_before_the_body(over_tls, authority, length):
    pair = authority.issue("server", purposes=[ExtendedKeyUsageOID.SERVER_AUTH])
    with over_tls() as start:
        client = start(pair)
        plain = socket.create_connection(("127.0.0.1", client.port), timeout=20)
        with client.context.wrap_socket(plain, server_hostname="localhost") as secured:
            secured.sendall(HEAD + length + b"\r\n\r\n")
            answer = secured.recv(4096)
    assert answer.startswith(b"HTTP/1.1 403 ")
    assert b"\r\nConnection: close\r\n" in answer
