"""A running signer is abused over both protocols: it and the other keys live on."""

import base64
import shutil
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import closing

import pytest
from attrs import frozen

from notary.signing.proto import signer_pb2 as pb
from notary.tuf.keys import PublicKey
from notary.tuf.signatures import Signature, verifies
from tests import our_signer as signer_process
from tests.certificates import Authority
from tests.load import report
from tests.mariadb import MariaDB, Place
from tests.our_signer import PROTOCOLS, OurSigner, our_signer
from tests.signer.api.client import Client as HTTPSClient
from tests.signer.calls import CREATE, DELETE, INFO, SIGN, Client, signature_request

PAYLOAD = b"a payload that no log may tell"
MEBIBYTE = 1024 * 1024
SECONDS = 10
KEYS = "SELECT id, key_id, private, public, deleted_at FROM private_keys ORDER BY id"


@frozen
class World:
    """A signer with a few keys, on a database of its own, and a client of each kind."""

    database: MariaDB
    place: Place
    signer: OurSigner
    grpc: Client
    https: HTTPSClient
    keys: list[PublicKey]

    def create(self, gun: str) -> PublicKey:
        """Return a new key."""
        answer = self.grpc.create(gun)
        return PublicKey("ecdsa", answer.publicKey)

    def sign(self, key: PublicKey) -> dict[str, bytes]:
        """Return the signature of the payload that each protocol gives."""
        content = {"payload": base64.b64encode(PAYLOAD).decode()}
        path = f"/v1/keys/{key.key_id}/signatures"
        answer = self.https("POST", path, content)
        return {
            "grpc": self.grpc.sign(key.key_id, PAYLOAD).content,
            "https": base64.b64decode(answer.json["signature"]),
        }


@pytest.fixture(scope="module")
def world(tmp_path_factory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("abuse")
    database = MariaDB(folder / "database")
    (folder / "database").mkdir()
    database.start()
    place, authority = database.create_database(), Authority(folder / "authority")
    signer_process.bootstrap(folder / "bootstrap", place.dsn, authority)
    query = "?timeout=2s&readTimeout=2s&writeTimeout=2s"
    dsn = place.plain().dsn + query
    with our_signer(folder / "signer", dsn, authority) as signer:
        client = authority.issue("client")
        context = ssl.create_default_context(cafile=authority.certificate)
        context.load_cert_chain(client.certificate, client.key)
        https = HTTPSClient(signer.ports["https"], context)
        address = f"localhost:{signer.ports['grpc']}"
        with closing(Client(address, authority.certificate, client)) as grpc:
            made = World(database, place, signer, grpc, https, [])
            made.keys.extend(made.create(f"example.com/{n}") for n in range(3))
            yield made
    database.stop()
    shutil.rmtree(folder / "database")


@pytest.fixture(autouse=True)
def intact(world) -> Iterator[None]:
    """Check at the end that the signer lives, and every key does what it did."""
    before, pid = world.place.run(KEYS), world.signer.pid
    yield
    assert world.place.run(KEYS) == before
    assert world.signer.is_alive
    assert world.signer.pid == pid
    for key in world.keys:
        for value in world.sign(key).values():
            assert verifies(key, Signature(key.key_id, "ecdsa", value), PAYLOAD)
    log = "\n".join(world.signer.running.log)
    assert "Traceback" not in log
    assert PAYLOAD.decode() not in log
    assert base64.b64encode(PAYLOAD).decode() not in log


@pytest.mark.parametrize(
    ("method", "request_"),
    [
        (SIGN, pb.SignatureRequest(content=PAYLOAD)),
        (SIGN, pb.SignatureRequest(keyID=pb.KeyID(), content=PAYLOAD)),
        (SIGN, b""),
        (DELETE, pb.KeyID()),
        (DELETE, b""),
        (INFO, pb.KeyID()),
        (INFO, b""),
    ],
)
def test_a_call_without_a_key_id_is_refused(world, method, request_):
    failure = world.grpc.failure(method, request_)
    assert failure == ("INVALID_ARGUMENT", "the request names no key")


def test_a_request_without_a_key_id_is_refused(world):
    content = {"payload": base64.b64encode(PAYLOAD).decode()}
    for method, path, body in (
        ("GET", "/v1/keys/", None),
        ("DELETE", "/v1/keys/", None),
        ("POST", "/v1/keys//signatures", content),
    ):
        assert world.https(method, path, body).status in (400, 404)


@pytest.mark.parametrize("size", [8 * MEBIBYTE, 32 * MEBIBYTE])
def test_a_huge_payload_is_refused(world, size):
    key_id = world.keys[0].key_id
    request = signature_request(key_id, bytes(size))
    assert world.grpc.failure(SIGN, request)[0] == "RESOURCE_EXHAUSTED"
    # Only its size is announced: who sends it all is cut off before the end.
    headers = {"Content-Type": "application/json", "Content-Length": str(size)}
    path = f"/v1/keys/{key_id}/signatures"
    answer = world.https("POST", path, b"", headers)
    assert (answer.status, answer.code) == (413, "TOO_LARGE")


@pytest.mark.parametrize("algorithm", ["", "rsa", "ECDSA", "x" * 100_000, "\n"])
def test_an_unknown_algorithm_is_refused(world, algorithm):
    request = pb.CreateKeyRequest(gun="g", role="timestamp", algorithm=algorithm)
    code, text = world.grpc.failure(CREATE, request)
    assert code == "UNKNOWN"
    assert text.endswith("not supported for create key")
    assert len(text) < 400
    content = {"gun": "g", "role": "timestamp", "algorithm": algorithm}
    answer = world.https("POST", "/v1/keys", content)
    assert answer.code in ("UNSUPPORTED_ALGORITHM", "INVALID_REQUEST")


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize(
    "nonsense", [b"", b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\xff\xff", bytes(9999)]
)
def test_what_is_no_tls_is_no_client(world, protocol, nonsense):
    place = ("127.0.0.1", world.signer.ports[protocol])
    for _ in range(20):
        with socket.create_connection(place, 10) as connection:
            connection.sendall(nonsense)


def test_a_dead_database_is_told_and_what_it_kept_is_there_again(world):
    used, other = world.keys[:2]
    world.sign(used)
    world.database.kill()
    try:
        for protocol in PROTOCOLS:
            assert world.sign(used)[protocol]
        check_key_store_is_missed(world, other.key_id)
    finally:
        world.database.start()
    begun = time.monotonic()
    while world.https("GET", "/v1/health").status != 200:
        assert time.monotonic() < begun + SECONDS
        time.sleep(0.05)
    report(f"healthy {time.monotonic() - begun:.2f} s after the database")


def check_key_store_is_missed(world: World, key_id: str) -> None:
    """Check that what needs the database fails as the signer's fault."""
    unknown, new = "0" * 64, {"gun": "new", "role": "timestamp", "algorithm": "ecdsa"}
    for method, request in (
        (CREATE, pb.CreateKeyRequest(**new)),
        (INFO, pb.KeyID(ID=unknown)),
        (DELETE, pb.KeyID(ID=key_id)),
        (SIGN, signature_request(unknown, PAYLOAD)),
    ):
        code, text = world.grpc.failure(method, request)
        assert code == "INTERNAL", method
        assert "failed" in text
    for method, path, body in (
        ("POST", "/v1/keys", new),
        ("GET", f"/v1/keys/{unknown}", None),
        ("DELETE", f"/v1/keys/{key_id}", None),
        ("GET", "/v1/health", None),
    ):
        answer = world.https(method, path, body)
        assert (answer.status, answer.code) == (503, "UNAVAILABLE"), path
