"""The real ``notary`` client with NOTARY_AUTH, a real token server, and our server."""

import http.client
import json
import signal
import ssl
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from attrs import evolve, frozen
from cryptography.x509 import load_pem_x509_certificate
from jwt.algorithms import ECAlgorithm

from tests.certificates import Authority
from tests.client import Machine
from tests.running import Running, free_port
from tests.token_server import (
    ALICE,
    BOB,
    TokenServer,
    guarded_server,
    token_server,
)

GUN = "example.com/app"
OPEN_GUN = "example.com/public/app"
FOREIGN_GUN = "example.org/app"


@frozen
class World:
    """A server, the token server that it trusts, and the machine of a publisher."""

    folder: Path
    port: int
    server: Running
    tokens: TokenServer
    authority: Authority
    bundle: Path
    alice: Machine

    def machine(self, name: str, credentials: str = "") -> Machine:
        """Return a new machine of a user."""
        return evolve(self.alice.elsewhere(name), credentials=credentials)

    def file(self, name: str) -> Path:
        """Return a file whose content is its name."""
        path = self.folder / name
        path.write_text(name)
        return path

    def connect(self) -> http.client.HTTPSConnection:
        """Return a connection to the server that is kept."""
        context = ssl.create_default_context(cafile=self.authority.certificate)
        return http.client.HTTPSConnection(
            "localhost", self.port, timeout=20, context=context
        )

    def reason(self) -> str:
        """Return the last line of the log about a token that was refused."""
        return next(line for line in reversed(self.server.log) if "expected" in line)


@pytest.fixture
def world(tmp_path) -> Iterator[World]:
    """Both servers, running; tokens carry the chain of their certificate."""
    authority = Authority(tmp_path / "certificates")
    signing = authority.issue("tokens", hosts=(), purposes=())
    bundle = tmp_path / "bundle.pem"
    bundle.write_bytes(authority.certificate.read_bytes())
    port = free_port()
    with token_server(tmp_path / "tokens", free_port(), signing) as tokens:
        options = {"realm": tokens.realm, "rootcertbundle": "../bundle.pem"}
        with guarded_server(tmp_path / "server", port, authority, options) as server:
            url = f"https://localhost:{port}"
            alice = Machine(
                tmp_path / "alice", url, authority.certificate, credentials=ALICE
            )
            yield World(tmp_path, port, server, tokens, authority, bundle, alice)


def publish(world: World, machine: Machine, gun: str, *names: str) -> None:
    machine.notary("init", gun)
    for name in names:
        machine.notary("add", gun, name, world.file(name))
    machine.notary("publish", gun)


def read(
    connection: http.client.HTTPSConnection, gun: str, token: str
) -> tuple[int, bytes]:
    """Return the answer about the repository's newest state."""
    headers = {"Authorization": f"Bearer {token}"}
    connection.request("GET", f"/v2/{gun}/_trust/tuf/timestamp.json", headers=headers)
    answer = connection.getresponse()
    return answer.status, answer.read()


def stored(world: World, gun: str) -> tuple[int, bytes]:
    """Return the same as a reader gets it."""
    with closing(world.connect()) as connection:
        return read(connection, gun, world.tokens.token(BOB, gun, "pull"))


def test_a_publisher_publishes_rotates_keys_and_deletes(world):
    publish(world, world.alice, GUN, "v1")
    bob = world.machine("bob", BOB)
    assert bob.targets(GUN) == {"v1": "targets"}
    world.alice.notary("key", "rotate", GUN, "targets")
    world.alice.notary("key", "rotate", GUN, "snapshot", "-r")
    world.alice.notary("key", "rotate", GUN, "timestamp", "-r")
    world.alice.notary("add", GUN, "v2", world.file("v2"))
    world.alice.notary("publish", GUN)
    assert set(bob.targets(GUN)) == {"v1", "v2"}
    world.alice.notary("delete", GUN, "--remote")
    late = world.machine("late", BOB)
    assert "does not have trust data" in late.notary("list", GUN, ok=False)


def test_without_a_user_only_what_the_token_server_opens_is_read(world):
    publish(world, world.alice, GUN, "v1")
    publish(world, world.alice, OPEN_GUN, "v1")
    anybody = world.machine("anybody")
    assert anybody.targets(OPEN_GUN) == {"v1": "targets"}
    anybody.notary("list", GUN, ok=False)


