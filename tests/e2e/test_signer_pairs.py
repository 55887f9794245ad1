"""Every pair of server and signer, ours and Go's, under the real ``notary`` client."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from attrs import frozen

from tests import our_server as server_process
from tests import our_signer as signer_process
from tests.certificates import Authority
from tests.client import Machine
from tests.delegate import delegate_pair
from tests.gopeers import go_server, go_signer, remote_trust
from tests.mariadb import Place
from tests.our_server import our_server
from tests.our_signer import our_signer

PAIRS = [
    ("ours", "ours", "grpc"),
    ("ours", "go", "grpc"),
    ("go", "ours", "grpc"),
    ("go", "go", "grpc"),
    ("ours", "ours", "https"),
]


@frozen
class World:
    """Both databases, made by our commands, and the certificates of all programs."""

    server: Place
    signer: Place
    authority: Authority

    @contextmanager
    def running_signer(self, folder: Path, whose: str, protocol: str) -> Iterator[dict]:
        """Run a signer; return the settings of a server that uses it."""
        dsn = self.signer.plain().dsn
        if whose == "ours":
            with our_signer(folder, dsn, self.authority) as signer:
                yield signer.trust(protocol)
        else:
            with go_signer(folder, dsn, self.authority) as signer:
                yield remote_trust(signer.port, self.authority)

    @contextmanager
    def running_server(self, folder: Path, whose: str, trust: dict) -> Iterator[str]:
        """Run a server with TLS that uses the signer; return where it is reached."""
        run = our_server if whose == "ours" else go_server
        pair = self.authority.issue(f"{whose}-server")
        with run(folder, self.server.plain().dsn, trust, pair) as server:
            yield server.url

    def keys(self, gun: str) -> dict[str, list[str]]:
        """Return algorithms by role of the keys that the signer made for the GUN."""
        found: dict[str, list[str]] = {}
        for role, algorithm in self.signer.run(
            f"SELECT role, algorithm FROM private_keys WHERE gun = '{gun}' ORDER BY id"
        ):
            found.setdefault(role, []).append(algorithm)
        return found


@pytest.fixture(scope="module")
def world(mariadb_server, tmp_path_factory) -> World:
    folder = tmp_path_factory.mktemp("pairs")
    server, signer = (mariadb_server.create_database() for _ in range(2))
    authority = Authority(folder / "certificates")
    signer_process.bootstrap(folder / "signer", signer.dsn, authority)
    trust = remote_trust(1, authority)
    server_process.bootstrap(folder, server.dsn, trust)
    return World(server, signer, authority)


@pytest.mark.parametrize(("server", "signer", "protocol"), PAIRS)
def test_a_repository_is_made_published_to_rotated_and_deleted(
    world, tmp_path, server, signer, protocol
):
    gun = f"example.com/{server}-{signer}-{protocol}"
    with (
        world.running_signer(tmp_path / "signer", signer, protocol) as trust,
        world.running_server(tmp_path / "server", server, trust) as url,
    ):
        owner = Machine(tmp_path / "owner", url, world.authority.certificate)
        publish_and_rotate(owner, gun, tmp_path)
        assert world.keys(gun) == {"timestamp": ["ecdsa"] * 2, "snapshot": ["ecdsa"]}
        owner.notary("delete", gun, "--remote")
        said = owner.elsewhere("late").notary("list", gun, ok=False)
        assert "does not have trust data" in said


def publish_and_rotate(owner: Machine, gun: str, folder: Path) -> None:
    """Do what a publisher does in the life of a repository; readers see all of it."""
    file = folder / "content"
    file.write_text("content")
    faithful = owner.elsewhere("faithful")
    owner.notary("init", gun, "-p")
    owner.notary("add", gun, "v1", file, "-p")
    assert faithful.targets(gun) == {"v1": "targets"}
    certificate, key = delegate_pair(folder)
    owner.notary(
        *("delegation", "add", gun, "targets/releases", certificate),
        *("--all-paths", "-p"),
    )
    owner.notary("key", "rotate", gun, "snapshot", "-r")
    owner.notary("key", "rotate", gun, "timestamp", "-r")
    owner.notary("key", "rotate", gun, "targets")
    owner.notary("add", gun, "v2", file, "-p")
    delegate = owner.elsewhere("delegate")
    delegate.notary("key", "import", key, "--role", "targets/releases")
    delegate.notary("add", gun, "v3", file, "--roles", "targets/releases", "-p")
    expected = {"v1": "targets", "v2": "targets", "v3": "targets/releases"}
    for reader in (faithful, owner.elsewhere("new"), owner):
        assert reader.targets(gun) == expected
    owner.notary("verify", "-i", file, gun, "v3")
