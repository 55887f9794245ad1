"""With a signer elsewhere the server never holds a private key, nor how to get one.

The whole memory of the running processes is searched for every key of the signer.
"""

import base64
import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from attrs import evolve
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)

from notary.signing.jwe import decrypt
from tests import our_server as server_process
from tests import our_signer as signer_process
from tests.certificates import Authority
from tests.gopeers import SIGNER_PASSPHRASES, remote_trust
from tests.load_link import Link, Repository, create_repository, online_key, tuf
from tests.mariadb import Place
from tests.memory import found_in_memory
from tests.our_server import OurServer, our_server
from tests.our_signer import OurSigner, our_signer
from tests.publisher import sign

((VARIABLE, PASSPHRASE),) = SIGNER_PASSPHRASES.items()
ROLES = ("timestamp", "snapshot")
SEED = slice(32, 64)


@pytest.fixture(scope="module")
def places(mariadb_server, tmp_path_factory) -> tuple[Place, Place]:
    """The databases of the server and of the signer."""
    folder = tmp_path_factory.mktemp("bootstrap")
    places = mariadb_server.create_database(), mariadb_server.create_database()
    authority = Authority(folder / "authority")
    signer_process.bootstrap(folder, places[1].dsn, authority)
    trust = remote_trust(1, authority)
    server_process.bootstrap(folder, places[0].dsn, trust)
    return places


@pytest.fixture
def signer(places, tmp_path) -> Iterator[OurSigner]:
    places[1].run("DELETE FROM private_keys")
    authority = Authority(tmp_path / "authority")
    dsn = places[1].plain().dsn
    with our_signer(tmp_path / "signer", dsn, authority) as running:
        yield running


@pytest.mark.parametrize(
    ("protocol", "algorithm"),
    [("grpc", "ecdsa"), ("https", "ecdsa"), ("grpc", "ed25519")],
)
def test_the_server_never_holds_what_the_signer_holds(
    places, signer, tmp_path, protocol, algorithm
):
    trust = signer.trust(protocol, key_algorithm=algorithm)
    gun = f"example.com/{protocol}-{algorithm}"
    folder, dsn = tmp_path / "server", places[0].plain().dsn
    with our_server(folder, dsn, trust) as server, closing(Link(server.port)) as link:
        repository = create_repository(link, gun)
        rotated = rotate(link, repository)
        publish(link, rotated, 2)
        check(server, signer, places[1])
    with our_server(folder, dsn, trust) as server, closing(Link(server.port)) as link:
        publish(link, rotated, 3)
        online_key(link, "example.com/unused", "timestamp")
        check(server, signer, places[1])


def rotate(link: Link, repository: Repository) -> Repository:
    """Have both online keys replaced; return the repository with the new ones."""
    new = {f"{r}_key": online_key(link, repository.gun, r, "POST") for r in ROLES}
    owner = evolve(repository.owner, **new)
    root = sign(owner.root(2), owner.root_key)
    assert link.upload(owner.gun, {"root": root}).status == 200
    return Repository(owner)


def publish(link: Link, repository: Repository, version: int) -> None:
    """Publish targets; what the server answers is signed with its current keys."""
    data = repository.targets(version, f"v{version}")
    assert link.upload(repository.gun, {"targets": data}).status == 200
    for role in ROLES:
        served = json.loads(link.get(f"{tuf(repository.gun)}/{role}.json").body)
        key = getattr(repository.owner, f"{role}_key")
        assert [one["keyid"] for one in served["signatures"]] == [key.key_id]


def check(server: OurServer, signer: OurSigner, place: Place) -> None:
    """Search both processes for every key of the table, in every form it may have."""
    rows = place.run(
        "SELECT key_id, algorithm, private, public, last_used FROM private_keys"
    )
    secrets = {("passphrase", ""): PASSPHRASE.encode()}
    for key_id, algorithm, private, *_ in rows:
        for form, needle in forms(algorithm, private.decode()).items():
            secrets[key_id, form] = needle
    public = {(key_id, "public"): data for key_id, _, _, data, used in rows if used}
    assert len(public) >= 4
    # The search finds what is there: the signer holds the keys that it has used.
    held = {name for name, _ in found_in_memory(signer.pid, secrets)}
    assert held >= {"passphrase", *(key_id for key_id, _ in public)}
    assert VARIABLE.encode() in environment(signer.pid)
    pid = server.running.process.pid
    found = found_in_memory(pid, secrets | public)
    assert found <= set(public)
    assert len(found) >= 2
    assert b"NOTARY_SIGNER" not in environment(pid)


def forms(algorithm: str, token: str) -> dict[str, bytes]:
    """Return how a private key may lie in memory, by the name of the form."""
    plaintext = decrypt(token, PASSPHRASE)
    if algorithm == "ed25519":
        secret, pkcs8 = plaintext[SEED], b""
    else:
        key = load_der_private_key(plaintext, None)
        secret = key.private_numbers().private_value.to_bytes(32, "big")
        pkcs8 = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    encoded = base64.b64encode(secret)
    found = {
        "token": token.encode(),
        "plaintext": plaintext,
        "secret": secret,
        # As OpenSSL keeps numbers.
        "reversed": secret[::-1],
        "hex": secret.hex().encode(),
        "HEX": secret.hex().upper().encode(),
        # Without the end, which depends on what follows.
        "base64": encoded[:40],
        "base64url": encoded[:40].translate(bytes.maketrans(b"+/", b"-_")),
        "PEM": base64.b64encode(plaintext)[:64],
    }
    # In PKCS #8 the secret is in the first two lines.
    return found | ({"PKCS8": base64.b64encode(pkcs8)[64:100]} if pkcs8 else {})


def environment(pid: int) -> bytes:
    """Return the environment that the process was started with."""
    return Path(f"/proc/{pid}/environ").read_bytes()