@pytest.mark.parametrize(
    ("name", "credentials"),
    [("reader", BOB), ("liar", "alice:wrong"), ("stranger", "eve:alice-password")],
)
def test_who_may_not_write_changes_nothing(name, credentials, world):
    publish(world, world.alice, GUN, "v1")
    before = stored(world, GUN)
    assert before[0] == 200
    # The same keys: only the token makes the difference.
    other = evolve(world.alice, credentials=credentials)
    other.notary("add", GUN, "v2", world.file("v2"))
    other.notary("publish", GUN, ok=False)
    other.notary("key", "rotate", GUN, "timestamp", "-r", ok=False)
    other.notary("delete", GUN, "--remote", ok=False)
    assert stored(world, GUN) == before
    world.machine(name, credentials).notary("init", OPEN_GUN, "-p", ok=False)
    assert stored(world, OPEN_GUN)[0] == 404


def test_a_publisher_of_other_repositories_is_refused_and_the_log_says_why(world):
    world.alice.notary("init", FOREIGN_GUN, "-p", ok=False)
    publish(world, world.alice, GUN, "v1")
    token = world.tokens.token(ALICE, GUN, "push,pull")
    path = f"/v2/{FOREIGN_GUN}/_trust/tuf/"
    with closing(world.connect()) as connection:
        connection.request("POST", path, headers={"Authorization": f"Bearer {token}"})
        answer = connection.getresponse()
        assert answer.status == 401
        assert 'error="insufficient_scope"' in answer.getheader("WWW-Authenticate")
        assert json.load(answer)["errors"][0]["code"] == "UNAUTHORIZED"
    assert f"repository:{FOREIGN_GUN}:" in world.reason()
    assert token not in "".join(world.server.log)


def test_sighup_swaps_the_bundle_and_keeps_connections(world):
    publish(world, world.alice, GUN, "v1")
    old = world.tokens.token(BOB, GUN, "pull")
    other = Authority(world.folder / "other")
    signing = other.issue("tokens", hosts=(), purposes=())
    with (
        token_server(world.folder / "new", free_port(), signing) as tokens,
        closing(world.connect()) as connection,
    ):
        new = tokens.token(BOB, GUN, "pull")
        assert [read(connection, GUN, token)[0] for token in (old, new)] == [200, 401]
        kept = connection.sock
        world.bundle.write_bytes(other.certificate.read_bytes())
        world.server.signal(signal.SIGHUP)
        said = world.server.wait_for("authentication: ")
        assert "1 certificate, new" in said
        assert [read(connection, GUN, token)[0] for token in (old, new)] == [401, 200]
        assert connection.sock is kept


def test_a_bundle_that_cannot_be_read_again_leaves_the_old_one_in_use(world):
    publish(world, world.alice, GUN, "v1")
    world.bundle.write_text("nothing")
    world.server.signal(signal.SIGHUP)
    said = world.server.wait_for("authentication: ")
    assert "failed, 1 certificate as before" in said
    assert "at least one token signing root certificate" in "".join(world.server.log)
    assert stored(world, GUN)[0] == 200


def test_tokens_that_name_a_key_of_a_key_set_are_accepted(tmp_path):
    authority = Authority(tmp_path / "certificates")
    signing = authority.issue("tokens")
    certificate = load_pem_x509_certificate(signing.certificate.read_bytes())
    key = ECAlgorithm.to_jwk(certificate.public_key(), as_dict=True)
    key_set = {"keys": [{**key, "kid": "2026", "use": "sig"}]}
    (tmp_path / "keys.json").write_text(json.dumps(key_set))
    machine = Machine(
        tmp_path / "alice",
        f"https://localhost:{free_port()}",
        authority.certificate,
        credentials=ALICE,
    )
    port = int(machine.server.rpartition(":")[2])
    with token_server(tmp_path / "t", free_port(), signing, kid="2026") as tokens:
        options = {"realm": tokens.realm, "jwks": "../keys.json"}
        with guarded_server(tmp_path / "server", port, authority, options):
            machine.notary("init", GUN, "-p")
            assert machine.elsewhere("other").targets(GUN) == {}
    with token_server(tmp_path / "u", free_port(), signing, kid="2025") as tokens:
        options = {"realm": tokens.realm, "jwks": "../keys.json"}
        with guarded_server(tmp_path / "again", port, authority, options):
            machine.elsewhere("third").notary("init", GUN, "-p", ok=False)
