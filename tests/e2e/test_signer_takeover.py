"""An operator's migration of both programs: from Go's pair to ours, back, and again."""

import base64
import http.client
import json
import ssl
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from attrs import frozen

from notary.tuf.keys import PublicKey
from tests.certificates import Authority
from tests.client import Machine, recorded_machine
from tests.gopeers import go_pair
from tests.mariadb import Place
from tests.our_server import our_server
from tests.our_signer import our_signer
from tests.recorded import DATA

HISTORIES = [
    ("h01-init-targets", "h01-fresh"),
    ("h03-snapshot-server", "h03-fresh"),
    ("h04-root-rotation", "h04-old"),
]


@frozen
class Recorded:
    """Both databases that the Go pair wrote, as they are, and certificates for all."""

    server: Place
    signer: Place
    authority: Authority
    folder: Path

    @contextmanager
    def ours(self, protocol: str) -> Iterator[str]:
        """Run our signer and server; return where the server is reached."""
        folder, pair = self.folder, self.authority.issue("our-server")
        with our_signer(folder / "signer", self.signer.dsn, self.authority) as signer:
            trust = signer.trust(protocol)
            with our_server(folder / "server", self.server.dsn, trust, pair) as server:
                yield server.url

    @contextmanager
    def go(self) -> Iterator[str]:
        """Run the Go signer and server on the same databases."""
        dsns = (self.server.dsn, self.signer.dsn)
        with go_pair(self.folder, self.authority, *dsns) as server:
            yield server.url

    def key(self, url: str, gun: str) -> PublicKey:
        """Return the timestamp key of a repository."""
        host = url.removeprefix("https://")
        context = ssl.create_default_context(cafile=self.authority.certificate)
        with closing(http.client.HTTPSConnection(host, context=context)) as connection:
            connection.request("GET", f"/v2/{gun}/_trust/tuf/timestamp.key")
            said = json.load(connection.getresponse())
        return PublicKey(said["keytype"], base64.b64decode(said["keyval"]["public"]))

    def signers(self, gun: str, role: str) -> set[str]:
        """Return the ids of the keys that signed the newest file of a role."""
        [(data,)] = self.server.run(
            f"SELECT data FROM tuf_files WHERE gun = '{gun}' AND role = '{role}'"
            " ORDER BY version DESC LIMIT 1"
        )
        return {one["keyid"] for one in json.loads(data)["signatures"]}

    def machine(self, name: str, place: str, url: str) -> Machine:
        """Return a recorded machine, unpacked again in a place of its own."""
        return recorded_machine(
            name, self.folder / place, url, self.authority.certificate
        )


@pytest.fixture
def recorded(mariadb_server, tmp_path) -> Recorded:
    places = [mariadb_server.create_database() for _ in range(2)]
    for place, dump in zip(places, ("notaryserver", "notarysigner"), strict=True):
        mariadb_server.load(place, DATA / "sql" / f"{dump}.sql")
    return Recorded(*places, Authority(tmp_path / "certificates"), tmp_path)


def test_recorded_clients_publish_to_our_pair_then_to_gos_then_to_ours_again(recorded):
    guns = [gun_of(publisher) for publisher, _ in HISTORIES]
    before = [recorded.signers(gun, "timestamp") for gun in guns]
    expected: dict[str, dict[str, str]] = {gun: {} for gun in guns}
    pairs = (recorded.ours("grpc"), recorded.go(), recorded.ours("https"))
    for number, pair in enumerate(pairs):
        with pair as url:
            for publisher, reader in HISTORIES:
                gun, name = gun_of(publisher), f"new{number}"
                writer, consumer = (
                    recorded.machine(who, str(number), url)
                    for who in (publisher, reader)
                )
                found = consumer.targets(gun)
                assert found.items() >= expected[gun].items()
                # The recorded directory is as old as the dump: it must catch up first.
                assert writer.targets(gun) == found
                expected[gun] = found | {name: "targets"}
                writer.notary("add", gun, name, recorded.authority.certificate)
                writer.notary("publish", gun)
                assert consumer.targets(gun) == expected[gun]
        assert [recorded.signers(gun, "timestamp") for gun in guns] == before


def test_a_key_of_either_signer_is_given_and_used_by_the_other(recorded):
    publisher, reader = HISTORIES[1]
    gun, new_gun = gun_of(publisher), "example.com/new"
    unused: set[PublicKey] = set()
    current: list[PublicKey] = []
    pairs = (recorded.ours("grpc"), recorded.go(), recorded.ours("https"))
    for number, pair in enumerate(pairs):
        with pair as url:
            writer = recorded.machine(publisher, f"writer{number}", url)
            writer.notary("list", gun)
            writer.notary("add", gun, f"n{number}", recorded.authority.certificate)
            writer.notary("publish", gun)
            consumer = recorded.machine(reader, f"reader{number}", url)
            assert f"n{number}" in consumer.targets(gun)
            # The first pair signs with the recorded key, each other with its peer's.
            if current:
                assert recorded.signers(gun, "timestamp") == {current[-1].key_id}
            writer.notary("key", "rotate", gun, "timestamp", "-r")
            current.append(recorded.key(url, gun))
            assert recorded.signers(gun, "timestamp") == {current[-1].key_id}
            unused.add(recorded.key(url, new_gun))
    assert len(set(current)) == len(pairs)
    # What one made and nobody has used is not made again.
    assert len(unused) == 1


def gun_of(publisher: str) -> str:
    return f"example.com/{publisher[:3]}/app"
